import { execFile, execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { networkAddress, parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey, diff, spreadMetric } from '../src/index.js';
import type { KernelObject, Ownership } from '../src/index.js';
import { openOvsRig, type OvsRig } from './ovs-rig.js';

const ALIAS = 'overlayd:default';
const BRIDGE = 'ovl-ovs-0';
const HOSTS = [1, 2, 3];
const MTU = 1458;

const ownership: Ownership = {
  alias: ALIAS,
  links: [BRIDGE, 'ovl-ovs-d0'],
  networks: [parsePrefix('10.70.0.0/16')],
  adopt: false,
};

const mac = (n: number) => `02:70:00:00:00:0${n}`;
const subnet = (n: number) => parsePrefix(`10.70.${n}.0/24`);
const underlay = (n: number) => parseAddress(`172.31.0.${n}`);

const bridge = (n: number): KernelObject => ({
  type: 'link',
  kind: 'ovs-bridge',
  name: BRIDGE,
  mtu: MTU,
  mac: mac(n),
  datapath: 'netdev',
  alias: ALIAS,
});

const port = (n: number, from: number): KernelObject => ({
  type: 'ovs-port',
  bridge: BRIDGE,
  name: `ovl-0a460${n}00`,
  tunnel: { kind: 'gre', remote: underlay(n), local: underlay(from), key: 1 },
  alias: ALIAS,
});

/** What a host holds in L3, as the backend plans it. */
function routed(from: number): KernelObject[] {
  const peers = HOSTS.filter((n) => n !== from).flatMap((n): KernelObject[] => {
    const destination = subnet(n);
    const address = networkAddress(destination);
    const metric = spreadMetric(destination);
    return [
      port(n, from),
      { type: 'fdb', link: BRIDGE, mac: mac(n), destination: underlay(n) },
      { type: 'neighbour', link: BRIDGE, address, mac: mac(n) },
      { type: 'route', kind: 'unicast', destination, gateway: address, link: BRIDGE, onlink: true, metric },
    ];
  });
  const own = networkAddress(subnet(from));
  return [bridge(from), { type: 'address', link: BRIDGE, address: own, length: 32 }, ...peers];
}

/** What a host holds in L2: its bridge of containers is `docker0`. */
const stretched = (from: number): KernelObject[] => [
  bridge(from),
  {
    type: 'link',
    kind: 'veth',
    name: 'ovl-ovs-d0',
    peer: 'ovl-ovs-p0',
    mtu: MTU,
    master: 'docker0',
    alias: ALIAS,
  },
  { type: 'ovs-port', bridge: BRIDGE, name: 'ovl-ovs-p0', alias: ALIAS },
  ...HOSTS.filter((n) => n !== from).map((n) => port(n, from)),
];

jest.setTimeout(60_000);

/** Three hosts on one LAN, each NIC on a user-space bridge that has the host's address. */
describe('three hosts in a full mesh of tunnels, user-space datapath', () => {
  const lan = `ovp-lan-${process.pid}`;
  const hosts: OvsRig[] = [];
  const host = (n: number) => hosts[n - 1]!;

  beforeAll(async () => {
    execFileSync('ip', ['netns', 'add', lan]);
    execFileSync('ip', ['-n', lan, 'link', 'add', 'lan', 'up', 'type', 'bridge']);
    for (const n of HOSTS) {
      const rig = await openOvsRig();
      hosts.push(rig);
      const nic = `02:31:00:00:00:0${n}`;
      rig.run(`ip link add eth0 address ${nic} type veth peer name h${n} netns ${lan}
        ip netns exec ${lan} ip link set h${n} master lan up
        ip netns exec ${lan} ethtool -K h${n} tx off >/dev/null; ethtool -K eth0 tx off >/dev/null
        ip link set eth0 up; sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.ip_forward=1`);
      rig.ctl(
        `add-br phy -- set bridge phy datapath_type=netdev other-config:hwaddr=${nic} -- add-port phy eth0`,
      );
      rig.run(`ip link set phy up; ip address add 172.31.0.${n}/24 dev phy`);
    }
  });

  afterAll(async () => {
    for (const rig of hosts) await rig.close();
    execFileSync('ip', ['netns', 'delete', lan]);
  });

  async function hold(objects: (n: number) => readonly KernelObject[]): Promise<void> {
    for (const n of HOSTS) {
      const wanted = byKey(objects(n));
      const pass = async () =>
        host(n).kernel.apply(diff(wanted, await host(n).kernel.read(ownership, wanted)).changes);
      expect((await pass()).filter(({ ok }) => !ok)).toEqual([]);
      expect(await pass()).toEqual([]);
    }
  }

  const ping = (from: number, source: string, target: string, options = '') =>
    host(from).run(`ping -q -c 5 -i 0.05 -W 2 -I ${source} ${options} ${target}`);

  /** Packets that a host's bridge device has received. */
  const received = (n: number) =>
    Number(host(n).run(`cat /sys/class/net/${BRIDGE}/statistics/rx_packets`).trim());

  /** Three broadcasts from host 1, and what arrives at host 2 in the second after. */
  async function broadcast(): Promise<number> {
    const before = received(2);
    host(1).run(`ip route replace 10.70.250.0/24 dev ${BRIDGE}; ping -q -c 1 -W 1 10.70.250.1 || true`);
    return received(2) - before;
  }

  it('packets go between every two of them, up to the full MTU and not one byte more', async () => {
    await hold(routed);
    for (const from of HOSTS)
      for (const to of HOSTS.filter((n) => n !== from)) {
        ping(from, `10.70.${from}.0`, `10.70.${to}.0`);
        ping(from, `10.70.${from}.0`, `10.70.${to}.0`, `-M do -s ${MTU - 28}`);
        expect(() => ping(from, `10.70.${from}.0`, `10.70.${to}.0`, `-M do -s ${MTU - 27}`)).toThrow();
      }
  });

  it('on the wire it is GRE with the key, between the hosts', async () => {
    await hold(routed);
    const dump = promisify(execFile)('timeout', [
      '20',
      ...['ip', 'netns', 'exec', lan, 'tcpdump', '-nn', '-l', '-c', '1', '-i', 'h2', 'proto', '47'],
    ]);
    const pings = spawn('ip', [
      'netns',
      'exec',
      host(1).name,
      'ping',
      '-i',
      '0.1',
      '-I',
      '10.70.1.0',
      '10.70.2.0',
    ]);
    const { stdout } = await dump.finally(() => pings.kill());
    expect(stdout).toMatch(/172\.31\.0\.[12] > 172\.31\.0\.[12]: GREv0, key=0x1,/);
  });

  it('TCP carries a megabyte intact', async () => {
    await hold(routed);
    const script = (code: string, n: number) => ['netns', 'exec', host(n).name, process.execPath, '-e', code];
    const server = spawn('ip', script(SERVER, 2), { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await new Promise((resolve) => server.stdout.once('data', resolve));
      const { stdout } = await promisify(execFile)('ip', script(CLIENT, 1));
      expect(stdout.trim()).toBe('1048576');
    } finally {
      server.kill();
    }
  });

  it('a broadcast arrives once: no packet goes from tunnel to tunnel; without protected ports it never ends', async () => {
    await hold(routed);
    expect(await broadcast()).toBeLessThan(30);
    for (const n of HOSTS)
      for (const peer of HOSTS.filter((other) => other !== n))
        host(n).ctl(`set port ovl-0a460${peer}00 protected=false`);
    expect(await broadcast()).toBeGreaterThan(100);
    await hold(routed);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await broadcast()).toBeLessThan(30);
  });

  it('L2: containers of one subnet on three hosts reach each other through the bridges', async () => {
    for (const n of HOSTS)
      host(n).run(
        `ip link add docker0 mtu ${MTU} up type bridge; ip address add 10.70.0.${n}/24 dev docker0`,
      );
    await hold(stretched);
    for (const from of HOSTS)
      for (const to of HOSTS.filter((n) => n !== from)) {
        ping(from, `10.70.0.${from}`, `10.70.0.${to}`);
        ping(from, `10.70.0.${from}`, `10.70.0.${to}`, `-M do -s ${MTU - 28}`);
      }
    await hold(() => []);
    for (const n of HOSTS) {
      expect(host(n).ctl('list-br').trim()).toBe('phy');
      expect(host(n).run('ip link')).not.toContain('ovl-');
    }
  });
});

const SERVER = `require('net').createServer((socket) => {
  let bytes = 0;
  socket.on('data', (data) => { bytes += data.length; if (bytes === 1048576) socket.end(String(bytes)); });
}).listen(9000, '10.70.2.0', () => console.log('ready'))`;
const CLIENT = `const socket = require('net').connect({ port: 9000, host: '10.70.2.0', localAddress: '10.70.1.0' });
socket.on('data', (data) => console.log(String(data)));
socket.write(Buffer.alloc(1048576, 7))`;
