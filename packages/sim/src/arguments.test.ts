import { parseArguments } from './arguments.js';

test('without arguments: 300 seeds from 1, a day each, a process for each core', () => {
  expect(parseArguments([], 2)).toEqual({ seeds: 300, from: 1, days: 1, jobs: 2, full: false });
});

test('a replay is one seed', () => {
  const args = parseArguments(['--seeds', '1', '--from', '38', '--days', '0.25', '--full'], 2);
  expect(args).toEqual({ seeds: 1, from: 38, days: 0.25, jobs: 2, full: true });
});

test.each([['--seed', '1'], ['--seeds'], ['--seeds', 'x'], ['--days', '0']])(
  '%s %s is refused',
  (...argv) => {
    expect(() => parseArguments(argv, 2)).toThrow(/is not understood/);
  },
);
