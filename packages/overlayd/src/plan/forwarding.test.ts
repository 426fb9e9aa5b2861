import { forwardingIsOurs, leftOff, onceOurs } from './forwarding.js';

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

test.each<[readonly string[], boolean, string | undefined]>([
  [[], true, undefined],
  [['net/ipv4/ip_forward'], false, 'net.ipv4.ip_forward is 0'],
  [['net/ipv6/conf/all/forwarding'], false, undefined],
  [['net/ipv6/conf/all/forwarding'], true, 'net.ipv6.conf.all.forwarding is 0'],
  [
    ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'],
    true,
    'net.ipv4.ip_forward and net.ipv6.conf.all.forwarding is 0',
  ],
])('D18 with --ip-forward=off, what is 0 is named: %j, dual stack %s', (notForwarding, dualStack, text) => {
  expect(leftOff({ notForwarding }, dualStack)?.split(' and left')[0]).toBe(text);
});

test('D18 D19 forwarding that was ours stays ours when somebody turns it off, and before that it waits', () => {
  let enabled = false;
  const isOurs = onceOurs((dockerSeen) =>
    forwardingIsOurs({ mode: 'auto', enabled, dockerExpected: true, dockerSeen }),
  );
  expect(isOurs(false)).toBe(false);
  enabled = true;
  expect(isOurs(false)).toBe(true);
  enabled = false;
  expect(isOurs(false)).toBe(true);
});
