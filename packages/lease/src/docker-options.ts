import { parseDotenv } from './subnet-env.js';

/** The options of mk-docker-opts.sh. Neither individual nor combined means both. */
export interface DockerOptionFlags {
  /** `-i`: one line per option, `DOCKER_OPT_MTU="--mtu=1450"`. */
  readonly individual: boolean;
  /** `-c`: one line with all options. */
  readonly combined: boolean;
  /** `-m`: no --ip-masq. */
  readonly ipMasqOff: boolean;
  /** `-k`: the variable of the combined line. */
  readonly key: string;
}

/** The flags and files of a command line of mk-docker-opts.sh; `problem` is its line on stderr, the exit code is then 1. */
export interface DockerOptionArguments {
  readonly flags: DockerOptionFlags;
  /** `-f` */
  readonly subnetFile: string;
  /** `-d` */
  readonly outputFile: string;
  readonly problem?: string;
}

export interface DockerOptionsInput {
  /** The text of subnet.env; undefined when there is no such file. */
  readonly subnetEnvText: string | undefined;
  readonly flags: DockerOptionFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface DockerOptionsResult {
  /** The file to write, null when none is. */
  readonly output: string | null;
  readonly exitCode: 0 | 1;
  readonly stderr: string;
}

const WITH_VALUE = 'fdk';
const WITHOUT_VALUE = 'icm';

/** Reads arguments as POSIX getopts does: `-ic`, `-kNAME` and `-k NAME` are fine, the first other word ends the options. */
export function parseDockerOptionArguments(args: readonly string[]): DockerOptionArguments {
  const found = new Map<string, string>();
  const problem = readOptions(args, found);
  return {
    flags: {
      individual: found.has('i'),
      combined: found.has('c'),
      ipMasqOff: found.has('m'),
      key: found.get('k') ?? 'DOCKER_OPTS',
    },
    subnetFile: found.get('f') ?? '/run/flannel/subnet.env',
    outputFile: found.get('d') ?? '/run/docker_opts.env',
    ...(problem !== undefined && { problem }),
  };
}

/**
 * What mk-docker-opts.sh writes for Docker units that read an environment file. Variables of the environment count like those of
 * the file, as in a shell that sources it; Docker's --ip-masq is the inverse of FLANNEL_IPMASQ.
 */
export function dockerOptions({
  subnetEnvText,
  flags,
  environment,
}: DockerOptionsInput): DockerOptionsResult {
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined) variables.set(name, value);
  for (const [name, value] of parseDotenv(subnetEnvText ?? '')) variables.set(name, value);
  const ipMasq = flags.ipMasqOff ? '' : (variables.get('FLANNEL_IPMASQ') ?? '');
  if (!['', 'true', 'false'].includes(ipMasq)) {
    return { output: null, exitCode: 1, stderr: `Invalid value of FLANNEL_IPMASQ: ${ipMasq}\n` };
  }
  setOption(variables, 'BIP', '--bip=', variables.get('FLANNEL_SUBNET'));
  setOption(variables, 'MTU', '--mtu=', variables.get('FLANNEL_MTU'));
  setOption(variables, 'IPMASQ', '--ip-masq=', ipMasq && String(ipMasq === 'false'));
  return { output: optionLines(variables, flags), exitCode: 0, stderr: '' };
}

function setOption(
  variables: Map<string, string>,
  name: string,
  option: string,
  value: string | undefined,
): void {
  if (value !== undefined && value !== '') variables.set(`DOCKER_OPT_${name}`, `${option}${value}`);
}

function optionLines(variables: ReadonlyMap<string, string>, flags: DockerOptionFlags): string {
  const both = !flags.individual && !flags.combined;
  const options = [...variables]
    .filter(([name]) => name.startsWith('DOCKER_OPT_'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const preset = variables.get(flags.key) ?? '';
  const combined = `${preset && `${preset} `}${options.map(([, value]) => ` ${value}`).join('')}`;
  const lines = [
    ...(both || flags.individual ? options : []),
    ...(both || flags.combined ? [[flags.key, combined] as const] : []),
  ];
  return lines.map(([name, value]) => `${name}="${value}"\n`).join('');
}

function readOptions(args: readonly string[], found: Map<string, string>): string | undefined {
  const queue = [...args];
  for (let word = queue.shift(); word !== undefined && isOption(word); word = queue.shift()) {
    const problem = readWord(word.slice(1), queue, found);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-' && word !== '--';
}

/** One word of letters; the rest of the word, or the next one, is the value of a letter that takes one. */
function readWord(letters: string, queue: string[], found: Map<string, string>): string | undefined {
  const letter = letters.charAt(0);
  if (letter === '') return undefined;
  if (WITHOUT_VALUE.includes(letter)) {
    found.set(letter, '');
    return readWord(letters.slice(1), queue, found);
  }
  if (!WITH_VALUE.includes(letter)) return `Illegal option -${letter}`;
  const value = letters.slice(1) || queue.shift();
  if (value === undefined) return `No arg for -${letter} option`;
  found.set(letter, value);
  return undefined;
}
