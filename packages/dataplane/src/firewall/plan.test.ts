import { parseIpv4, parseIpv6, parsePrefix } from '@overlay/cidr';
import { FAKE_FIREWALL_REPORT } from '../fake-firewall-report.js';
import { FAKE_INPUT, FAKE_TUNNEL } from './fake-input.js';
import type { FirewallFacts, FirewallInput, OverlayTraffic } from './model.js';
import { planFirewall } from './plan.js';

const NOTHING = FAKE_FIREWALL_REPORT.facts;
const DOCKER: FirewallFacts = { ...NOTHING, dockerUser: true, docker: true, forwardPolicy: 'DROP' };
const DIRECT: OverlayTraffic = {
  ...FAKE_TUNNEL,
  tunnels: [],
  underlay: 'eth0',
  directPeers: [parseIpv4('192.168.1.2'), parseIpv4('192.168.1.3'), parseIpv4('192.168.1.9')],
};

/** Rules without the comment, which all of them carry. */
function plan(input: Partial<FirewallInput>, facts: FirewallFacts): Record<string, readonly string[]> {
  const { chains } = planFirewall({ ...FAKE_INPUT, ...input }, { 4: facts, 6: facts });
  for (const rule of chains.flatMap(({ rules }) => rules))
    expect(rule).toContain('-m comment --comment "overlayd:');
  return Object.fromEntries(
    chains.map((chain) => [
      chain.table,
      chain.rules.map((rule) => rule.replace(/-m comment --comment "[^"]*" /, '')),
    ]),
  );
}

test('over a tunnel exactly the traffic between this subnet and the network is accepted, none within this host', () => {
  expect(plan({}, NOTHING)['filter']).toEqual([
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 -d 10.5.3.0/24 -i flannel.1 -j ACCEPT',
    '-s 10.5.3.0/24 -d 10.5.0.0/16 -o flannel.1 -j ACCEPT',
  ]);
});

/** A host in the middle of renumbering, from 10.5.3.0/24 to 10.6.7.0/24. */
const DRAINING: OverlayTraffic = {
  ...FAKE_TUNNEL,
  network: parsePrefix('10.6.0.0/16'),
  alsoNetworks: [parsePrefix('10.5.0.0/16')],
  subnet: parsePrefix('10.6.7.0/24'),
  alsoSubnets: [parsePrefix('10.5.3.0/24')],
};

test('C03 while a host renumbers both of its subnets are open to both networks', () => {
  expect(plan({ traffic: [DRAINING] }, NOTHING)['filter']).toEqual([
    '-s 10.6.7.0/24 -d 10.6.7.0/24 -j RETURN',
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.6.0.0/16 -d 10.6.7.0/24 -i flannel.1 -j ACCEPT',
    '-s 10.5.0.0/16 -d 10.6.7.0/24 -i flannel.1 -j ACCEPT',
    '-s 10.6.0.0/16 -d 10.5.3.0/24 -i flannel.1 -j ACCEPT',
    '-s 10.5.0.0/16 -d 10.5.3.0/24 -i flannel.1 -j ACCEPT',
    '-s 10.6.7.0/24 -d 10.6.0.0/16 -o flannel.1 -j ACCEPT',
    '-s 10.6.7.0/24 -d 10.5.0.0/16 -o flannel.1 -j ACCEPT',
    '-s 10.5.3.0/24 -d 10.6.0.0/16 -o flannel.1 -j ACCEPT',
    '-s 10.5.3.0/24 -d 10.5.0.0/16 -o flannel.1 -j ACCEPT',
  ]);
});

test('C03 while a host renumbers no source is hidden between the networks, nor from outside to either subnet', () => {
  const { nat } = plan({ traffic: [DRAINING] }, NOTHING);
  const first = nat?.findIndex((rule) => rule.includes('MASQUERADE'));
  expect(nat?.slice(3, 7)).toEqual([
    '-s 10.6.0.0/16 -d 10.6.0.0/16 -j ACCEPT',
    '-s 10.6.0.0/16 -d 10.5.0.0/16 -j ACCEPT',
    '-s 10.5.0.0/16 -d 10.6.0.0/16 -j ACCEPT',
    '-s 10.5.0.0/16 -d 10.5.0.0/16 -j ACCEPT',
  ]);
  expect(nat?.slice(7, first)).toEqual([
    '! -s 10.6.0.0/16 -d 10.6.7.0/24 -j RETURN',
    '! -s 10.6.0.0/16 -d 10.5.3.0/24 -j RETURN',
  ]);
});

test('C03 a host without Docker opens its DROP policy for both of its subnets', () => {
  const rules = plan({ traffic: [DRAINING] }, { ...NOTHING, forwardPolicy: 'DROP' })['filter'];
  expect(rules).toEqual(expect.arrayContaining(['-s 10.6.7.0/24 -j ACCEPT', '-s 10.5.3.0/24 -j ACCEPT']));
});

test('C03 nftables keeps the sources of both subnets', () => {
  const state = planFirewall({ ...FAKE_INPUT, nftables: true, traffic: [DRAINING] }, { 4: NOTHING });
  const rules = (state.tables[0]?.contents ?? []).map((content) => JSON.stringify(content));
  const returns = rules.filter((rule) => rule.includes('"return"') && rule.includes('"!="'));
  expect(returns.filter((rule) => rule.includes('10.5.3.0'))).toHaveLength(2);
  expect(returns.filter((rule) => rule.includes('10.6.7.0'))).toHaveLength(2);
});

test('with direct routes peers are accepted as the exact cover of their addresses', () => {
  expect(plan({ traffic: [DIRECT] }, NOTHING)['filter']).toEqual([
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 -d 10.5.3.0/24 -i eth0 -j ACCEPT',
    '-s 192.168.1.2/31 -d 10.5.3.0/24 -i eth0 -j ACCEPT',
    '-s 192.168.1.9/32 -d 10.5.3.0/24 -i eth0 -j ACCEPT',
    '-s 10.5.3.0/24 -d 10.5.0.0/16 -o eth0 -j ACCEPT',
    '-s 10.5.3.0/24 -d 192.168.1.2/31 -o eth0 -j ACCEPT',
    '-s 10.5.3.0/24 -d 192.168.1.9/32 -o eth0 -j ACCEPT',
  ]);
});

test("E03 beside Docker's chains the raw table accepts what comes in, before a container's DROP can exist", () => {
  expect(plan({}, DOCKER)['raw']).toEqual([
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 -d 10.5.3.0/24 -i flannel.1 -j ACCEPT',
  ]);
  expect(plan({}, NOTHING)['raw']).toBeUndefined();
});

test('E12 no masquerade inside the network; to the outside the rules of Flannel', () => {
  expect(plan({}, DOCKER)['nat']).toEqual([
    '-m mark --mark 0x4000/0x4000 -j RETURN',
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 -d 10.5.0.0/16 -j ACCEPT',
    '! -s 10.5.0.0/16 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully',
    '! -s 10.5.0.0/16 -d 10.5.0.0/16 -j MASQUERADE --random-fully',
  ]);
});

test('without --ip-masq sources are kept, and nothing is masqueraded', () => {
  expect(plan({ masquerade: false, traffic: [DIRECT] }, DOCKER)['nat']).toEqual([
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 -d 10.5.0.0/16 -j ACCEPT',
    '-s 10.5.3.0/24 -d 192.168.1.2/31 -o eth0 -j ACCEPT',
    '-s 10.5.3.0/24 -d 192.168.1.9/32 -o eth0 -j ACCEPT',
  ]);
});

test('without random ports the flag is left out', () => {
  expect(plan({ randomFully: false }, DOCKER)['nat']?.join()).not.toContain('random');
});

test('E01 the way out through a FORWARD policy DROP is opened only where no Docker does it', () => {
  const open = [
    '-s 10.5.3.0/24 -j ACCEPT',
    '-d 10.5.3.0/24 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ];
  expect(plan({}, { ...NOTHING, forwardPolicy: 'DROP' })['filter']).toEqual(expect.arrayContaining(open));
  for (const facts of [NOTHING, DOCKER])
    expect(plan({}, facts)['filter']).not.toEqual(expect.arrayContaining([open[0]]));
});

test('without forward rules only nat is left', () => {
  expect(Object.keys(plan({ forward: false }, DOCKER))).toEqual(['nat']);
});

test('the jump hangs in DOCKER-USER where FORWARD leads to it, else in FORWARD', () => {
  const jump = (facts: FirewallFacts): unknown =>
    planFirewall(FAKE_INPUT, { 4: facts }).chains.find(({ table }) => table === 'filter')?.jump;
  expect(jump(DOCKER)).toEqual({ from: 'DOCKER-USER', position: 'last-before-return' });
  expect(jump(NOTHING)).toEqual({ from: 'FORWARD', position: 'first' });
});

test('chains of an instance carry its name, at most 28 characters', () => {
  const { chains } = planFirewall({ ...FAKE_INPUT, instance: 'abcdefghijkl' }, { 4: DOCKER });
  expect(chains.map(({ name }) => name)).toEqual([
    'OVERLAY-RAW-abcdefghijkl',
    'OVERLAY-POSTRTG-abcdefghijkl',
    'OVERLAY-FWD-abcdefghijkl',
  ]);
  expect(Math.max(...chains.map(({ name }) => name.length))).toBe(28);
  expect(() => planFirewall({ ...FAKE_INPUT, instance: 'abcdefghijklm' }, { 4: DOCKER })).toThrow(
    expect.objectContaining({ code: 'OVL_FIREWALL_INSTANCE' }) as Error,
  );
});

test.each(['eth+', 'a b', '-i', '', 'sixteencharacter', 'a"b', 'a\nb'])(
  'C16 interface %j is refused',
  (tunnel) => {
    expect(() =>
      planFirewall({ ...FAKE_INPUT, traffic: [{ ...FAKE_TUNNEL, tunnels: [tunnel] }] }, { 4: NOTHING }),
    ).toThrow(expect.objectContaining({ code: 'OVL_FIREWALL_INTERFACE' }) as Error);
  },
);

test('E02 with nftables the nat rules are in a table of ours and the accepts stay where the drops are', () => {
  const state = planFirewall({ ...FAKE_INPUT, nftables: true }, { 4: DOCKER });
  expect(state.chains.map(({ table }) => table)).toEqual(['raw', 'filter']);
  expect(state.tables.map(({ family, name }) => `${family} ${name}`)).toEqual(['ip overlay-default']);
  expect(planFirewall({ ...FAKE_INPUT, nftables: true }, { 4: NOTHING }).chains).toEqual([]);
});

test('without iptables everything is in nftables', () => {
  const state = planFirewall(FAKE_INPUT, { 4: { ...NOTHING, iptables: 'absent' } });
  expect(state.chains).toEqual([]);
  expect(state.tables).toHaveLength(1);
});

test("packets are marked only for Docker's nftables backend, and then the mark does not stop our NAT", () => {
  const contents = (facts: FirewallFacts): string =>
    JSON.stringify(planFirewall({ ...FAKE_INPUT, nftables: true }, { 4: facts }).tables);
  expect(contents(NOTHING)).not.toContain('prerouting');
  const marked = contents({ ...NOTHING, dockerNftables: true });
  expect(marked).toContain('prerouting');
  expect(marked).not.toContain('"right":16384');
});

test('a family that could not be read is left alone', () => {
  expect(planFirewall(FAKE_INPUT, {})).toEqual({ chains: [], clamps: [], tables: [] });
});

test('IPv6 has the same rules in its own words', () => {
  const traffic: OverlayTraffic = {
    family: 6,
    network: parsePrefix('fd05::/48'),
    subnet: parsePrefix('fd05:0:0:3::/64'),
    tunnels: [],
    underlay: 'eth0',
    directPeers: [parseIpv6('fc00::1')],
  };
  expect(plan({ traffic: [traffic] }, DOCKER)['nat']).toEqual([
    '-m mark --mark 0x4000/0x4000 -j RETURN',
    '-s fd05:0:0:3::/64 -d fd05:0:0:3::/64 -j RETURN',
    '-s fd05::/48 -d fd05::/48 -j ACCEPT',
    '-s fd05:0:0:3::/64 -d fc00::1/128 -o eth0 -j ACCEPT',
    '! -s fd05::/48 -d fd05:0:0:3::/64 -j RETURN',
    '-s fd05::/48 ! -d ff00::/8 -j MASQUERADE --random-fully',
    '! -s fd05::/48 -d fd05::/48 -j MASQUERADE --random-fully',
  ]);
});
