import { contains, equalPrefix, formatPrefix, overlaps, split, type Prefix } from '@overlay/cidr';
import { parseNetworkConfig, type LeaseSnapshot, type NetworkConfig } from '@overlay/lease';
import type { ConfigInput } from '../config-input.js';
import { subnetsOf } from './fit.js';

/** A config to write, and the networks it keeps for leases that are still there. */
export interface KeptConfig extends ConfigInput {
  readonly formerNetworks: readonly string[];
}

/**
 * The config with `FormerNetworks` added, unless it says so itself: the networks of the config before it, as far as they lie outside the
 * new one and hold leases. Every node then goes on reaching nodes that have not renumbered yet. The rest of the text stays as it is.
 */
export function keepFormerNetworks(
  input: ConfigInput,
  before: NetworkConfig | undefined,
  leases: LeaseSnapshot['leases'],
): KeptConfig {
  const networks =
    before === undefined || saysItself(input.text) ? [] : formerNetworks(before, input.config, leases);
  if (networks.length === 0) return { ...input, formerNetworks: [] };
  const formatted = networks.map(formatPrefix);
  const text = withFormerNetworks(input.text, formatted);
  return { text, config: parseNetworkConfig(text), formerNetworks: formatted };
}

function saysItself(text: string): boolean {
  return Object.keys(JSON.parse(text) as object).some((key) => key.toLowerCase() === 'formernetworks');
}

function formerNetworks(
  before: NetworkConfig,
  after: NetworkConfig,
  leases: LeaseSnapshot['leases'],
): Prefix[] {
  const held = leases.flatMap(({ name }): Prefix[] => {
    const { subnet, ipv6Subnet } = subnetsOf(name) ?? {};
    return [subnet, ipv6Subnet].filter((prefix) => prefix !== undefined);
  });
  const networks = [before.ipv4?.network, before.ipv6?.network, ...before.formerNetworks];
  const parts = networks.flatMap((network) => {
    const pool = network?.family === 6 ? after.ipv6 : after.ipv4;
    if (network === undefined || pool === undefined) return [];
    const left = outside(network, pool.network);
    return left.some((part) => held.some((subnet) => contains(part, subnet))) ? left : [];
  });
  return parts.filter(
    (part, at) =>
      !parts.some(
        (other, where) => where !== at && contains(other, part) && (where < at || !equalPrefix(other, part)),
      ),
  );
}

/** What of a prefix lies outside of another one. */
function outside(prefix: Prefix, network: Prefix): Prefix[] {
  if (!overlaps(prefix, network)) return [prefix];
  if (contains(network, prefix)) return [];
  return [...split(prefix, prefix.length + 1)].flatMap((half) => outside(half, network));
}

/** A config that is valid is an object and has a key already. */
function withFormerNetworks(text: string, networks: readonly string[]): string {
  const body = text.slice(0, text.lastIndexOf('}')).trimEnd();
  return text.includes('\n')
    ? `${body},\n  "FormerNetworks": ${JSON.stringify(networks)}\n}`
    : `${body},"FormerNetworks":${JSON.stringify(networks)}}`;
}
