import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePrefix } from '@overlay/cidr';
import type { OverlayTraffic } from '@overlay/dataplane';
import { HOSTS, Hosts } from './firewall-hosts.js';

const hosts = new Hosts('fwt-n');

beforeAll(() => hosts.up(), 30_000);
afterAll(() => hosts.down());

describe('nftables asked for', () => {
  test.each(['none', 'policy-drop', 'docker-20.10', 'docker-28.5'])(
    'E02 beside the iptables rules of %s containers reach containers, sources kept',
    async (rules) => {
      hosts.reset('vxlan');
      for (const host of ['a', 'b'] as const) hosts.load(host, rules);
      await hosts.protect('vxlan', { nftables: true, masquerade: true });
      expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
      expect(hosts.reach('a', '10.5.2.2')).toBe('10.5.1.0');
      expect(hosts.reach('ca', '192.168.77.9')).toBe('192.168.77.1');
      expect(hosts.run('a', 'nft list tables')).toContain('table ip overlay-default');
      expect(hosts.run('a', 'iptables-save')).not.toContain('OVERLAY-POSTRTG');
      const again = await hosts
        .firewall('a')
        .ensure(hosts.input('a', 'vxlan', { nftables: true, masquerade: true }));
      expect(again).toMatchObject({ written: [], errors: [] });
    },
  );

  test('E11 switching between iptables and nftables leaves nothing of the other', async () => {
    hosts.reset('vxlan');
    const firewall = hosts.firewall('b');
    await firewall.ensure(hosts.input('b', 'vxlan', { nftables: true, masquerade: true }));
    await firewall.ensure(hosts.input('b', 'vxlan', { masquerade: true }));
    expect(hosts.run('b', 'nft list tables')).not.toContain('overlay-default');
    await firewall.ensure(hosts.input('b', 'vxlan', { nftables: true, masquerade: true }));
    expect(hosts.run('b', 'iptables-save')).not.toContain('OVERLAY');
  });
});

describe("Docker's nftables backend", () => {
  const rules = readFileSync(join(__dirname, 'fixtures/firewall/docker-29-nftables.nft'), 'utf8');
  const load = (text: string): void => {
    hosts.reset('vxlan');
    for (const host of ['a', 'b'] as const)
      hosts.run(
        host,
        'nft -f /dev/fd/3 3<<EOF\n' + text.replaceAll('10.5.2.', `10.5.${HOSTS[host].number}.`) + 'EOF\n',
      );
  };

  test('what only daemon.json can change is said, naming both keys', async () => {
    load(
      rules.replace(
        'policy accept;\n\t}\n\n\tchain filter-forward-in',
        'policy accept;\n\t\tip daddr 10.5.2.2 iifname != "docker0" counter drop comment "DROP DIRECT ACCESS"\n\t}\n\n\tchain filter-forward-in',
      ),
    );
    const { facts } = await hosts.firewall('b').ensure(hosts.input('b', 'vxlan'));
    expect(facts).toMatchObject({ dockerNftables: true });
    expect(facts.obstacles.join('\n')).toMatch(
      /"bridge-accept-fwmark": "0x4000\/0x4000"[^]*"allow-direct-routing": true/,
    );
    expect(hosts.attempt('ca', '10.5.2.2')).toBe('refused');
  });

  test('with the two keys set containers reach containers, sources kept in spite of its masquerade', async () => {
    load(
      rules.replace(
        'counter drop comment "UNPUB',
        'meta mark & 0x00004000 == 0x00004000 counter accept\n\t\tcounter drop comment "UNPUB',
      ),
    );
    expect(hosts.attempt('ca', '10.5.2.2')).toBe('refused');
    await hosts.protect('vxlan');
    expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
    const { facts, written } = await hosts.firewall('b').ensure(hosts.input('b', 'vxlan'));
    expect(facts.obstacles).toEqual([]);
    expect(written).toEqual([]);
    expect(hosts.attempt('lan', '10.5.2.2')).toBe('refused');
  });
});

describe('iptables-legacy', () => {
  test('E08 where it holds the rules of Docker ours go there too, and move when Docker moves', async () => {
    hosts.reset('vxlan');
    for (const host of ['a', 'b'] as const) hosts.load(host, 'docker-28.5', 'iptables-legacy-restore');
    expect(hosts.attempt('ca', '10.5.2.2')).toBe('refused');
    await hosts.protect('vxlan');
    expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
    const firewall = hosts.firewall('b');
    expect(await firewall.ensure(hosts.input('b', 'vxlan'))).toMatchObject({
      facts: { iptables: 'legacy' },
      written: [],
      errors: [],
    });
    hosts.run(
      'b',
      'for t in raw nat filter; do iptables-legacy -t $t -F; iptables-legacy -t $t -X; done; iptables-legacy -P FORWARD ACCEPT',
    );
    hosts.load('b', 'docker-20.10');
    expect(await firewall.ensure(hosts.input('b', 'vxlan'))).toMatchObject({
      facts: { iptables: 'nft' },
      errors: [],
    });
    expect(hosts.reach('ca', '10.5.2.2')).toBe('10.5.1.2');
    for (const host of ['a', 'b'] as const) await hosts.firewall(host).cleanup('default');
    expect(hosts.run('a', 'iptables-legacy-save') + hosts.run('b', 'iptables-legacy-save')).not.toContain(
      'OVERLAY',
    );
  });
});

describe('IPv6', () => {
  test.each(['none', 'docker-28.5-ipv6'])(
    'beside the ip6tables rules of %s containers reach containers, sources kept',
    async (rules) => {
      hosts.reset('vxlan');
      for (const host of ['a', 'b'] as const) {
        hosts.load(
          host,
          rules,
          `sed 's/fd05:0:0:2:/fd05:0:0:${HOSTS[host].number}:/g' | ip6tables-nft-restore`,
        );
        const { number } = HOSTS[host];
        const traffic: OverlayTraffic = {
          family: 6,
          network: parsePrefix('fd05::/48'),
          subnet: parsePrefix(`fd05:0:0:${number}::/64`),
          tunnels: ['flannel.1'],
          directPeers: [],
        };
        const input = hosts.input(host, 'vxlan', { traffic: [traffic], masquerade: true });
        if (host === 'b' && rules !== 'none') expect(hosts.attempt('ca', 'fd05:0:0:2::2')).toBe('refused');
        expect(await hosts.firewall(host).ensure(input)).toMatchObject({ errors: [] });
        expect(await hosts.firewall(host).ensure(input)).toMatchObject({ written: [] });
      }
      expect(hosts.reach('ca', 'fd05:0:0:2::2')).toBe('fd05:0:0:1::2');
    },
  );
});
