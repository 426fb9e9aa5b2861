import { forwardingIsOurs } from './forwarding.js';

const yes = { enabled: true, dockerExpected: true, dockerSeen: true };

test.each([
  // enabled, dockerExpected, dockerSeen -> ours
  [false, false, false, true],
  [false, true, false, false],
  [false, true, true, true],
  [true, true, false, true],
  [true, false, false, true],
  [false, false, true, true],
])(
  'D19 auto: enabled %s, Docker expected %s, seen %s: forwarding is ours %s',
  (enabled, dockerExpected, dockerSeen, ours) => {
    expect(forwardingIsOurs({ mode: 'auto', enabled, dockerExpected, dockerSeen })).toBe(ours);
  },
);

test.each([true, false])('D19 on and off do not look at anything else (%s)', (flag) => {
  const facts = { enabled: flag, dockerExpected: !flag, dockerSeen: flag };
  expect(forwardingIsOurs({ ...facts, mode: 'on' })).toBe(true);
  expect(forwardingIsOurs({ ...facts, mode: 'off' })).toBe(false);
  expect(forwardingIsOurs({ ...yes, mode: 'off' })).toBe(false);
});
