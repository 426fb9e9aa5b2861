import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIpv4, parsePrefix } from '@overlay/cidr';
import { openFirewall } from '@overlay/dataplane/linux';
import type { Firewall, FirewallInput } from '@overlay/dataplane';

/** Two hosts with a container each, and a neighbour on their LAN: `<prefix>-a`, `-b`, `-ca`, `-cb`, `-lan`, and the switch `-sw`. */
const MEMBERS = ['a', 'b', 'ca', 'cb', 'cb2', 'lan', 'sw'] as const;
export type Member = (typeof MEMBERS)[number];
export type Mode = 'vxlan' | 'host-gw';

const SERVER = `
const net = require('node:net');
for (const port of [9000, 80]) net.createServer((s) => s.end(s.remoteAddress + '\\n')).listen(port, '::');
process.stdout.write('up');`;

export const HOSTS = { a: { number: 1, peer: 2 }, b: { number: 2, peer: 1 } } as const;

export class Hosts {
  private readonly servers: ChildProcess[] = [];

  constructor(private readonly prefix: string) {}

  name(member: Member): string {
    return `${this.prefix}-${member}`;
  }

  /** Runs a shell command in a namespace and returns what it prints. */
  run(member: Member, command: string, input?: string): string {
    const argv = ['netns', 'exec', this.name(member), 'sh', '-ec', command];
    return execFileSync('ip', argv, {
      encoding: 'utf8',
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  async up(): Promise<void> {
    this.down();
    for (const member of MEMBERS) execFileSync('ip', ['netns', 'add', this.name(member)]);
    this.run('sw', 'ip link add br0 type bridge; ip link set br0 up');
    for (const member of ['a', 'b', 'lan'] as const) this.plug(member);
    for (const host of ['a', 'b'] as const) this.buildHost(host);
    this.container('b', 'cb2', 3);
    await Promise.all((['ca', 'cb', 'cb2', 'lan', 'a', 'b'] as const).map((member) => this.serve(member)));
  }

  down(): void {
    for (const server of this.servers.splice(0)) server.kill('SIGKILL');
    const existing = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split(' ')[0]);
    for (const member of MEMBERS)
      if (existing.includes(this.name(member))) execFileSync('ip', ['netns', 'del', this.name(member)]);
  }

  private plug(member: 'a' | 'b' | 'lan'): void {
    const number = { a: 1, b: 2, lan: 9 }[member];
    this.run(
      'sw',
      `ip link add port-${member} type veth peer name eth0 netns ${this.name(member)}; ip link set port-${member} master br0 up`,
    );
    this.run(member, `ip link set lo up; ip addr add 192.168.77.${number}/24 dev eth0; ip link set eth0 up`);
  }

  private buildHost(host: 'a' | 'b'): void {
    const { number } = HOSTS[host];
    this.run(
      host,
      `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 net.ipv6.conf.all.accept_dad=0
      ip link add docker0 type bridge; ip addr add 10.5.${number}.1/24 dev docker0; ip addr add fd05:0:0:${number}::1/64 dev docker0 nodad
      ip link set docker0 up
      ip link add flannel.1 address 02:00:00:00:00:0${number} type vxlan id 1 dstport 8472 local 192.168.77.${number} nolearning
      ip link set flannel.1 up; ip addr add 10.5.${number}.0/32 dev flannel.1; ip addr add fd05:0:0:${number}::/128 dev flannel.1 nodad`,
    );
    this.container(host, host === 'a' ? 'ca' : 'cb', 2);
  }

  private container(host: 'a' | 'b', member: 'ca' | 'cb' | 'cb2', last: number): void {
    const { number } = HOSTS[host];
    this.run(
      host,
      `ip link add v${member} type veth peer name eth0 netns ${this.name(member)}; ip link set v${member} master docker0 up`,
    );
    this.run(
      member,
      `ip link set lo up; ip addr add 10.5.${number}.${last}/24 dev eth0; ip addr add fd05:0:0:${number}::${last}/64 dev eth0 nodad
      ip link set eth0 up; ip route add default via 10.5.${number}.1; ip route add default via fd05:0:0:${number}::1`,
    );
  }

  private serve(member: Member): Promise<void> {
    const argv = ['netns', 'exec', this.name(member), process.execPath, '-e', SERVER];
    const server = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.servers.push(server);
    return new Promise((resolve) => server.stdout.once('data', () => resolve()));
  }

  /** Routes between the hosts as the backend makes them, and no firewall at all. */
  reset(mode: Mode): void {
    for (const host of ['a', 'b'] as const) {
      const { peer } = HOSTS[host];
      const vxlan = `ip route replace 10.5.${peer}.0/24 via 10.5.${peer}.0 dev flannel.1 onlink
        ip neigh replace 10.5.${peer}.0 lladdr 02:00:00:00:00:0${peer} dev flannel.1
        ip -6 route replace fd05:0:0:${peer}::/64 via fd05:0:0:${peer}:: dev flannel.1 onlink
        ip neigh replace fd05:0:0:${peer}:: lladdr 02:00:00:00:00:0${peer} dev flannel.1
        bridge fdb replace 02:00:00:00:00:0${peer} dev flannel.1 dst 192.168.77.${peer}`;
      const direct = `ip route replace 10.5.${peer}.0/24 via 192.168.77.${peer} dev eth0`;
      this.run(
        host,
        `nft flush ruleset; iptables-legacy -F; iptables-legacy -P FORWARD ACCEPT; ${mode === 'vxlan' ? vxlan : direct}`,
      );
    }
    this.run(
      'lan',
      'ip route replace 10.5.2.0/24 via 192.168.77.2; ip route replace 10.5.1.0/24 via 192.168.77.1',
    );
  }

  /** Loads the rules of a Docker version, for the host's own subnet. */
  load(host: 'a' | 'b', rules: string, restore = 'iptables-nft-restore'): void {
    const text = readFileSync(join(__dirname, 'fixtures/firewall', `${rules}.txt`), 'utf8');
    this.run(host, restore, text.replaceAll('10.5.2.', `10.5.${HOSTS[host].number}.`));
  }

  /** The address a server sees when a member connects; waits long enough for a busy machine. */
  reach(from: Member, address: string, port = 9000): string {
    return this.connect(from, address, port, 15);
  }

  /** Like `reach`, for where nothing should come back: `refused` when nothing does within a second. */
  attempt(from: Member, address: string, port = 9000): string {
    return this.connect(from, address, port, 1);
  }

  private connect(from: Member, address: string, port: number, seconds: number): string {
    const command = `timeout ${seconds} bash -c 'cat < /dev/tcp/${address}/${port}' 2>/dev/null || true`;
    return this.run(from, command).trim().replace('::ffff:', '') || 'refused';
  }

  firewall(host: 'a' | 'b'): Firewall {
    return openFirewall({ netns: `/run/netns/${this.name(host)}` });
  }

  input(host: 'a' | 'b', mode: Mode, more: Partial<FirewallInput> = {}): FirewallInput {
    const { number, peer } = HOSTS[host];
    const where = mode === 'vxlan' ? { tunnels: ['flannel.1'] } : { tunnels: [], underlay: 'eth0' };
    const directPeers = mode === 'vxlan' ? [] : [parseIpv4(`192.168.77.${peer}`)];
    const traffic = {
      family: 4,
      network: parsePrefix('10.5.0.0/16'),
      subnet: parsePrefix(`10.5.${number}.0/24`),
      directPeers,
      ...where,
    } as const;
    const base = {
      instance: 'default',
      traffic: [traffic],
      masquerade: false,
      randomFully: true,
      forward: true,
      nftables: false,
    };
    return { ...base, ...more };
  }

  /** Our firewall on both hosts. */
  async protect(mode: Mode, more: Partial<FirewallInput> = {}): Promise<void> {
    for (const host of ['a', 'b'] as const) {
      const { errors } = await this.firewall(host).ensure(this.input(host, mode, more));
      if (errors.length > 0) throw new Error(JSON.stringify(errors));
    }
  }
}
