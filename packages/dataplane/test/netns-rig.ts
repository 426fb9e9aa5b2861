import { execFileSync } from 'node:child_process';
import { formatAddress } from '@overlay/cidr';
import type { TunnelLink } from '../src/index.js';
import { openHostReader, openKernel, type KernelOptions, type LinuxKernel } from '../src/linux/index.js';
import type { Rig } from './contract-hand.js';

let count = 0;

export interface NetnsRig extends Rig {
  readonly kernel: LinuxKernel;
  readonly path: string;
  /** Runs a command in the namespace and returns what it prints. */
  run(command: string): string;
}

/** A network namespace of its own with an up `eth0`; removed by `close`. */
export function openNetnsRig(options: KernelOptions = {}): NetnsRig {
  const name = `dpk-${process.pid}-${++count}`;
  const path = `/run/netns/${name}`;
  execFileSync('ip', ['netns', 'add', name]);
  try {
    const run = (command: string) =>
      execFileSync('ip', ['netns', 'exec', name, 'sh', '-ec', command], { encoding: 'utf8' });
    run(`ip link set lo up; ip link add eth0 type veth peer name eth0p; ip link set eth0p up; ip link set eth0 up
      ip address add 172.31.0.1/24 dev eth0; ip address add fd31::1/64 dev eth0 nodad`);
    const kernel = openKernel({ ...options, netns: path });
    const reader = openHostReader({ netns: path });
    const close = () => {
      kernel.close();
      reader.close();
      execFileSync('ip', ['netns', 'delete', name]);
    };
    return {
      kernel,
      path,
      run,
      close,
      lacks: async (kind) => (await reader.missing([kind])).length > 0,
      hand: { ...handOf(run), links: () => reader.links(), routes: () => reader.routes() },
    };
  } catch (error) {
    execFileSync('ip', ['netns', 'delete', name]);
    throw error;
  }
}

function handOf(run: (command: string) => string): Omit<Rig['hand'], 'links' | 'routes'> {
  return {
    addBridge: (name) => void run(`ip link add ${name} type bridge`),
    addTunnel: (name, like) => void run(`ip link add ${name} ${tunnelWords(like)}`),
    deleteLink: (name) => void run(`ip link delete ${name}`),
    setDown: (name) => void run(`ip link set ${name} down`),
    addRoute: ({ destination, gateway, link, metric, protocol, onlink }) =>
      void run(
        `ip route add ${destination} ${gateway === undefined ? '' : `via ${gateway}`} dev ${link} proto ${protocol} metric ${metric} ${onlink === true ? 'onlink' : ''}`,
      ),
    deleteRoute: (destination, metric) =>
      void run(`ip ${destination.includes(':') ? '-6' : '-4'} route delete ${destination} metric ${metric}`),
    deleteNeighbour: (link, address) => void run(`ip neigh delete ${address} dev ${link}`),
    leaveFlannel: (mac) =>
      void run(`ip link add flannel.1 address ${mac} mtu 1450 type vxlan id 1 local 172.31.0.1 dev eth0 dstport 8472 nolearning udpcsum
        ip address add 10.70.200.0/32 dev flannel.1; ip link set flannel.1 up
        ip neigh replace 10.70.2.0 lladdr 76:70:95:51:7d:02 dev flannel.1 nud permanent
        bridge fdb replace 76:70:95:51:7d:02 dst 172.31.0.2 dev flannel.1 self permanent
        ip route replace 10.70.2.0/24 via 10.70.2.0 dev flannel.1 onlink`),
    sysctl: (key) => run(`cat /proc/sys/${key}`).trim(),
    setSysctl: (key, value) => void run(`echo ${value} > /proc/sys/${key}`),
  };
}

/** The settings of a tunnel as iproute2 takes them. */
function tunnelWords({ kind, local, underlay, key, ttl, pathMtuDiscovery, mtu }: TunnelLink): string {
  return [
    `mtu ${mtu} type ${kind} ttl ${ttl} ${pathMtuDiscovery ? '' : 'no'}pmtudisc`,
    local === undefined ? '' : `local ${formatAddress(local)}`,
    underlay === undefined ? '' : `dev ${underlay}`,
    key === undefined ? '' : `key ${key}`,
  ].join(' ');
}
