import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress, parsePrefix } from '@overlay/cidr';
import {
  byKey,
  diff,
  joinKernel,
  type Kernel,
  type KernelObject,
  type Ownership,
  type WireguardLink,
  type WireguardPeerObject,
} from '../src/index.js';
import { loadOrCreateWireguardKey, openKernel, openWireguardPart } from '../src/linux/index.js';

let count = 0;

/** A host in a network namespace of its own with its kernel, its WireGuard part and its key. */
export class WireguardHost {
  readonly name: string;
  readonly device: string;
  readonly key: { readonly publicKey: string; readonly file: string };
  readonly warnings: string[] = [];
  private open: { kernel: Kernel; close(): void } | undefined;

  constructor(
    readonly number: number,
    private readonly folder: string,
  ) {
    this.name = `wg-${process.pid}-${++count}`;
    this.device = `wg${process.pid % 100_000}-${count}`;
    this.key = loadOrCreateWireguardKey(join(folder, `${this.name}/key`));
    execFileSync('ip', ['netns', 'add', this.name]);
    this.run('ip link set lo up');
  }

  run(command: string): string {
    return execFileSync('ip', ['netns', 'exec', this.name, 'sh', '-ec', command], { encoding: 'utf8' });
  }

  get ownership(): Ownership {
    return {
      alias: 'overlayd:default',
      links: [this.device],
      networks: [parsePrefix('10.70.0.0/16')],
      adopt: false,
    };
  }

  get link(): WireguardLink {
    return {
      ...{ type: 'link', kind: 'wireguard', name: this.device, mtu: 1400, alias: 'overlayd:default' },
      ...{ listenPort: 51820, publicKey: this.key.publicKey, keyFile: this.key.file },
    };
  }

  /** Device, own address, one route for everything, as a backend plans them. */
  get node(): KernelObject[] {
    const link = this.device;
    const address = parseAddress(`10.70.${this.number}.1`);
    const route = { destination: parsePrefix('10.70.0.0/16'), onlink: false, metric: 100 } as const;
    return [
      this.link,
      { type: 'address', link, address, length: 32 },
      { type: 'route', kind: 'unicast', link, ...route },
    ];
  }

  peer(other: WireguardHost, rest: Partial<WireguardPeerObject> = {}): WireguardPeerObject {
    return {
      ...{ type: 'wireguard-peer', link: this.device, publicKey: other.key.publicKey, keepaliveSeconds: 0 },
      endpoint: { address: parseAddress(`172.31.0.${other.number}`), port: 51820 },
      allowedIps: [parsePrefix(`10.70.${other.number}.0/24`)],
      ...rest,
    };
  }

  /** The daemon starts anew. */
  restart(): void {
    this.open?.close();
    this.open = undefined;
  }

  get kernel(): Kernel {
    const options = { netns: `/run/netns/${this.name}`, log: (text: string) => this.warnings.push(text) };
    if (this.open === undefined) {
      const base = openKernel({ netns: options.netns });
      const part = openWireguardPart(options);
      const close = () => {
        base.close();
        void part.close?.();
      };
      this.open = { kernel: joinKernel(base, [part]), close };
    }
    return this.open.kernel;
  }

  /** One pass: what was changed, and the outcomes. */
  async pass(objects: readonly KernelObject[]) {
    const wanted = byKey(objects);
    const { changes, conflicts } = diff(wanted, await this.kernel.read(this.ownership, wanted));
    const outcomes = await this.kernel.apply(changes);
    return {
      changes: changes.map(({ op, object }) => `${op} ${object.type}`),
      conflicts,
      refused: outcomes.flatMap((o) => (o.ok ? [] : [{ code: o.code, message: o.message }])),
    };
  }

  /** Sends `packets` at 50 a second to another host and gives how many came back, while `work` runs. */
  async lossDuring(other: WireguardHost, packets: number, work: () => Promise<void>): Promise<string> {
    const to = [
      ...['-W', '10'],
      '-I',
      `10.70.${this.number}.1`,
      '-i',
      '0.02',
      '-c',
      String(packets),
      `10.70.${other.number}.1`,
    ];
    const child = spawn('ip', ['netns', 'exec', this.name, 'ping', '-q', ...to]);
    let said = '';
    child.stdout.on('data', (text) => (said += String(text)));
    const done = new Promise((resolve) => child.once('close', resolve));
    await work();
    await done;
    return /\d+ packets transmitted, \d+ received/.exec(said)?.[0] ?? said;
  }

  ping(other: WireguardHost): string {
    return this.run(`ping -c 1 -W 5 -I 10.70.${this.number}.1 10.70.${other.number}.1`);
  }

  wg(...words: string[]): string {
    return this.run(`wg ${words.join(' ')}`).trim();
  }

  /** Ids of the wireguard-go processes of this host's device. */
  processes(): string[] {
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0]!.endsWith('wireguard-go') && words[1] === this.device;
      } catch {
        return false;
      }
    });
  }

  close(): void {
    this.restart();
    for (const pid of this.processes()) process.kill(Number(pid));
    rmSync(`/var/run/wireguard/${this.device}.sock`, { force: true });
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}

export interface WireguardRig {
  readonly a: WireguardHost;
  readonly b: WireguardHost;
  close(): void;
}

/** Two hosts on one wire, 172.31.0.1 and 172.31.0.2; each has a second address, 172.31.0.11 and 172.31.0.12. */
export function openWireguardRig(): WireguardRig {
  const folder = mkdtempSync(join(tmpdir(), 'wg-rig-'));
  const hosts: WireguardHost[] = [];
  const close = () => {
    for (const host of hosts) host.close();
    rmSync(folder, { recursive: true });
  };
  try {
    for (const number of [1, 2]) hosts.push(new WireguardHost(number, folder));
    const [a, b] = hosts as [WireguardHost, WireguardHost];
    a.run(`ip link add eth0 type veth peer name eth0 netns ${b.name}`);
    for (const host of hosts)
      host.run(
        `ip address add 172.31.0.${host.number}/24 dev eth0; ip address add 172.31.0.1${host.number}/24 dev eth0; ip link set eth0 up`,
      );
    return { a, b, close };
  } catch (error) {
    close();
    throw error;
  }
}
