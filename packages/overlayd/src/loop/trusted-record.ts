import { formatPrefix, parseIpv4Prefix, parseIpv6Prefix, type Prefix } from '@overlay/cidr';
import type { LeaseSubnets, NetworkConfig } from '@overlay/lease';
import { parseSubnetRecord } from '../subnet-record.js';

/** The part of the record that is believed only on the machine that wrote it. */
export interface TrustedRecord {
  readonly subnets?: LeaseSubnets;
  readonly networks: readonly Prefix[];
}

interface Fields {
  readonly version?: unknown;
  readonly machineId?: unknown;
  readonly subnet?: unknown;
  readonly ipv6Subnet?: unknown;
}

const NOTHING: TrustedRecord = { networks: [] };
/** Networks of each family to remember: this one and the one before. */
const NETWORKS = 2;

function fieldsOf(text: string | undefined): Fields {
  try {
    return (JSON.parse(text ?? 'null') as Fields | null) ?? {};
  } catch {
    return {};
  }
}

function subnetsOf({ subnet, ipv6Subnet }: Fields): Pick<TrustedRecord, 'subnets'> {
  if (typeof subnet !== 'string') return {};
  try {
    const ipv6 = typeof ipv6Subnet === 'string' ? { ipv6Subnet: parseIpv6Prefix(ipv6Subnet) } : {};
    return { subnets: { subnet: parseIpv4Prefix(subnet), ...ipv6 } };
  } catch {
    return {};
  }
}

/** Reads a record; one of another machine (B07: a cloned disk), of a machine without an id, or of another version says nothing. */
export function readTrusted(text: string | undefined, machineId: string): TrustedRecord {
  const fields = fieldsOf(text);
  if (machineId === '' || fields.version !== 1 || fields.machineId !== machineId) return NOTHING;
  return { ...subnetsOf(fields), networks: parseSubnetRecord(text)?.networks ?? [] };
}

/** The networks to record: those of the config, then the ones before them. */
export function nextNetworks({ ipv4, ipv6 }: NetworkConfig, before: readonly Prefix[]): readonly string[] {
  const now: readonly Prefix[] = [ipv4, ipv6].flatMap((pool) => (pool === undefined ? [] : [pool.network]));
  return ([4, 6] as const).flatMap((version) => {
    const texts = [...now, ...before].filter(({ family }) => family === version).map(formatPrefix);
    return [...new Set(texts)].slice(0, NETWORKS);
  });
}
