import type { Host } from '@overlay/testbed';

/** The subnet behind host 1 or 2 of a pair made by hand, without its last number. */
export const handSubnet = (number: 1 | 2): string => `10.7.${number}`;
export const HAND_MTU = { vxlan: 1450, 'host-gw': 1500 } as const;

interface Side {
  readonly host: Host;
  readonly number: 1 | 2;
}

const mac = ({ number }: Side): string => `02:be:ff:00:00:0${number}`;

/** What an administrator would type to join two hosts: forwarding, a route each, and for vxlan the device and its entries. */
export async function connectByHand(first: Host, second: Host, backend: 'vxlan' | 'host-gw'): Promise<void> {
  const sides: readonly [Side, Side] = [
    { host: first, number: 1 },
    { host: second, number: 2 },
  ];
  const [one, two] = sides;
  const lines = backend === 'vxlan' ? vxlan : hostGateway;
  for (const [own, peer] of [
    [one, two],
    [two, one],
  ] as const)
    await own.host.exec(['sh', '-ec', ['sysctl -qw net.ipv4.ip_forward=1', ...lines(own, peer)].join('\n')]);
}

function hostGateway(_own: Side, peer: Side): string[] {
  return [`ip route add ${handSubnet(peer.number)}.0/24 via ${peer.host.address} dev eth0`];
}

function vxlan(own: Side, peer: Side): string[] {
  const gateway = `${handSubnet(peer.number)}.0`;
  const type = `type vxlan id 1 dstport 8472 local ${own.host.address} nolearning udpcsum`;
  return [
    `ip link add vx0 address ${mac(own)} mtu ${HAND_MTU.vxlan} ${type}`,
    'ip link set vx0 up',
    `ip addr add ${handSubnet(own.number)}.0/32 dev vx0`,
    `bridge fdb add ${mac(peer)} dev vx0 dst ${peer.host.address}`,
    `ip neigh add ${gateway} lladdr ${mac(peer)} dev vx0 nud permanent`,
    `ip route add ${gateway}/24 via ${gateway} dev vx0 onlink`,
  ];
}
