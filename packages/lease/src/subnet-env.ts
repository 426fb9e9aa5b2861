import type { Ipv4Prefix, Ipv6Prefix, Prefix } from '@overlay/cidr';
import { formatAddress, formatPrefix, nthAddress } from '@overlay/cidr';

import type { LeaseSubnets, NetworkConfig } from './model.js';
import { readIpv4Prefix, readIpv6Prefix } from './prefix-text.js';

/** What subnet.env is made of; a family that is off in the config, or without a subnet, is left out. */
export interface SubnetEnvInput {
  readonly config: NetworkConfig;
  readonly subnets: Partial<LeaseSubnets>;
  /** Bytes a container may put in one packet. */
  readonly mtu: number;
  readonly ipMasq: boolean;
}

/** What a subnet.env says; what is missing or unreadable is absent. */
export interface SubnetEnv {
  readonly network?: Ipv4Prefix;
  readonly ipv6Network?: Ipv6Prefix;
  readonly subnets?: LeaseSubnets;
  readonly mtu?: number;
  readonly ipMasq?: boolean;
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:](.*)$/;

/** The text of subnet.env exactly as Flannel writes it; each subnet is given by its first host address. */
export function formatSubnetEnv({ config, subnets, mtu, ipMasq }: SubnetEnvInput): string {
  const { subnet, ipv6Subnet } = subnets;
  const lines = [
    ...(config.ipv4 && subnet
      ? [`FLANNEL_NETWORK=${formatPrefix(config.ipv4.network)}`, `FLANNEL_SUBNET=${firstHost(subnet)}`]
      : []),
    ...(config.ipv6 && ipv6Subnet
      ? [
          `FLANNEL_IPV6_NETWORK=${formatPrefix(config.ipv6.network)}`,
          `FLANNEL_IPV6_SUBNET=${firstHost(ipv6Subnet)}`,
        ]
      : []),
    `FLANNEL_MTU=${mtu}`,
    `FLANNEL_IPMASQ=${ipMasq}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * Reads a subnet.env left by Flannel or by us. It is a wish, not a truth: nothing in it is an error. A subnet is masked back to its
 * network; a list of several counts as none.
 */
export function parseSubnetEnv(text: string): SubnetEnv {
  const variables = parseDotenv(text);
  const network = attempt(readIpv4Prefix, variables.get('FLANNEL_NETWORK'));
  const ipv6Network = attempt(readIpv6Prefix, variables.get('FLANNEL_IPV6_NETWORK'));
  const subnet = attempt(readIpv4Prefix, variables.get('FLANNEL_SUBNET'));
  const ipv6Subnet = attempt(readIpv6Prefix, variables.get('FLANNEL_IPV6_SUBNET'));
  const mtu = /^\d{1,5}$/.exec(variables.get('FLANNEL_MTU') ?? '')?.[0];
  const ipMasq = variables.get('FLANNEL_IPMASQ');
  return {
    ...(network && { network }),
    ...(ipv6Network && { ipv6Network }),
    ...(subnet && { subnets: { subnet, ...(ipv6Subnet && { ipv6Subnet }) } }),
    ...(mtu !== undefined && { mtu: Number(mtu) }),
    ...((ipMasq === 'true' || ipMasq === 'false') && { ipMasq: ipMasq === 'true' }),
  };
}

/** The variables of a file of `NAME=value` lines: `export`, quotes and comments are understood, other lines skipped. */
export function parseDotenv(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) variables.set(name, unquote(value.trim()));
  }
  return variables;
}

function unquote(value: string): string {
  const quote = value[0];
  const end = quote === '"' || quote === "'" ? value.indexOf(quote, 1) : -1;
  if (end > 0) return value.slice(1, end);
  return value.replace(/(^|\s+)#.*$/, '');
}

function firstHost(subnet: Prefix): string {
  return `${formatAddress(nthAddress(subnet, 1))}/${subnet.length}`;
}

function attempt<T>(read: (text: string) => T, text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : read(text);
  } catch {
    return undefined;
  }
}
