import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweep, type Cluster, type LiveHost, type Overlayd } from '@overlay/testbed';
import { PREFIX, eventually, openRig, putConfig, sh } from './support/rig';
import { carriesTcp, fullyConnected, liveHosts, rolesOf, settles, waitForProblem } from './support/ways';

const name = 'tb-ext';
/** Writes down with what it was run, and makes the routes. `prepare` says what other hosts get as standard input. */
const SCRIPT = `#!/bin/sh
verb=$1; shift
{ echo "$*"; tr '\\0' '\\n' </proc/$$/environ | sort; echo "stdin: $(cat)"; pwd; } >"$0.$(busybox hostname).$verb"
case $verb in
  prepare) echo " {\\"of\\": \\"$(busybox hostname)\\"} " ;;
  add) ip route replace "$1" via "$2" ;;
  remove) ip route del "$1" ;;
esac
`;

jest.setTimeout(30_000);

let cluster: Cluster;
let script: string;
let daemons: readonly [Overlayd, Overlayd];
let hosts: readonly LiveHost[];

beforeAll(async () => {
  cluster = await openRig({ name, hosts: 2 }, { Network: '10.5.0.0/16', Backend: { Type: 'vxlan' } });
  script = join(cluster.directory, 'net');
  writeFileSync(script, SCRIPT);
  chmodSync(script, 0o755);
  const Backend = {
    Type: 'extension',
    PreStartupCommand: `${script} prepare`,
    PostStartupCommand: `${script} start $SUBNET of $NETWORK`,
    SubnetAddCommand: `${script} add $SUBNET \${PUBLIC_IP} ; $NOTHING "quoted"`,
    SubnetRemoveCommand: `${script} remove $SUBNET`,
  };
  await putConfig(cluster, { Network: '10.5.0.0/16', Backend });
  daemons = [cluster.host(1).overlayd(), cluster.host(2).overlayd()];
}, 60_000);

afterAll(() => sweep(name));

/** What the script wrote down on a host for a verb: the arguments, the environment, standard input and the working directory. */
function ran(host: string, verb: string): readonly string[] {
  try {
    return readFileSync(`${script}.${host}.${verb}`, 'utf8').trimEnd().split('\n');
  } catch {
    return [];
  }
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const subnetOf = (overlayd: Overlayd): Promise<string> =>
  sh(cluster.host(1), `. ${overlayd.subnetFile}; echo $FLANNEL_SUBNET`).then((text) =>
    text.replace('.1/', '.0/'),
  );

test('without --allow-extension a host refuses, runs nothing and takes no lease', async () => {
  const [first] = daemons;
  first.start(['--ip-forward=on']);
  expect(await waitForProblem(first, 'OVL_BACKEND_REFUSED')).toMatch(/start overlayd with --allow-extension/);
  await first.stop();
  expect(ran('h1', 'prepare')).toEqual([]);
  expect(await cluster.etcd.etcdctl(['get', '--prefix', '--keys-only', `${PREFIX}/subnets/`])).toBe('');
});

test('with it, PreStartupCommand gives the BackendData, and PostStartupCommand gets the subnet', async () => {
  for (const daemon of daemons) daemon.start(['--ip-forward=on', '--allow-extension']);
  for (const daemon of daemons) await daemon.ready();
  for (const [index, daemon] of daemons.entries()) {
    const host = cluster.host(index + 1);
    const subnet = await subnetOf(daemon);
    const { lease, value } = { lease: subnet.replace('/', '-'), value: ` {"of": "${host.name}"} `.trim() };
    const text = await cluster.etcd.etcdctl(['get', '--print-value-only', `${PREFIX}/subnets/${lease}`]);
    expect(JSON.parse(text)).toMatchObject({ BackendType: 'extension', BackendData: value });
    expect(ran(host.name, 'prepare')).toEqual(['', 'LC_ALL=C', PATH, 'stdin: ', '/']);
    expect(ran(host.name, 'start')).toEqual([
      `${subnet} of 10.5.0.0/16`,
      ...['IPV6SUBNET=', 'LC_ALL=C', 'NETWORK=10.5.0.0/16', PATH],
      ...[`PUBLIC_IP=${host.address}`, 'PUBLIC_IPV6=', `SUBNET=${subnet}`, 'stdin: ', '/'],
    ]);
  }
});

test('C16 SubnetAddCommand gets the peer and its data, and no shell', async () => {
  const [, second] = daemons;
  const subnet = await subnetOf(second);
  const { address } = cluster.host(2);
  await settles(
    () => Promise.resolve(ran('h1', 'add')),
    [
      `${subnet} ${address} ;  "quoted"`,
      ...['IPV6SUBNET=', 'LC_ALL=C', PATH, `PUBLIC_IP=${address}`, 'PUBLIC_IPV6=', `SUBNET=${subnet}`],
      'stdin: {"of": "h2"}',
      '/',
    ],
  );
});

test('the routes of the script carry packets between pods', async () => {
  hosts = await liveHosts(cluster, daemons, 1500);
  const pods = hosts.map(({ pod }) => pod);
  await fullyConnected(pods);
  await carriesTcp(pods[0]!, pods[1]!, join(cluster.directory, 'tcp.log'));
  for (const daemon of daemons) expect(await rolesOf(daemon)).toEqual(['extension wanted 1']);
});

test('SubnetRemoveCommand runs once a peer has gone', async () => {
  const [, second] = daemons;
  const subnet = await subnetOf(second);
  await second.stop();
  expect(await sh(cluster.host(1), 'ip route')).toContain(subnet);
  await cluster.etcd.etcdctl(['del', `${PREFIX}/subnets/${subnet.replace('/', '-')}`]);
  await eventually(
    'the end of the route',
    async () => !(await sh(cluster.host(1), 'ip route')).includes(subnet),
  );
  expect(ran('h1', 'remove')[0]).toBe(subnet);
  expect(ran('h1', 'remove')).toContain('stdin: {"of": "h2"}');
});
