import { OverlayError } from '@overlay/cidr';

/** How a rig is laid out; everything else follows from it. */
export interface Topology {
  /** At most 24 characters: `tb-vxlan`, `demo`. */
  readonly name: string;
  /** MTU of the hosts' network cards; the switch takes the same. */
  readonly mtu: number;
  readonly ipv6: boolean;
}

/** One host's place in a rig. */
export interface HostPlace {
  /** `h1`, `h2`, ... */
  readonly name: string;
  /** Its network namespace. */
  readonly namespace: string;
  /** The switch's end of its cable. */
  readonly port: string;
  readonly address: string;
  readonly address6: string | undefined;
}

const NAME = /^[a-z][a-z0-9-]{0,23}$/;
const MAX_HOSTS = 250;

/** The network of the switch, as its first three numbers: every rig gets its own /24 out of 172.31/16. */
function underlay(name: string): string {
  let sum = 7;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return `172.31.${sum % 256}`;
}

/** @throws OverlayError OVL_TESTBED_NAME when the name does not fit in namespace, device and socket names. */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new OverlayError(
    'OVL_TESTBED_NAME',
    `"${name}" is no name for a rig: use 1 to 24 of a-z, 0-9 and -, a letter first`,
  );
}

/** @throws OverlayError OVL_TESTBED_NAME when there is no address left for the host. */
export function placeHost(topology: Topology, index: number): HostPlace {
  if (index < 1 || index > MAX_HOSTS)
    throw new OverlayError(
      'OVL_TESTBED_NAME',
      `Host number ${index} is outside 1 to ${MAX_HOSTS}. Use fewer hosts`,
    );
  return {
    name: `h${index}`,
    namespace: `${topology.name}-h${index}`,
    port: `p${index}`,
    address: `${underlay(topology.name)}.${index}`,
    address6: topology.ipv6 ? `fd31::${index}` : undefined,
  };
}

export function switchNamespace(name: string): string {
  return `${name}-sw`;
}

/** The switch's own address: where etcd listens and where every host's default route points. */
export function switchAddress(name: string): string {
  return `${underlay(name)}.254`;
}

export const SWITCH_ADDRESS6 = 'fd31::fe';

/** An address behind the switch that stands for the world outside (RFC 5737, RFC 3849 documentation ranges). */
export const OUTSIDE_ADDRESS = '203.0.113.1';
export const OUTSIDE_ADDRESS6 = '2001:db8::1';
