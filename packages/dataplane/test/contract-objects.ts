import { parseAddress, parsePrefix, type Prefix } from '@overlay/cidr';
import {
  byKey,
  spreadMetric,
  type DesiredState,
  type KernelObject,
  type Ownership,
  type RouteObject,
  type VxlanLink,
} from '../src/index.js';

export const ALIAS = 'overlayd:default';

export const ownership: Ownership = {
  alias: ALIAS,
  links: ['flannel.1', 'flannel-v6.1', 'ovl-br-1', 'ovl-br-veth'],
  networks: [parsePrefix('10.70.0.0/16'), parsePrefix('fc00:70::/48')],
  adopt: false,
};

export const vxlan: VxlanLink = {
  type: 'link',
  kind: 'vxlan',
  name: 'flannel.1',
  vni: 1,
  port: 8472,
  local: parseAddress('172.31.0.1'),
  mac: 'fa:4e:e0:ec:0a:ae',
  mtu: 1450,
  learning: false,
  gbp: false,
  alias: ALIAS,
};

/** One address family's tunnel: its device, its own address and what peer number n needs. */
export interface Tunnel {
  readonly link: VxlanLink;
  readonly own: KernelObject;
  readonly subnet: (n: number) => Prefix;
  readonly peer: (n: number, mac?: string) => readonly KernelObject[];
}

function tunnel(
  link: VxlanLink,
  text: { subnet(n: number): string; remote(n: number): string; own: string },
): Tunnel {
  const subnet = (n: number) => parsePrefix(text.subnet(n));
  return {
    link,
    own: {
      type: 'address',
      link: link.name,
      address: parseAddress(text.own),
      length: link.local.family === 4 ? 32 : 128,
    },
    subnet,
    peer: (n, mac = `76:70:95:51:7d:0${n}`) => {
      const destination = subnet(n);
      const gateway = parseAddress(text.subnet(n).split('/')[0]!);
      const metric = spreadMetric(destination);
      return [
        { type: 'route', destination, gateway, link: link.name, onlink: true, metric, kind: 'unicast' },
        { type: 'neighbour', link: link.name, address: gateway, mac },
        { type: 'fdb', link: link.name, mac, destination: parseAddress(text.remote(n)) },
      ];
    },
  };
}

export const tunnels: readonly (readonly [string, Tunnel])[] = [
  [
    'IPv4',
    tunnel(vxlan, { subnet: (n) => `10.70.${n}.0/24`, remote: (n) => `172.31.0.${n}`, own: '10.70.200.0' }),
  ],
  [
    'IPv6',
    tunnel(
      { ...vxlan, name: 'flannel-v6.1', local: parseAddress('fd31::1'), mac: '92:b0:be:f9:e3:a5', mtu: 1430 },
      { subnet: (n) => `fc00:70:0:${n}::/64`, remote: (n) => `fd31::${n}`, own: 'fc00:70:0:200::' },
    ),
  ],
];

/** A tunnel with peers 2 to 4. */
export function desiredOf({ link, own, peer }: Tunnel): DesiredState {
  return byKey([link, own, ...[2, 3, 4].flatMap((n) => peer(n))]);
}

export function directRoute(text: string, gateway: string): RouteObject {
  const destination = parsePrefix(text);
  const metric = spreadMetric(destination);
  return {
    type: 'route',
    destination,
    gateway: parseAddress(gateway),
    link: 'eth0',
    onlink: false,
    metric,
    kind: 'unicast',
  };
}
