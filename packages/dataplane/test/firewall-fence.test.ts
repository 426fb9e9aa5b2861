import { parseIpv4, parsePrefix } from '@overlay/cidr';
import type { FirewallInput, OverlayTraffic } from '@overlay/dataplane';
import { Hosts, type Member, type Mode } from './firewall-hosts.js';

const hosts = new Hosts('fc-fw');

beforeAll(() => hosts.up(), 30_000);
afterAll(() => hosts.down());

/** Host b has another subnet now, and its containers are still in the one that another host owns. */
function fencedInput(mode: Mode, more: Partial<FirewallInput>): FirewallInput {
  const where =
    mode === 'vxlan'
      ? { tunnels: ['flannel.1'], directPeers: [] }
      : { tunnels: [], underlay: 'eth0', directPeers: [parseIpv4('192.168.77.1')] };
  const part = (family: 4 | 6, network: string, subnet: string, lost: string): OverlayTraffic => ({
    ...{ family, network: parsePrefix(network), subnet: parsePrefix(subnet) },
    ...where,
    fenced: [parsePrefix(lost)],
  });
  const ipv6 = part(6, 'fd05::/48', 'fd05:0:0:7::/64', 'fd05:0:0:2::/64');
  const traffic = [part(4, '10.5.0.0/16', '10.5.7.0/24', '10.5.2.0/24'), ...(mode === 'vxlan' ? [ipv6] : [])];
  return hosts.input('b', mode, { masquerade: true, ...more, traffic });
}

const TOOLS = { 4: 'iptables', 6: 'ip6tables' } as const;

/** Counts what reaches a member from a subnet. */
function counter(member: Member, family: 4 | 6, source: string): () => number {
  const tool = TOOLS[family];
  const rule = `PREROUTING -s ${source} ! -i lo`;
  hosts.run(member, `${tool} -t raw -F; ${tool} -t raw -A ${rule}`);
  return () => Number(/\[(\d+):\d+\] -A PREROUTING/.exec(hosts.run(member, `${tool}-save -c -t raw`))?.[1]);
}

const CASES: readonly [string, Mode, 4 | 6, Partial<FirewallInput>, string][] = [
  ['vxlan, iptables', 'vxlan', 4, {}, 'docker-28.5'],
  ['vxlan, iptables, no forward rules of ours', 'vxlan', 4, { forward: false }, 'none'],
  ['vxlan, nftables', 'vxlan', 4, { nftables: true }, 'docker-28.5'],
  ['vxlan, IPv6, iptables', 'vxlan', 6, {}, 'none'],
  ['vxlan, IPv6, nftables', 'vxlan', 6, { nftables: true }, 'none'],
  ['host-gw, iptables', 'host-gw', 4, {}, 'none'],
  ['host-gw, nftables', 'host-gw', 4, { nftables: true }, 'none'],
];

test.each(CASES)(
  'B03 nothing passes between a fenced subnet and the peers, and all else does: %s',
  async (_, mode, family, more, rules) => {
    hosts.reset(mode);
    hosts.load('b', rules);
    const [ca, cb, cb2] =
      family === 4
        ? ['10.5.1.2', '10.5.2.2', '10.5.2.3']
        : ['fd05:0:0:1::2', 'fd05:0:0:2::2', 'fd05:0:0:2::3'];
    const [lost, far] =
      family === 4 ? ['10.5.2.0/24', '10.5.1.0/24'] : ['fd05:0:0:2::/64', 'fd05:0:0:1::/64'];
    const firewall = hosts.firewall('b');
    const input = fencedInput(mode, more);
    const open = {
      ...input,
      traffic: input.traffic.map(({ fenced: _fenced, ...part }) => ({
        ...part,
        subnet: parsePrefix(part.family === 4 ? '10.5.2.0/24' : 'fd05:0:0:2::/64'),
      })),
    };
    expect(await firewall.ensure(open)).toMatchObject({ errors: [] });
    expect(hosts.reach('cb', ca)).toBe(cb);
    expect(hosts.reach('ca', cb)).toBe(ca);

    expect(await firewall.ensure(input)).toMatchObject({ errors: [] });
    expect(await firewall.ensure(input)).toMatchObject({ written: [], errors: [] });
    const [sent, received] = [counter('a', family, lost), counter('cb', family, far)];
    expect([hosts.attempt('cb', ca), hosts.attempt('b', ca), hosts.attempt('ca', cb)]).toEqual(
      mode === 'vxlan' ? ['refused', 'refused', 'refused'] : ['refused', '192.168.77.2', 'refused'],
    );
    expect([sent(), received()]).toEqual([0, 0]);
    expect(hosts.reach('cb', cb2)).toBe(cb);
    if (family === 4) expect(hosts.reach('cb', '192.168.77.9')).toBe('192.168.77.2');

    expect(await firewall.ensure(open)).toMatchObject({ errors: [] });
    expect(hosts.reach('cb', ca)).toBe(cb);
    expect([sent() > 0, received() > 0]).toEqual([true, true]);
    await firewall.cleanup('default');
    expect(hosts.run('b', 'iptables-save; ip6tables-save; nft list tables')).not.toMatch(
      /overlay-default|OVERLAY-/,
    );
  },
  30_000,
);

test('B03 a flow that stands already ends with the fence', async () => {
  hosts.reset('vxlan');
  const firewall = hosts.firewall('b');
  await firewall.ensure(hosts.input('b', 'vxlan', { masquerade: true }));
  expect(hosts.reach('cb', '10.5.1.2')).toBe('10.5.2.2');
  const ping = 'ping -n -q -i 0.05 -c 40 -W 1 10.5.1.2 || true';
  const before = hosts.run('cb', ping.replace('40', '5'));
  expect(before).toContain(' 0% packet loss');
  await firewall.ensure(fencedInput('vxlan', {}));
  expect(hosts.run('cb', ping.replace('40', '5'))).toContain('100% packet loss');
});
