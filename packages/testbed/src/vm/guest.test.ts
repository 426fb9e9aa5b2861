import { spawnSync } from 'node:child_process';
import { commandScript, INIT, startScript } from './guest.js';

test.each([["it's"], ['a b'], ['$HOME `id` \\ "x"'], ['line\nline'], ['']])(
  'the argument and variable %j reach the program as they are',
  (word) => {
    const print = ['sh', '-c', 'printf "%s|%s|%s" "$1" "$WORD" "$PWD"', 'x', word];
    const script = commandScript({ command: print, cwd: '/', env: { WORD: word } });
    expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout).toBe(`${word}|${word}|/`);
  },
);

test('a missing working folder is an exit code, and the program does not run', () => {
  const script = commandScript({ command: ['echo', 'ran'], cwd: '/no/such', env: {} });
  const { status, stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  expect([status, stdout]).toEqual([1, '']);
});

test.each([
  ['init', INIT],
  ['start', startScript("/cache/it's/modules", 'vm-1:')],
])('the shell reads the %s script without a complaint', (_, script) => {
  const { status, stderr } = spawnSync('busybox', ['sh', '-n'], { input: script, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});
