import { run, type Host } from '@overlay/testbed';

/** The backends that are one kernel device, or none, and that iproute2 and wg can set up. */
export type HandBackend = 'host-gw' | 'vxlan' | 'gre' | 'ipip' | 'udp' | 'wireguard';

/** The subnet behind host 1 or 2 of a pair made by hand, without its last number. */
export const handSubnet = (number: 1 | 2): string => `10.7.${number}`;
/** Of both subnets. */
const NETWORK = '10.7.0.0/16';
/** Over an underlay of 1500 bytes. */
export const HAND_MTU = {
  'host-gw': 1500,
  vxlan: 1450,
  gre: 1476,
  ipip: 1480,
  udp: 1472,
  wireguard: 1420,
} as const satisfies Record<HandBackend, number>;

interface Side {
  readonly host: Host;
  readonly number: 1 | 2;
}

const mac = ({ number }: Side): string => `02:be:ff:00:00:0${number}`;

type Lines = (own: Side, peer: Side) => readonly string[] | Promise<readonly string[]>;

const COMMANDS: Readonly<Record<HandBackend, Lines>> = {
  'host-gw': hostGateway,
  vxlan,
  gre,
  ipip: (own, peer) => ipInIp(own, peer, 'ipip', ''),
  udp: (own, peer) => [
    'modprobe -q fou || true',
    'ip fou add port 8285 ipproto 4',
    ...ipInIp(own, peer, 'udp', 'dev eth0 encap fou encap-sport 8285 encap-dport 8285'),
  ],
  wireguard,
};

/** What an administrator would type to join two hosts: forwarding, a route each, and for a tunnel the device `hand0` and its peer. */
export async function connectByHand(first: Host, second: Host, backend: HandBackend): Promise<void> {
  const one: Side = { host: first, number: 1 };
  const two: Side = { host: second, number: 2 };
  for (const [own, peer] of [
    [one, two],
    [two, one],
  ] as const) {
    const lines = ['sysctl -qw net.ipv4.ip_forward=1', ...(await COMMANDS[backend](own, peer))];
    await own.host.exec(['sh', '-ec', lines.join('\n')]);
  }
}

/** Lets pods reach the world outside, and each other where forwarding is refused: whoever wants that has connection tracking. */
export async function masqueradeByHand(host: Host, number: 1 | 2): Promise<void> {
  const lines = [
    `iptables -t nat -A POSTROUTING -s ${handSubnet(number)}.0/24 ! -d ${NETWORK} -j MASQUERADE`,
    `iptables -A FORWARD -s ${NETWORK} -d ${NETWORK} -j ACCEPT`,
  ];
  await host.exec(['sh', '-ec', lines.join('\n')]);
}

function hostGateway(_own: Side, peer: Side): string[] {
  return [`ip route add ${handSubnet(peer.number)}.0/24 via ${peer.host.address} dev eth0`];
}

function device(own: Side, backend: HandBackend, type: string): string[] {
  return [
    `ip link add hand0 mtu ${HAND_MTU[backend]} ${type}`,
    'ip link set hand0 up',
    `ip addr add ${handSubnet(own.number)}.0/32 dev hand0`,
  ];
}

function vxlan(own: Side, peer: Side): string[] {
  const gateway = `${handSubnet(peer.number)}.0`;
  const type = `type vxlan id 1 dstport 8472 local ${own.host.address} nolearning udpcsum`;
  return [
    ...device(own, 'vxlan', `address ${mac(own)} ${type}`),
    `bridge fdb add ${mac(peer)} dev hand0 dst ${peer.host.address}`,
    `ip neigh add ${gateway} lladdr ${mac(peer)} dev hand0 nud permanent`,
    `ip route add ${gateway}/24 via ${gateway} dev hand0 onlink`,
  ];
}

function gre(own: Side, peer: Side): string[] {
  const gateway = `${handSubnet(peer.number)}.0`;
  return [
    ...device(own, 'gre', `type gre local ${own.host.address} ttl 64 pmtudisc`),
    `ip neigh add ${gateway} lladdr ${peer.host.address} dev hand0 nud permanent`,
    `ip route add ${gateway}/24 via ${gateway} dev hand0 onlink`,
  ];
}

function ipInIp(own: Side, peer: Side, backend: 'ipip' | 'udp', options: string): string[] {
  return [
    ...device(own, backend, `type ipip local ${own.host.address} ttl 64 pmtudisc ${options}`),
    `ip route add ${handSubnet(peer.number)}.0/24 via ${peer.host.address} dev hand0 onlink`,
  ];
}

/** Each end makes its key from its number, so that the other one knows the public half. */
async function wireguard(own: Side, peer: Side): Promise<string[]> {
  const subnet = `${handSubnet(peer.number)}.0/24`;
  const { stdout } = await run(['wg', 'pubkey'], { input: privateKey(peer) });
  const key = `echo ${privateKey(own)} | wg set hand0 listen-port 51820 private-key /proc/self/fd/0`;
  return [
    ...device(own, 'wireguard', 'type wireguard'),
    `${key} peer ${stdout.trim()} endpoint ${peer.host.address}:51820 allowed-ips ${subnet}`,
    `ip route add ${subnet} dev hand0`,
  ];
}

const privateKey = ({ number }: Side): string => Buffer.alloc(32, number).toString('base64');
