import { commandWords } from './extension-command.js';

const environment = { SUBNET: '10.5.9.0/24', PUBLIC_IP: '172.31.0.9', EMPTY: '', LIST: 'a b' };

test.each<[string, string[]]>([
  ['', []],
  [' \t\n ', []],
  ['ip route', ['ip', 'route']],
  ['  ip  \t route\n', ['ip', 'route']],
  ['ip route add $SUBNET via ${PUBLIC_IP}', ['ip', 'route', 'add', '10.5.9.0/24', 'via', '172.31.0.9']],
  ['x --to=$SUBNET,${PUBLIC_IP}!', ['x', '--to=10.5.9.0/24,172.31.0.9!']],
  ['x $LIST', ['x', 'a b']],
  ['x $EMPTY$UNKNOWN y', ['x', '', 'y']],
  ['x $SUBNETS', ['x', '']],
  ['x $ $1 ${} ${a-b}', ['x', '$', '$1', '${}', '${a-b}']],
  ['x $toString ${constructor}', ['x', '', '']],
  [`sh -c 'echo "$SUBNET" | cat'`, ['sh', '-c', "'echo", '"10.5.9.0/24"', '|', "cat'"]],
])('%j becomes %j', (command, words) => {
  expect(commandWords(command, environment)).toEqual(words);
});

test('a value is not expanded again', () => {
  expect(commandWords('x $A', { A: '$B', B: 'no' })).toEqual(['x', '$B']);
});
