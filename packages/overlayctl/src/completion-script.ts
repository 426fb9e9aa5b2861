import type { CommandSpec } from './command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, TESTBED_GROUPS } from './command-table.js';
import { OUTPUTS } from './config.js';

/** What may stand after some words of a command line: `['lease', 'list']` -> its options. */
interface Level {
  readonly path: readonly string[];
  readonly words: readonly (readonly [word: string, summary: string])[];
  readonly options: readonly (readonly [notation: string, description: string])[];
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The completion script of a shell, made from the same table as the help. */
export function completionScript(shell: (typeof SHELLS)[number]): string {
  return { bash, zsh, fish }[shell]();
}

function levels(): Level[] {
  const leaf = (group: readonly string[], { name, options = [] }: CommandSpec): Level => {
    return {
      path: [...group, name],
      words: name === 'completion' ? SHELLS.map((shell) => [shell, '']) : [],
      options,
    };
  };
  const all = [...GROUPS, ...COMMANDS, ...TESTBED_GROUPS];
  return [
    { path: [], words: all.map(({ name, summary }) => [name, summary]), options: [] },
    ...GROUPS.flatMap(({ name, commands }) => [
      {
        path: [name],
        words: commands.map((command) => [command.name, command.summary] as const),
        options: [],
      },
      ...commands.map((command) => leaf([name], command)),
    ]),
    ...COMMANDS.map((command) => leaf([], command)),
    ...TESTBED_GROUPS.map(({ name, verbs }) => ({
      path: [name],
      words: verbs.map((verb) => [verb, ''] as const),
      options: [],
    })),
  ];
}

/** `-w, --watch` -> `['-w', '--watch']`. */
const spellings = (notation: string): string[] => notation.match(/(?<!\S)--?[a-z][a-z0-9-]*/g) ?? [];
const takesValue = (notation: string): boolean => notation.includes('<');

const GLOBAL_WORDS = GLOBAL_OPTIONS.flatMap(([notation]) => spellings(notation));
const VALUE_OPTIONS = [
  ...GLOBAL_OPTIONS,
  ...[...GROUPS.flatMap(({ commands }) => commands), ...COMMANDS].flatMap(({ options = [] }) => options),
]
  .filter(([notation]) => takesValue(notation))
  .flatMap(([notation]) => spellings(notation));

/** Shared by bash and zsh: the words before the cursor that are no option and no option's value. */
const pathLoop = (
  first: number,
  end: string,
  word: string,
): string => `  for ((i = ${first}; i < ${end}; i++)); do
    case ${word} in
      ${[...new Set(VALUE_OPTIONS)].join('|')}) ((i++)) ;;
      -*) ;;
      *) path="$path ${word}" ;;
    esac
  done
`;

function bash(): string {
  const cases = levels().map(({ path, words, options }) => {
    const all = [...words.map(([word]) => word), ...options.flatMap(([notation]) => spellings(notation))];
    return `    ${JSON.stringify(['', ...path].join(' '))}) words="${all.join(' ')}" ;;\n`;
  });
  return `# bash completion of overlayctl: source <(overlayctl completion bash)
_overlayctl() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path= words= i
${pathLoop(1, 'COMP_CWORD', '${COMP_WORDS[i]}')}  case \${COMP_WORDS[COMP_CWORD - 1]} in
    -o|--output) COMPREPLY=($(compgen -W "${OUTPUTS.join(' ')}" -- "$cur")); return ;;
  esac
  case $path in
${cases.join('')}  esac
  if [[ $cur == -* ]]; then words="$words ${GLOBAL_WORDS.join(' ')} --help"; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _overlayctl overlayctl
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(): string {
  const described = (word: string, summary: string): string =>
    quoted(`${word.replaceAll(':', '\\:')}:${summary}`);
  const cases = levels().map(({ path, words, options }) => {
    const given = options.flatMap(([notation, text]) =>
      spellings(notation).map((word) => described(word, text)),
    );
    const all = [...words.map(([word, summary]) => described(word, summary)), ...given];
    return `    ${JSON.stringify(['', ...path].join(' '))}) found=(${all.join(' ')}) ;;\n`;
  });
  const global = GLOBAL_OPTIONS.flatMap(([notation, text]) =>
    spellings(notation).map((word) => described(word, text)),
  );
  return `#compdef overlayctl
# zsh completion of overlayctl: overlayctl completion zsh > "\${fpath[1]}/_overlayctl"
_overlayctl() {
  local path="" i
  local -a found
${pathLoop(2, 'CURRENT', '${words[i]}')}  case $path in
${cases.join('')}    *) found=() ;;
  esac
  if [[ \${words[CURRENT]} == -* ]]; then found+=(${global.join(' ')}); fi
  if (( \${#found} )); then _describe command found; else _files; fi
}
if [[ \${funcstack[1]} == _overlayctl ]]; then _overlayctl "$@"; else compdef _overlayctl overlayctl; fi
`;
}

function fish(): string {
  const lines = levels().flatMap(({ path, words, options }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const none =
      words.length === 0 ? [] : [`not __fish_seen_subcommand_from ${words.map(([word]) => word).join(' ')}`];
    const condition = quoted([...seen, ...none].join('; and '));
    const given = options.map(
      ([notation, text]) => `complete -c overlayctl -n ${condition} ${fishOption(notation, text)}`,
    );
    return [
      ...words.map(
        ([word, text]) => `complete -c overlayctl -f -n ${condition} -a ${word} -d ${quoted(text)}`,
      ),
      ...given,
    ];
  });
  const global = GLOBAL_OPTIONS.map(
    ([notation, text]) => `complete -c overlayctl ${fishOption(notation, text)}`,
  );
  return `# fish completion of overlayctl: overlayctl completion fish | source\n${[...lines, ...global].join('\n')}\n`;
}

function fishOption(notation: string, description: string): string {
  const flags = spellings(notation).map((word) =>
    word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`,
  );
  return `${flags.join(' ')}${takesValue(notation) ? ' -r' : ''} -d ${quoted(description)}`;
}
