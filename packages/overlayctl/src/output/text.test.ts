import { Writable } from 'node:stream';
import { hasColour } from './colour.js';
import { count, span } from './text.js';

test.each([
  [0, '0s'],
  [59.6, '1m'],
  [65, '1m 5s'],
  [86_399, '23h 59m'],
  [86_400, '1d'],
  [90_061, '1d 1h'],
  [-3, '0s'],
])('%d seconds are %s', (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test('one is singular', () => {
  expect([count(0, 'lease'), count(1, 'lease'), count(2, 'lease')]).toEqual([
    '0 leases',
    '1 lease',
    '2 leases',
  ]);
});

test('colour only on a terminal that NO_COLOR leaves alone', () => {
  const terminal = Object.assign(new Writable(), { isTTY: true });
  expect(hasColour(terminal, {})).toBe(true);
  expect(hasColour(terminal, { NO_COLOR: '1' })).toBe(false);
  expect(hasColour(terminal, { NO_COLOR: '' })).toBe(true);
  expect(hasColour(terminal, { TERM: 'dumb' })).toBe(false);
  expect(hasColour(new Writable(), {})).toBe(false);
});
