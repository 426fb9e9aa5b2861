import { parsePrefix } from '@overlay/cidr';
import { FAKE_FIREWALL_REPORT } from '../fake-firewall-report.js';
import { diffChains, diffClamp } from './diff.js';
import { FAKE_INPUT, FAKE_TUNNEL, FAKE_TUNNEL6 } from './fake-input.js';
import type { FirewallFacts, FirewallInput, FirewallState, OverlayTraffic } from './model.js';
import { planFirewall } from './plan.js';
import type { Ruleset } from './ruleset.js';

const DIRECT: OverlayTraffic = { ...FAKE_TUNNEL, tunnels: [], underlay: 'eth0' };

function plan(input: Partial<FirewallInput>, facts: Partial<FirewallFacts> = {}): FirewallState {
  const known = { ...FAKE_FIREWALL_REPORT.facts, ...facts };
  return planFirewall({ ...FAKE_INPUT, ...input }, { 4: known, 6: known });
}

/** Of each family, the conditions of the rules alone. */
const conditions = ({ clamps }: FirewallState): readonly (readonly string[])[] =>
  clamps.map(({ rules }) => rules.map((rule) => rule.split(' -p tcp ')[0] ?? ''));

const RULE =
  '-o flannel.1 -p tcp -m tcp --tcp-flags SYN,RST SYN -m comment --comment "overlayd:default" -j TCPMSS --clamp-mss-to-pmtu';

test('D14 the SYN packets that go into a tunnel or come out of it tell the largest segment that fits', () => {
  const { clamps } = plan({ traffic: [FAKE_TUNNEL, FAKE_TUNNEL6] });
  expect(clamps).toMatchObject([
    { family: 4, table: 'mangle', name: 'OVERLAY-MSS', jump: { from: 'FORWARD', position: 'first' } },
    { family: 6, table: 'mangle', name: 'OVERLAY-MSS' },
  ]);
  expect(clamps[0]?.rules[1]).toBe(RULE);
  expect(conditions({ chains: [], tables: [], clamps })).toEqual([
    ['-i flannel.1', '-o flannel.1'],
    ['-i flannel-v6.1', '-o flannel-v6.1'],
  ]);
});

test('D14 on the underlay interface only packets between overlay addresses do', () => {
  const former = { ...DIRECT, alsoNetworks: [parsePrefix('10.6.0.0/16')] };
  expect(conditions(plan({ traffic: [DIRECT] }))).toEqual([
    ['-s 10.5.0.0/16 -d 10.5.0.0/16 -i eth0', '-s 10.5.0.0/16 -d 10.5.0.0/16 -o eth0'],
  ]);
  expect(conditions(plan({ traffic: [former] }))[0]).toHaveLength(8);
});

test('D14 nothing is clamped where forwarded packets are left alone, or nothing is routed', () => {
  expect(plan({ forward: false }).clamps).toEqual([]);
  expect(plan({ traffic: [{ ...FAKE_TUNNEL, tunnels: [] }] }).clamps).toEqual([]);
  expect(JSON.stringify(plan({ forward: false, nftables: true }).tables)).not.toContain('maxseg');
});

test.each<[string, Partial<FirewallInput>, Partial<FirewallFacts>]>([
  ['asked for', { nftables: true }, {}],
  ['Docker’s', {}, { dockerNftables: true }],
  ['all there is', {}, { iptables: 'absent' }],
])('D14 with nftables %s the same is in the table, and not in iptables', (_, input, facts) => {
  const { clamps, tables } = plan(input, facts);
  expect(clamps).toEqual([]);
  const contents = JSON.stringify(tables[0]?.contents);
  expect(contents).toContain('"hook":"forward"');
  expect(contents.match(/"maxseg"/g)).toHaveLength(2);
});

const saved = (mangle: Readonly<Record<string, readonly string[]>>): Ruleset =>
  new Map([
    ['mangle', new Map(Object.entries(mangle).map(([name, rules]) => [name, { policy: '-', rules }]))],
  ]);

test('I10 D14 the chain that is right is not written; one that differs is, and nothing else in its table', () => {
  const [clamp] = plan({}).clamps;
  const jump = '-m comment --comment "overlayd:default" -j OVERLAY-MSS';
  const right = { FORWARD: [jump, '-j ACCEPT'], 'OVERLAY-MSS': clamp!.rules };
  expect(diffClamp('default', clamp, saved(right)).payload).toBe('');
  expect(diffClamp('default', clamp, saved({ ...right, FORWARD: ['-j ACCEPT'] })).payload).toBe(
    `*mangle\n-I FORWARD 1 ${jump}\nCOMMIT\n`,
  );
  expect(diffChains('default', [], saved(right)).payload).toBe('');
});

test('I7 D14 without it chain and jump go, and those of another instance stay', () => {
  const other = '-m comment --comment "overlayd:blue" -j OVERLAY-MSS-blue';
  const jump = '-m comment --comment "overlayd:default" -j OVERLAY-MSS';
  const chains = { FORWARD: [other, jump], 'OVERLAY-MSS': [RULE], 'OVERLAY-MSS-blue': [RULE] };
  expect(diffClamp('default', undefined, saved(chains)).payload).toBe(
    `*mangle\n:OVERLAY-MSS - [0:0]\n-D FORWARD ${jump}\n-X OVERLAY-MSS\nCOMMIT\n`,
  );
});
