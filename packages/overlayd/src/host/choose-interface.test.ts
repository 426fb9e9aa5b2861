import { formatAddress, parseAddress, parsePrefix, type OverlayError } from '@overlay/cidr';
import { addressFact, exampleView, linkFact, routeFact } from '../../test/support/host-view.js';
import { addressesOf, type HostView } from './candidates.js';
import { chooseInterface, requireAddress, type InterfaceWish } from './choose-interface.js';

const none: InterfaceWish = { iface: [], ifaceRegex: [] };
const noInterface = expect.objectContaining({ code: 'OVL_NO_INTERFACE' }) as OverlayError;

/** `eth0 172.31.0.1`: the interface and the IPv4 address that would be used. */
function chosen(wish: Partial<InterfaceWish>, view: HostView = exampleView, family: 4 | 6 = 4): string {
  const underlay = chooseInterface(view, { ...none, ...wish });
  return `${underlay.link} ${formatAddress(requireAddress(view, underlay, family))}`;
}

test.each<[string, Partial<InterfaceWish>, string]>([
  ['by IPv4 regex', { ifaceRegex: [String.raw`^10\.9\.`] }, 'eth1 10.9.0.1'],
  ['by name regex', { ifaceRegex: ['th1$'] }, 'eth1 10.9.0.1'],
  ['by name', { iface: ['eth1'] }, 'eth1 10.9.0.1'],
  ['by IPv4 address, which then is the one used', { iface: ['10.9.0.2'] }, 'eth1 10.9.0.2'],
  [
    'a regex together with a public address',
    { ifaceRegex: ['eth1'], publicIp: '198.51.100.1' },
    'eth1 10.9.0.1',
  ],
  [
    'can-reach, with the source address the kernel would take',
    { ifaceCanReach: '10.9.0.7', reachableOver: { link: 'eth1', address: parseAddress('10.9.0.2') } },
    'eth1 10.9.0.2',
  ],
  ['the public address, which then is the one used', { publicIp: '10.9.0.2' }, 'eth1 10.9.0.2'],
  ['the default route', {}, 'eth0 172.31.0.1'],
])('the interface is chosen %s', (_, wish, expected) => {
  expect(chosen(wish)).toBe(expected);
});

test('dual stack: an interface found by one family gives its address of the other', () => {
  expect(chosen({ iface: ['fd31::1'] })).toBe('eth0 172.31.0.1');
  expect(chosen({ iface: ['172.31.0.1'] }, exampleView, 6)).toBe('eth0 fd31::1');
});

test('the first --iface that matches wins, and all come before any regex', () => {
  expect(chosen({ iface: ['nope', 'eth1', 'eth0'], ifaceRegex: ['eth0'] })).toBe('eth1 10.9.0.1');
  expect(chosen({ iface: ['nope'], ifaceRegex: ['nope', 'eth0'] })).toBe('eth0 172.31.0.1');
});

test('a regex is tried on addresses before names', () => {
  const view = { ...exampleView, links: [linkFact('net10.9'), ...exampleView.links] };
  expect(chosen({ ifaceRegex: ['10.9'] }, view)).toBe('eth1 10.9.0.1');
});

test('a regex never finds the loopback by its address', () => {
  expect(() => chosen({ ifaceRegex: ['^127'] })).toThrow(noInterface);
});

test.each<[string, Partial<InterfaceWish>, string]>([
  ['nothing that was named is there', { iface: ['eth7'], ifaceRegex: ['^wl'] }, 'eth7, ^wl'],
  ['the name of a present interface is in the message', { iface: ['eth7'] }, 'lo, eth0, eth1'],
  ['the target cannot be reached', { ifaceCanReach: '192.0.2.1' }, '--iface-can-reach 192.0.2.1'],
  ['the public address is not local (NAT)', { publicIp: '198.51.100.1' }, '198.51.100.1'],
])('%s: OVL_NO_INTERFACE', (_, wish, named) => {
  expect(() => chosen(wish)).toThrow(noInterface);
  expect(() => chosen(wish)).toThrow(named);
});

test('F17 without a default route it is OVL_NO_INTERFACE', () => {
  expect(() => chosen({}, { ...exampleView, routes: exampleView.routes.slice(1) })).toThrow(
    /no default route/,
  );
});

test('an interface without an address of the family is OVL_NO_INTERFACE and named', () => {
  expect(() => chosen({ iface: ['eth1'] }, exampleView, 6)).toThrow(/eth1 has no IPv6/);
});

test('of several default routes the lowest metric wins, IPv4 before IPv6, and a blackhole never', () => {
  const routes = [
    routeFact('0.0.0.0/0', { kind: 'blackhole' }),
    { ...routeFact('0.0.0.0/0', { link: 'eth0', metric: 200 }) },
    { ...routeFact('0.0.0.0/0', { link: 'eth1', metric: 100 }) },
    { ...routeFact('0.0.0.0/0', { link: 'lo', metric: 1 }), destination: parsePrefix('::/0') },
  ];
  expect(chooseInterface({ ...exampleView, routes }, none)).toEqual({ link: 'eth1' });
  expect(chooseInterface({ ...exampleView, routes: routes.slice(3) }, none)).toEqual({ link: 'lo' });
});

test('addresses: global before link-local, permanent before dynamic, stable before temporary; deprecated never', () => {
  const facts = [
    addressFact('eth0', 'fd00::6/64', { deprecated: true }),
    addressFact('eth0', 'fe80::5/64', { scope: 'link' }),
    addressFact('eth0', 'fd00::4/64', { permanent: false, temporary: true }),
    addressFact('eth0', 'fd00::3/64', { permanent: false }),
    addressFact('eth0', 'fd00::2/64', { temporary: true }),
    addressFact('eth0', 'fd00::1/64'),
    addressFact('eth1', 'fd00::9/64'),
    addressFact('eth0', '10.0.0.1/24'),
  ];
  const order = addressesOf({ ...exampleView, addresses: facts }, 'eth0', 6);
  expect(order.map(({ address }) => formatAddress(address))).toEqual([
    'fd00::1',
    'fd00::2',
    'fd00::3',
    'fd00::4',
    'fe80::5',
  ]);
});
