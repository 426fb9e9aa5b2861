import { execFileSync } from 'node:child_process';
import { SHELLS, completionScript } from './completion-script.js';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS } from './command-table.js';

/** What bash offers for a line whose last word is being typed. */
function complete(...words: string[]): string[] {
  const script = `${completionScript('bash')}
COMP_WORDS=(overlayctl "$@"); COMP_CWORD=$#
_overlayctl
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

test('bash completes groups, verbs, options, and formats', () => {
  expect(complete('l')).toEqual(['lease']);
  expect(complete('lease', 're')).toEqual(['reserve', 'release']);
  expect(complete('lease', 'reserve', '--pub')).toEqual(['--public-ip', '--public-ipv6']);
  expect(complete('status', '--output', '')).toEqual(['table', 'wide', 'json', 'yaml']);
  expect(complete('demo', 'u')).toEqual(['up']);
  expect(complete('completion', 'f')).toEqual(['fish']);
});

test('the value of an option is not taken for a command', () => {
  expect(complete('--instance', 'lease', 'co')).toEqual(['config', 'completion']);
});

test.each(SHELLS)('%s knows every command and option', (shell) => {
  const script = completionScript(shell);
  const names = [
    ...GROUPS.flatMap(({ name, commands }) => [name, ...commands.map((command) => command.name)]),
    ...COMMANDS.map(({ name }) => name),
  ];
  const options = GLOBAL_OPTIONS.map(([notation]) => /--([a-z-]+)/.exec(notation)?.[1]);
  for (const word of [...names, ...options]) expect(script).toContain(word);
});
