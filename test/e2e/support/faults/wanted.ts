import type { Ruleset } from './ruleset';

/** A lease as it is in etcd, read without any code of overlayd. */
export interface PlainLease {
  /** `10.1.0.0/24` */
  readonly subnet: string;
  readonly publicIp: string;
  readonly mac: string;
}

/** A host as the oracle knows it. */
export interface Subject {
  readonly address: string;
  /** Whether it masquerades what leaves the overlay. */
  readonly masquerades: boolean;
}

export const DEVICE = 'flannel.1';
const NETWORK = '10.0.0.0/8';
const COMMENT = '-m comment --comment "overlayd:default"';

const SYN = '-p tcp -m tcp --tcp-flags SYN,RST SYN';

const baseOf = (subnet: string): string => subnet.split('/')[0] ?? '';

/** The lease that a host has; there has to be exactly one. */
export function leaseOf({ address }: Pick<Subject, 'address'>, leases: readonly PlainLease[]): PlainLease {
  const [own, ...more] = leases.filter(({ publicIp }) => publicIp === address);
  if (own === undefined || more.length > 0)
    throw new Error(`${address} has ${own === undefined ? 'no lease' : `${more.length + 1} leases`}`);
  return own;
}

/** What a host's kernel has to hold for the vxlan device, a line for each object: what Flannel programs, from the leases alone. */
export function wantedKernel(host: Subject, leases: readonly PlainLease[]): readonly string[] {
  const own = leaseOf(host, leases);
  return [
    `device ${own.mac} vni 1 port 8472 local ${host.address} up`,
    `address ${baseOf(own.subnet)}/32`,
    ...leases
      .filter((lease) => lease !== own)
      .flatMap(({ subnet, mac, publicIp }) => [
        `route ${subnet} via ${baseOf(subnet)} onlink`,
        `neighbour ${baseOf(subnet)} ${mac}`,
        `fdb ${mac} ${publicIp}`,
      ]),
  ];
}

/** What of ours a host's firewall has to hold. Where it hangs follows from what Docker has there now. */
export function wantedRules(
  { address, masquerades }: Subject,
  leases: readonly PlainLease[],
  found: Ruleset,
): readonly string[] {
  const { subnet } = leaseOf({ address }, leases);
  const docker = ['DOCKER', 'DOCKER-ISOLATION-STAGE-1'].some((chain) => found.has(`filter ${chain}`));
  const user = (found.get('filter FORWARD') ?? []).some((rule) => rule.endsWith('-j DOCKER-USER'));
  const within = `-s ${subnet} -d ${subnet} ${COMMENT} -j RETURN`;
  const comesIn = `-s ${NETWORK} -d ${subnet} -i ${DEVICE} ${COMMENT} -j ACCEPT`;
  const goesOut = `-s ${subnet} -d ${NETWORK} -o ${DEVICE} ${COMMENT} -j ACCEPT`;
  return [
    ...chain('filter OVERLAY-FWD', [within, comesIn, goesOut]),
    `jump filter ${user ? 'DOCKER-USER last' : 'FORWARD first'} OVERLAY-FWD`,
    ...(docker
      ? [...chain('raw OVERLAY-RAW', [within, comesIn]), 'jump raw PREROUTING first OVERLAY-RAW']
      : []),
    ...chain(
      'mangle OVERLAY-MSS',
      ['-i', '-o'].map((way) => `${way} ${DEVICE} ${SYN} ${COMMENT} -j TCPMSS --clamp-mss-to-pmtu`),
    ),
    'jump mangle FORWARD first OVERLAY-MSS',
    ...chain('nat OVERLAY-POSTRTG', sourceRules(subnet, within, masquerades)),
    'jump nat POSTROUTING first OVERLAY-POSTRTG',
  ];
}

function sourceRules(subnet: string, within: string, masquerades: boolean): readonly string[] {
  const kept = `-s ${NETWORK} -d ${NETWORK} ${COMMENT} -j ACCEPT`;
  if (!masquerades) return [within, kept];
  const masquerade = `${COMMENT} -j MASQUERADE --random-fully`;
  return [
    `-m mark --mark 0x4000/0x4000 ${COMMENT} -j RETURN`,
    within,
    kept,
    `! -s ${NETWORK} -d ${subnet} ${COMMENT} -j RETURN`,
    `-s ${NETWORK} ! -d 224.0.0.0/4 ${masquerade}`,
    `! -s ${NETWORK} -d ${NETWORK} ${masquerade}`,
  ];
}

/** The rules of a chain in their order. */
const chain = (name: string, rules: readonly string[]): readonly string[] =>
  rules.map((rule, index) => `${name} ${index + 1}: ${rule}`);

/** What is missing and what should not be there, a line each. */
export function differences(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const [want, have] = [new Set(wanted), new Set(found)];
  return [
    ...wanted.filter((line) => !have.has(line)).map((line) => `missing: ${line}`),
    ...found.filter((line) => !want.has(line)).map((line) => `not wanted: ${line}`),
    ...(want.size === wanted.length && have.size === found.length ? [] : ['something is there twice']),
  ];
}
