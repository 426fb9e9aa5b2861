import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster, CommandResult, Host, Overlayd } from '@overlay/testbed';
import { PREFIX, eventually, openRig, sh } from './support/rig';

jest.setTimeout(30_000);

interface Preview {
  readonly lease: string;
  readonly changes: readonly { readonly op: string; readonly type: string; readonly object: string }[];
  readonly firewall: readonly string[];
}

/** Things of others in every place where overlayd writes, and all tables of iptables in use before it comes. */
const DECOYS = [
  'ip link add decoy0 type veth peer name decoy1 && ip link set decoy1 up && ip link set decoy0 up',
  'ip addr add 192.0.2.1/24 dev decoy0',
  'ip route add 10.5.200.0/24 via 192.0.2.9 proto static',
  'ip route add blackhole 198.51.100.0/24 proto 76',
  'ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:99 dev decoy0 nud permanent',
  ...['iptables', 'ip6tables'].flatMap((tool) => [
    `${tool} -N DECOY && ${tool} -A DECOY -p tcp --dport 9 -j DROP && ${tool} -A FORWARD -j DECOY`,
    `${tool} -t nat -A POSTROUTING -p udp --dport 9 -j RETURN`,
    `${tool} -t raw -A PREROUTING -p udp --dport 9 -j RETURN`,
    `${tool} -t mangle -A FORWARD -p udp --dport 9 -j RETURN`,
  ]),
  'nft add table inet decoy && nft add chain inet decoy c && nft add rule inet decoy c udp dport 9 drop',
];

/** What the kernel holds, without what time alone changes. */
const SNAPSHOT = [
  'ip -d -o link | sed "s/^[0-9]*: //"',
  'ip -o addr | sed "s/^[0-9]*: //; s/valid_lft.*//"',
  'ip -4 route show table all; ip -6 route show table all',
  'ip neigh show nud permanent; bridge fdb show',
  'ip rule; ip -6 rule',
  'iptables-save; ip6tables-save; nft list ruleset',
].join('; ');

const snapshot = async (host: Host): Promise<string> =>
  (await sh(host, SNAPSHOT))
    .split('\n')
    .filter((line) => !line.startsWith('# '))
    .map((line) => line.replace(/\[\d+:\d+\]|counter packets \d+ bytes \d+/g, ''))
    .join('\n');

