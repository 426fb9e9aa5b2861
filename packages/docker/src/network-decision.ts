import { overlaps, parsePrefix, type Prefix } from '@overlay/cidr';
import type { DockerProblem } from './model.js';
import {
  LABEL_INSTANCE,
  LABEL_MANAGED,
  OPTION_BRIDGE_NAME,
  OPTION_MASQUERADE,
  OPTION_MTU,
  type NetworkSpec,
} from './network-spec.js';
import { problem } from './problem.js';

/** A Docker network as `GET /networks` shows it. */
export interface DockerNetwork {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly internal: boolean;
  readonly pools: readonly {
    readonly subnet: string;
    readonly gateway?: string;
    readonly ipRange?: string;
  }[];
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** `foreign` in `keep`: made by hand and equal, so it is used and never deleted. */
export type NetworkDecision =
  | { readonly kind: 'create' }
  | { readonly kind: 'keep'; readonly network: DockerNetwork; readonly foreign: boolean }
  | { readonly kind: 'replace'; readonly network: DockerNetwork; readonly differences: readonly string[] }
  | { readonly kind: 'conflict'; readonly network: DockerNetwork; readonly problem: DockerProblem };

/**
 * What to do about the networks Docker has. Equal means the same driver, subnets, MTU and masquerade; a different network is replaced only
 * when it carries our labels, and reported otherwise.
 */
export function decideNetwork(existing: readonly DockerNetwork[], spec: NetworkSpec): NetworkDecision {
  const named = existing.filter((network) => network.name === spec.name);
  const network = named.find((candidate) => isOurs(candidate, spec.instance)) ?? named[0];
  const differences = network && networkDifferences(network, spec);
  if (network && differences?.length === 0) {
    return { kind: 'keep', network, foreign: !isOurs(network, spec.instance) };
  }
  if (network && !isOurs(network, spec.instance)) return differs(network, differences ?? []);
  const holder = existing.find((other) => other !== network && overlapping(other, spec) !== undefined);
  if (holder) return taken(holder, spec);
  return network ? { kind: 'replace', network, differences: differences ?? [] } : { kind: 'create' };
}

/** True for a network with the labels that this instance writes. */
export function isOurs(network: DockerNetwork, instance: string): boolean {
  return network.labels[LABEL_MANAGED] === 'true' && network.labels[LABEL_INSTANCE] === instance;
}

/** The device of a bridge network: its option, else Docker's default `br-` and 12 digits of the id (libnetwork's bridge driver). */
export function bridgeOf(network: DockerNetwork): string {
  return network.options[OPTION_BRIDGE_NAME] ?? `br-${network.id.slice(0, 12)}`;
}

/** What containers on these pools have addresses of, as Docker writes it: the range where there is one. */
export function subnetsOf(pools: DockerNetwork['pools']): {
  readonly subnet?: string;
  readonly ipv6Subnet?: string;
} {
  const given = pools.map(({ subnet, ipRange }) => ipRange ?? subnet);
  const subnet = given.find((text) => text !== '' && !text.includes(':'));
  const ipv6Subnet = given.find((text) => text.includes(':'));
  return { ...(subnet === undefined ? {} : { subnet }), ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }) };
}

/** Each property of `network` that is not as wished, in words: `mtu 1500, wanted 1450`. */
function networkDifferences(network: DockerNetwork, spec: NetworkSpec): string[] {
  const wanted = spec.pools.map((pool) => pool.subnet).sort();
  const real = network.pools.map((pool) => normalised(pool.subnet)).sort();
  const compared: [string, string, string][] = [
    ['driver', network.driver, 'bridge'],
    ['internal', String(network.internal), 'false'],
    ['subnet', real.join(' '), wanted.join(' ')],
    ...rangeComparisons(network, spec),
    ['mtu', network.options[OPTION_MTU] ?? '1500', String(spec.mtu)],
    ['masquerade', network.options[OPTION_MASQUERADE] ?? 'true', 'false'],
  ];
  return compared
    .filter(([, is, wants]) => is !== wants)
    .map(([what, is, wants]) => `${what} ${is || 'none'}, wanted ${wants}`);
}

/** What matters where Docker gives out only a part of the subnet. */
function rangeComparisons(
  network: DockerNetwork,
  { pools, bridge }: NetworkSpec,
): [string, string, string][] {
  const wanted = pools.filter(({ ipRange }) => ipRange !== undefined);
  const real = network.pools.filter(({ ipRange }) => ipRange !== undefined);
  const list = (values: readonly (string | undefined)[]): string => values.filter(Boolean).sort().join(' ');
  const ranges: [string, string, string] = [
    'ip-range',
    list(real.map(({ ipRange }) => ipRange)),
    list(wanted.map(({ ipRange }) => ipRange)),
  ];
  if (wanted.length === 0) return [ranges];
  const gateways = list(network.pools.map(({ gateway }) => gateway));
  return [
    ranges,
    ['gateway', gateways, list(pools.map(({ gateway }) => gateway))],
    ['bridge', bridgeOf(network), bridge],
  ];
}

function differs(network: DockerNetwork, differences: readonly string[]): NetworkDecision {
  const message =
    `Docker network ${network.name} exists and is not what the lease needs (${differences.join('; ')}). It was not made by overlayd, ` +
    `so it is left alone: remove it (docker network rm ${network.name}) or choose another name with --docker-network.`;
  return { kind: 'conflict', network, problem: problem('OVL_DOCKER_NETWORK_DIFFERS', message) };
}

function taken(holder: DockerNetwork, spec: NetworkSpec): NetworkDecision {
  const message =
    `Docker network ${holder.name} already uses ${overlapping(holder, spec) ?? ''}, which overlaps the leased ` +
    `${spec.pools.map((pool) => pool.subnet).join(' ')}. Remove or renumber ${holder.name}, and keep the overlay network out of ` +
    `dockerd's default-address-pools.`;
  return { kind: 'conflict', network: holder, problem: problem('OVL_DOCKER_SUBNET_TAKEN', message) };
}

/** The first subnet of `network` that overlaps one of the wished ones. */
function overlapping(network: DockerNetwork, spec: NetworkSpec): string | undefined {
  const wanted = spec.pools.flatMap((pool) => prefixes(pool.subnet));
  return network.pools
    .map((pool) => pool.subnet)
    .find((subnet) => prefixes(subnet).some((real) => wanted.some((want) => overlaps(real, want))));
}

function normalised(subnet: string): string {
  return subnet.toLowerCase();
}

/** The prefix in `text`, or none: other drivers write what they like there. */
export function prefixes(text: string): Prefix[] {
  try {
    return [parsePrefix(text, 'mask')];
  } catch {
    return [];
  }
}
