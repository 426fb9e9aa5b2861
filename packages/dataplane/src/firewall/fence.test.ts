import { parseIpv4, parsePrefix } from '@overlay/cidr';
import { FAKE_FIREWALL_REPORT } from '../fake-firewall-report.js';
import { FAKE_INPUT, FAKE_TUNNEL, FAKE_TUNNEL6 } from './fake-input.js';
import type { FirewallFacts, FirewallInput, OverlayTraffic } from './model.js';
import { planFirewall } from './plan.js';

const FACTS: FirewallFacts = {
  ...FAKE_FIREWALL_REPORT.facts,
  ...{ dockerUser: true, docker: true, forwardPolicy: 'DROP' },
};
const TUNNEL: OverlayTraffic = { ...FAKE_TUNNEL, fenced: [parsePrefix('10.5.9.0/24')] };
const INPUT: FirewallInput = { ...FAKE_INPUT, traffic: [TUNNEL] };

function chains(input: Partial<FirewallInput>): ReadonlyMap<string, readonly string[]> {
  const { chains: planned } = planFirewall({ ...INPUT, ...input }, { 4: FACTS, 6: FACTS });
  return new Map(
    planned.map(({ name, jump, rules }) => [
      `${name} from ${jump.from}, ${jump.position}`,
      rules.map((rule) => rule.replace(/-m comment --comment "[^"]*" /, '')),
    ]),
  );
}

const RAW = 'OVERLAY-RAW from PREROUTING, first';
const FENCE = 'OVERLAY-FENCE from POSTROUTING, first';

test('B03 what is fenced is dropped both ways, before anything is accepted', () => {
  const all = chains({});
  expect(all.get(FENCE)).toEqual(['-s 10.5.9.0/24 -d 10.5.0.0/16 -o flannel.1 -j DROP']);
  expect(all.get(RAW)).toEqual([
    '-s 10.5.0.0/16 -d 10.5.9.0/24 -i flannel.1 -j DROP',
    '-s 10.5.3.0/24 -d 10.5.3.0/24 -j RETURN',
    '-s 10.5.0.0/16 -d 10.5.3.0/24 -i flannel.1 -j ACCEPT',
  ]);
});

test('B03 the fence stands without the forward rules, and there is no chain of it without a fence', () => {
  expect([...chains({ forward: false }).keys()]).toEqual([
    RAW,
    FENCE,
    'OVERLAY-POSTRTG from POSTROUTING, first',
  ]);
  const { fenced: _, ...open } = TUNNEL;
  expect(chains({ traffic: [open] }).has(FENCE)).toBe(false);
  expect(chains({ traffic: [{ ...open, fenced: [] }] }).has(FENCE)).toBe(false);
});

test('B03 without a tunnel peers are the networks and the hosts that are routed to directly', () => {
  const direct = [parseIpv4('192.168.1.2'), parseIpv4('192.168.1.3')];
  const traffic: OverlayTraffic = { ...TUNNEL, tunnels: [], underlay: 'eth0', directPeers: direct };
  expect(chains({ traffic: [traffic] }).get(FENCE)).toEqual([
    '-s 10.5.9.0/24 -d 10.5.0.0/16 -o eth0 -j DROP',
    '-s 10.5.9.0/24 -d 192.168.1.2/31 -o eth0 -j DROP',
  ]);
});

test('B03 IPv6 has the same rules in its own words, and a former network counts too', () => {
  const traffic: OverlayTraffic = {
    ...FAKE_TUNNEL6,
    alsoNetworks: [parsePrefix('fd06::/48')],
    fenced: [parsePrefix('fd05:0:0:9::/64')],
  };
  expect(chains({ traffic: [traffic] }).get(FENCE)).toEqual([
    '-s fd05:0:0:9::/64 -d fd05::/48 -o flannel-v6.1 -j DROP',
    '-s fd05:0:0:9::/64 -d fd06::/48 -o flannel-v6.1 -j DROP',
  ]);
});

test('B03 with nftables both drops are in the table of ours, in the hooks before any translation, and no chain is needed', () => {
  const { chains: xtables, tables } = planFirewall({ ...INPUT, nftables: true }, { 4: FACTS });
  expect(xtables.map(({ rules }) => rules.join()).join()).not.toContain('DROP');
  const added = (tables[0]?.contents ?? []).map(
    (one) => (one as { readonly add: Record<string, object> }).add,
  );
  const hooks = added.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  expect(hooks.filter((hook) => JSON.stringify(hook).includes('"fence-'))).toMatchObject([
    { name: 'fence-in', type: 'filter', hook: 'prerouting', prio: -300 },
    { name: 'fence-out', type: 'filter', hook: 'postrouting', prio: -150 },
  ]);
  const drops = added.filter((one) => JSON.stringify(one).includes('{"drop":null}'));
  expect(drops).toMatchObject([{ rule: { chain: 'fence-in' } }, { rule: { chain: 'fence-out' } }]);
  const [into, out] = drops.map((one) => JSON.stringify(one));
  expect(into).toMatch(/iifname.*flannel\.1.*saddr.*10\.5\.0\.0.*daddr.*10\.5\.9\.0/);
  expect(out).toMatch(/oifname.*flannel\.1.*saddr.*10\.5\.9\.0.*daddr.*10\.5\.0\.0/);
});