describe.each(['vxlan', 'host-gw'])('%s', (type) => {
  let cluster: Cluster;
  let host: Host;
  let overlayd: Overlayd;
  let before: string;
  let promised: Preview;
  const decoyFile = (): string => join(overlayd.runDirectory, 'of-another');
  const keys = (): Promise<string> => cluster.etcd.etcdctl(['get', '--prefix', '/']);
  const preview = (): Promise<CommandResult> => overlayd.runOnce(['--dry-run', '--output=json', '--ip-masq']);

  beforeAll(async () => {
    cluster = await openRig(
      { name: `tb-clean-${type}`, hosts: 1 },
      { Network: '10.5.0.0/16', SubnetMin: '10.5.1.0', SubnetMax: '10.5.2.0', Backend: { Type: type } },
    );
    host = cluster.host(1);
    overlayd = host.overlayd();
    for (const line of DECOYS) await sh(host, line);
    const data = type === 'vxlan' ? { BackendData: { VNI: 1, VtepMAC: '02:00:00:00:00:42' } } : {};
    const publicIp = host.address.replace(/\.\d+$/, '.42');
    const value = JSON.stringify({ PublicIP: publicIp, PublicIPv6: null, BackendType: type, ...data });
    await cluster.etcd.etcdctl(['put', `${PREFIX}/subnets/10.5.2.0-24`, value]);
    await eventually('addresses that are no longer tentative', async () => {
      return !(await sh(host, 'ip addr')).includes('tentative');
    });
    before = await snapshot(host);
  }, 60_000);

  afterAll(() => cluster.destroy());

  test('--dry-run changes neither the kernel nor etcd nor a file', async () => {
    const etcd = await keys();
    const { code, stdout, stderr } = await preview();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    promised = JSON.parse(stdout) as Preview;
    expect(await snapshot(host)).toBe(before);
    expect(await keys()).toBe(etcd);
    expect(existsSync(overlayd.subnetFile) || existsSync(overlayd.stateDirectory)).toBe(false);
  });

  test('a start does what --dry-run said, and then nothing is left to do', async () => {
    const forwarding = async (): Promise<string> => sh(host, 'cat /proc/sys/net/ipv4/ip_forward');
    const wasForwarding = await forwarding();
    overlayd.start(['--ip-masq']);
    await overlayd.ready();
    const of = (kind: string): string[] =>
      promised.changes.filter((row) => row.type === kind).map((row) => row.object);
    expect(promised.lease).toBe('10.5.1.0/24');
    expect(of('lease').map((text) => text.split(' ')[0])).toEqual(['10.5.1.0-24']);
    expect(await keys()).toContain(`${PREFIX}/subnets/10.5.1.0-24`);
    const written = readFileSync(overlayd.subnetFile, 'utf8').trimEnd().replaceAll('\n', ' ');
    expect(of('file')).toContain(`${overlayd.subnetFile} ${written}`);
    const routes = (await sh(host, 'ip route show proto 76 10.5.2.0/24')).split(' ').slice(0, 3).join(' ');
    expect(of('route').map((text) => text.split(' dev')[0])).toEqual([routes]);
    expect(of('link').length).toBe(type === 'vxlan' ? 1 : 0);
    expect(of('sysctl').some((text) => text.startsWith('net/ipv4/ip_forward'))).toBe(
      wasForwarding !== (await forwarding()),
    );
    expect(promised.firewall.length).toBeGreaterThan(0);
    await eventually('a start with nothing to do', async () => {
      const now = JSON.parse((await preview()).stdout) as Preview;
      return now.changes.length + now.firewall.length === 0;
    });
  });

  test('what is not ours and in the way is shown as blocked', async () => {
    await sh(host, 'ip route del 10.5.2.0/24 && ip route add 10.5.2.0/24 via 192.0.2.9');
    const { stdout } = await overlayd.runOnce(['--dry-run', '--ip-masq']);
    expect(stdout).toMatch(/blocked +route +10\.5\.2\.0\/24.*not ours/);
    await sh(host, 'ip route del 10.5.2.0/24 via 192.0.2.9');
  });

  test('SIGHUP has everything looked at again and ends nothing', async () => {
    overlayd.process.signal('SIGHUP');
    await eventually('the line in the log', () => Promise.resolve(overlayd.log().includes('SIGHUP')));
    await overlayd.ready();
    expect(overlayd.running).toBe(true);
  });

  test('--cleanup is refused while the daemon runs, with exit code 4', async () => {
    const { code, stderr } = await overlayd.runOnce(['--cleanup']);
    expect(code).toBe(4);
    expect(stderr).toContain('OVL_DAEMON_RUNNING');
    expect(overlayd.running).toBe(true);
  });

  test('F07 I7 --cleanup removes all that is ours and nothing else, without etcd', async () => {
    writeFileSync(decoyFile(), 'kept');
    expect(await overlayd.stop()).toBe(0);
    expect(await snapshot(host)).not.toBe(before);
    const { code, stdout } = await overlayd.runOnce(['--cleanup', '--etcd-endpoints=http://127.0.0.1:9']);
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain('removed firewall rules');
    expect(stdout).not.toContain('left ');
    expect(await snapshot(host)).toBe(before);
    expect(existsSync(overlayd.subnetFile)).toBe(false);
    expect(readFileSync(decoyFile(), 'utf8')).toBe('kept');
  });

  test('--cleanup once more has nothing to do', async () => {
    expect((await overlayd.runOnce(['--cleanup'])).stdout).toBe('nothing of ours was here\n');
  });
});
