import { parseAddress, parseIpv4, parseIpv6, type OverlayError } from '@overlay/cidr';
import { exampleView, FixedHost, linkFact, routeFact } from '../../test/support/host-view.js';
import { onLink } from '../backends/on-link.js';
import type { Config } from '../config/model.js';
import { readFacts, type SysctlFacts } from './facts.js';

const identity = {
  hostname: 'h1',
  nodeId: 'n',
  vtepMac: '02:00:00:00:00:01',
  vtepMacV6: '02:00:00:00:00:02',
};
const SYSCTLS: SysctlFacts = {
  ipv6: () => ({ present: true, advertised: [] }),
  strictReversePath: () => false,
  notForwarding: () => ['net/ipv4/ip_forward'],
};
const config = (changes: Partial<Config> = {}): Config =>
  ({ iface: [], ifaceRegex: [], ...changes }) as unknown as Config;
const read = (changes: Partial<Config> = {}, host = new FixedHost(exampleView)) =>
  readFacts(host, config(changes), identity, SYSCTLS);

test('by default the public addresses are those of the interface', async () => {
  expect(await read()).toMatchObject({
    ...identity,
    iface: { name: 'eth0', mtu: 1500 },
    address: parseIpv4('172.31.0.1'),
    addressV6: parseIpv6('fd31::1'),
    publicIp: parseIpv4('172.31.0.1'),
    publicIpv6: parseIpv6('fd31::1'),
  });
});

test('--public-ip and --public-ipv6 change what the lease says, not the tunnel’s source', async () => {
  const facts = await read({ iface: ['eth0'], publicIp: '198.51.100.1', publicIpv6: '2001:db8::1' });
  expect(facts).toMatchObject({
    address: parseIpv4('172.31.0.1'),
    publicIp: parseIpv4('198.51.100.1'),
    addressV6: parseIpv6('fd31::1'),
    publicIpv6: parseIpv6('2001:db8::1'),
  });
});

test('--public-ip that is a second address of an interface is that interface’s address too (no NAT)', async () => {
  const facts = await read({ publicIp: '10.9.0.2' });
  expect(facts).toMatchObject({ iface: { name: 'eth1' }, address: facts.publicIp });
});

test('--iface-can-reach asks the kernel, and takes its source address', async () => {
  const answer = routeFact('10.9.0.7/32', { link: 'eth1', source: parseAddress('10.9.0.2') });
  const facts = await read({ ifaceCanReach: '10.9.0.7' }, new FixedHost(exampleView, answer));
  expect(facts).toMatchObject({ iface: { name: 'eth1' }, address: parseIpv4('10.9.0.2') });
});

test('--iface-can-reach without a route is OVL_NO_INTERFACE, not the default route’s interface', async () => {
  const attempt = read({ ifaceCanReach: '192.0.2.1' });
  await expect(attempt).rejects.toEqual(expect.objectContaining({ code: 'OVL_NO_INTERFACE' }));
});

test.each([
  ['off', ['net/ipv4/ip_forward']],
  ['on', undefined],
  ['auto', undefined],
] as const)('D18 with --ip-forward=%s forwarding that is off is a fact: %j', async (ipForward, stopped) => {
  expect((await read({ ipForward })).notForwarding).toEqual(stopped);
});

test('an interface without IPv6 has no IPv6 facts', async () => {
  const facts = await read({ iface: ['eth1'] });
  expect(facts.addressV6).toBeUndefined();
  expect(facts.publicIpv6).toBeUndefined();
});

test('an MTU of 0 is OVL_NO_INTERFACE, as with Flannel', async () => {
  const view = { ...exampleView, links: [linkFact('eth0', { mtu: 0 })] };
  const attempt = readFacts(new FixedHost(view), config(), identity, SYSCTLS);
  await expect(attempt).rejects.toEqual(
    expect.objectContaining({ code: 'OVL_NO_INTERFACE' }) as OverlayError,
  );
});

test('on-link are networks of the underlay without a gateway; routed ones, blackholes, the default and other links’ are not', async () => {
  const routes = [
    ...exampleView.routes,
    routeFact('192.0.2.0/24', { link: 'eth0', gateway: parseAddress('172.31.0.254') }),
    routeFact('198.51.100.0/24', { kind: 'blackhole' }),
    routeFact('203.0.113.0/24', { link: 'eth1' }),
  ];
  const facts = await read({}, new FixedHost({ ...exampleView, routes }));
  const over = (text: string): string | undefined => onLink(facts, parseAddress(text));
  expect([over('172.31.0.9'), over('10.9.0.9'), over('203.0.113.9'), over('fd31::9')]).toEqual([
    'eth0',
    undefined,
    undefined,
    'eth0',
  ]);
  expect([over('192.0.2.9'), over('198.51.100.9'), over('8.8.8.8')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
