import type { Prefix } from '@overlay/cidr';
import { formatAddress, OverlayError } from '@overlay/cidr';

import { parseLeaseName } from './lease-name.js';
import type { LeasePolicy, OwnLease, Problem } from './lease-rules.js';
import { ownProblem, problem, publicAddressProblem, subnetProblem, vtepMacs } from './lease-rules.js';
import { parseLeaseValue } from './lease-value.js';
import type { Lease, LeaseAttributes, LeaseSubnets, RawLease } from './model.js';
import { prefixBits } from './prefix-trie.js';
import { compareRevision } from './revision.js';

/** What one family of a lease needs for itself alone. */
export interface Claims {
  readonly subnet: Prefix;
  readonly bits: string;
  /** Names of things only one lease may have: `public address 192.0.2.1`, `IPv4 VTEP MAC 02:..`. */
  readonly unique: readonly string[];
}

/** A lease that could be read. Each half stands if it has claims and wins them; the IPv6 half only together with the other. */
export interface Candidate {
  readonly raw: RawLease;
  readonly lease: Lease;
  /**
   * The host that holds it; undefined for one without a node id. Leases of one host share its public address and MAC: it holds two while
   * it renumbers. A node id alone does not tell, for a cloned machine has it too.
   */
  readonly host: string | undefined;
  readonly ipv4: Claims | Problem;
  readonly ipv6: Claims | Problem | undefined;
  /** What the LeaseSet last decided; changed by it alone. */
  verdict: Verdict;
}

export interface Verdict {
  readonly used: boolean;
  readonly ipv6Used: boolean;
  readonly problem?: Problem;
}

export function isProblem(value: object): value is Problem {
  return 'code' in value;
}

/** Oldest first: lowest create revision, then name. The same on every host, whatever it saw first. */
export function compareAge(a: Candidate, b: Candidate): number {
  const byRevision = compareRevision(a.raw.createRevision, b.raw.createRevision);
  if (byRevision !== 0 || a.raw.name === b.raw.name) return byRevision;
  return a.raw.name < b.raw.name ? -1 : 1;
}

/** Reads one key and value by itself. A Problem when its IPv4 half can never be used, whatever the other leases are. */
export function readCandidate(raw: RawLease, policy: LeasePolicy): Candidate | Problem {
  try {
    const subnets = parseLeaseName(raw.name);
    const outside = subnetProblem(subnets.subnet, policy.config.ipv4, policy.config.formerNetworks);
    return outside ?? readAttributes(raw, subnets, policy);
  } catch (error) {
    if (error instanceof OverlayError) return problem(error.code, error.message);
    throw error;
  }
}

function readAttributes(raw: RawLease, subnets: LeaseSubnets, policy: LeasePolicy): Candidate | Problem {
  const attributes = parseLeaseValue(raw.value);
  const macs = vtepMacs(attributes, 4);
  if (isProblem(macs)) return macs;
  const badAddress = publicAddressProblem(attributes.publicIp, subnets.subnet, policy.config);
  if (badAddress !== undefined) return badAddress;
  const { name, createRevision, modRevision, etcdLease } = raw;
  const own = policy.own !== undefined && isOwn(subnets, policy.own) ? undefined : policy.own;
  return {
    raw,
    lease: { name, ...subnets, attributes, createRevision, modRevision, etcdLease },
    host: hostOf(attributes),
    ipv4: ownProblem(subnets.subnet, attributes.publicIp, own) ?? ipv4Claims(subnets, attributes, macs),
    ipv6: ipv6Half(subnets, attributes, { config: policy.config, ...(own && { own }) }),
    verdict: { used: false, ipv6Used: false },
  };
}

function hostOf({ publicIp, overlay }: LeaseAttributes): string | undefined {
  const nodeId = overlay?.nodeId ?? '';
  return nodeId === '' ? undefined : `${nodeId} ${formatAddress(publicIp)}`;
}

function isOwn(subnets: LeaseSubnets, own: OwnLease): boolean {
  return [own.subnets, ...(own.draining ?? [])].some((held) => sameSubnets(subnets, held));
}

function sameSubnets(subnets: LeaseSubnets, own: LeaseSubnets): boolean {
  const sameIpv4 = subnets.subnet.bits === own.subnet.bits && subnets.subnet.length === own.subnet.length;
  const [ours, theirs] = [own.ipv6Subnet, subnets.ipv6Subnet];
  return sameIpv4 && ours?.bits === theirs?.bits && ours?.length === theirs?.length;
}

function ipv4Claims(subnets: LeaseSubnets, attributes: LeaseAttributes, macs: readonly string[]): Claims {
  const unique = [
    `public address ${formatAddress(attributes.publicIp)}`,
    ...macs.map((mac) => `IPv4 VTEP MAC ${mac}`),
  ];
  return { subnet: subnets.subnet, bits: prefixBits(subnets.subnet), unique };
}

function ipv6Half(
  subnets: LeaseSubnets,
  attributes: LeaseAttributes,
  policy: LeasePolicy,
): Claims | Problem | undefined {
  const { ipv6Subnet: subnet } = subnets;
  if (subnet === undefined) return undefined;
  const pool = policy.config.ipv6;
  const address = attributes.publicIpv6;
  const macs = vtepMacs(attributes, 6);
  const bad =
    subnetProblem(subnet, pool, policy.config.formerNetworks) ??
    (address && publicAddressProblem(address, subnet, policy.config)) ??
    ownProblem(subnet, address, policy.own);
  if (bad !== undefined) return bad;
  if (isProblem(macs)) return macs;
  const addresses = address ? [`public address ${formatAddress(address)}`] : [];
  return {
    subnet,
    bits: prefixBits(subnet),
    unique: [...addresses, ...macs.map((mac) => `IPv6 VTEP MAC ${mac}`)],
  };
}
