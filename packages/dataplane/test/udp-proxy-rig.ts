import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { parseIpv4, parseIpv6, parsePrefix } from '@overlay/cidr';
import { byKey, diff, joinKernel, spreadMetric } from '../src/index.js';
import type { Difference, Kernel, KernelObject, Outcome, Ownership, ProxyLink } from '../src/index.js';
import { openKernel, openUdpProxyPart, type UdpProxyPart } from '../src/linux/index.js';

export const DEVICE = 'overlay.udp';
export const ALIAS = 'overlayd:uptest';
export const MTU = 1472;

export const ownership: Ownership = {
  alias: ALIAS,
  links: [DEVICE],
  networks: [parsePrefix('10.77.0.0/16'), parsePrefix('fd77::/16')],
  adopt: false,
};

const ip = (...argv: string[]): string => execFileSync('ip', argv, { encoding: 'utf8' });
let count = 0;

/** Host `n`: 172.30.77.n on the shared network, 10.77.n.0/24 its subnet. */
export class ProxyHost {
  readonly path: string;
  readonly logged: string[] = [];
  part!: UdpProxyPart;
  kernel!: Kernel;
  private base!: ReturnType<typeof openKernel>;

  constructor(
    readonly n: number,
    private readonly name: string,
  ) {
    this.path = `/run/netns/${name}`;
    this.open();
  }

  /** As a new process does. */
  open(): void {
    this.base = openKernel({ netns: this.path });
    this.part = openUdpProxyPart({ netns: this.path, log: (message) => this.logged.push(message) });
    this.kernel = joinKernel(this.base, [this.part]);
  }

  close(): void {
    this.part.close();
    this.base.close();
  }

  /** What a command prints in the namespace, whatever its exit code. The event loop goes on: it carries the packets. */
  async run(...argv: string[]): Promise<string> {
    const command = ['netns', 'exec', this.name, ...argv];
    try {
      const { stdout } = await promisify(execFile)('ip', command, { timeout: 20_000 });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return `${stdout}${stderr}`;
    }
  }

  /** Runs JavaScript in the namespace until it ends by itself. */
  script(code: string): Promise<string> {
    return this.run('node', '-e', code);
  }

  link(changes: Partial<ProxyLink> = {}): ProxyLink {
    const local = parseIpv4(`172.30.77.${this.n}`);
    const common = { type: 'link', kind: 'udp-proxy', name: DEVICE, mtu: MTU, alias: ALIAS } as const;
    return { ...common, local, port: 8285, ...changes };
  }

  /** The device, its address, and these peers; port 8285 unless given. */
  objects(peers: readonly number[], port = 8285): KernelObject[] {
    return [
      this.link({ port }),
      { type: 'address', link: DEVICE, address: parseIpv4(`10.77.${this.n}.0`), length: 32 },
      { type: 'address', link: DEVICE, address: parseIpv6(`fd77:${this.n}::`), length: 128 },
      ...peers.flatMap((n) => this.toPeer(n, port)),
    ];
  }

  async difference(objects: readonly KernelObject[]): Promise<Difference> {
    const desired = byKey(objects);
    return diff(desired, await this.kernel.read(ownership, desired));
  }

  async apply(objects: readonly KernelObject[]): Promise<readonly Outcome[]> {
    return this.kernel.apply((await this.difference(objects)).changes);
  }

  private toPeer(n: number, port: number): KernelObject[] {
    return [`10.77.${n}.0/24`, `fd77:${n}::/32`].flatMap((subnet) => peerObjects(n, subnet, port));
  }
}

function peerObjects(n: number, subnet: string, port: number): KernelObject[] {
  const destination = parsePrefix(subnet);
  const endpoint = { address: parseIpv4(`172.30.77.${n}`), port };
  const metric = spreadMetric(destination);
  return [
    { type: 'proxy-peer', link: DEVICE, subnet: destination, endpoint },
    { type: 'route', kind: 'unicast', destination, link: DEVICE, onlink: false, metric },
  ];
}

export interface ProxyRig {
  readonly hosts: readonly ProxyHost[];
  close(): void;
}

/** Hosts 1 to `size`, each a network namespace on one bridge that is in a namespace of its own. */
export function openProxyRig(size: number): ProxyRig {
  const base = `up${process.pid}-${++count}`;
  const names = Array.from({ length: size }, (_, index) => `${base}-h${index + 1}`);
  const hosts: ProxyHost[] = [];
  const close = () => {
    for (const host of hosts) host.close();
    for (const name of [base, ...names]) execFileSync('ip', ['netns', 'delete', name]);
  };
  for (const name of [base, ...names]) ip('netns', 'add', name);
  try {
    ip('-n', base, 'link', 'add', 'hub0', 'type', 'bridge');
    ip('-n', base, 'link', 'set', 'hub0', 'up');
    for (const [index, name] of names.entries()) hosts.push(join(base, name, index + 1));
    return { hosts, close };
  } catch (error) {
    close();
    throw error;
  }
}

function join(hub: string, name: string, n: number): ProxyHost {
  ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `p${n}`, 'netns', hub);
  ip('-n', hub, 'link', 'set', `p${n}`, 'master', 'hub0', 'up');
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'link', 'set', 'eth0', 'up');
  ip('-n', name, 'address', 'add', `172.30.77.${n}/24`, 'dev', 'eth0');
  return new ProxyHost(n, name);
}
