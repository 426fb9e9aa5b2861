import { formatAddress, formatPrefix, overlaps } from '@overlay/cidr';

import { backendTypeOf } from './backend-type.js';
import type { Ipv4Pool, Ipv6Pool, NetworkConfig, Warning } from './model.js';
import { reservedRange } from './lease-rules.js';

/** What the JSON held besides the values. */
interface Written {
  readonly hasBackend: boolean;
  readonly unknown: readonly string[];
  readonly repeated: readonly string[];
}

/** Odd things Flannel accepts without a word. */
export function configWarnings(config: Omit<NetworkConfig, 'warnings'>, written: Written): Warning[] {
  return [
    ...written.unknown.map((key) =>
      warning('OVL_CONFIG_UNKNOWN_KEY', `the key ${JSON.stringify(key)} means nothing; check its spelling`),
    ),
    ...written.repeated.map((key) =>
      warning('OVL_CONFIG_REPEATED_KEY', `${key} is given more than once; the last one counts`),
    ),
    ...backendWarnings(config.backendType, written.hasBackend),
    ...poolWarnings('', config.ipv4),
    ...poolWarnings('IPv6', config.ipv6),
    ...familyWarnings(config),
    ...encryptionWarnings(config),
    ...formerWarnings(config),
  ];
}

function backendWarnings(type: string, hasBackend: boolean): Warning[] {
  if (!hasBackend) {
    return [
      warning(
        'OVL_CONFIG_UDP_DEFAULT',
        'without Backend, udp is used, as in Flannel; add "Backend": {"Type": "vxlan"}',
      ),
    ];
  }
  if (type !== '') return [];
  return [
    warning('OVL_CONFIG_NO_BACKEND_TYPE', 'Backend has no Type, so no host can start; add "Type": "vxlan"'),
  ];
}

function poolWarnings(key: string, pool: Ipv4Pool | Ipv6Pool | undefined): Warning[] {
  if (pool === undefined) return [];
  const warnings: Warning[] = [];
  if (pool.subnetMin.bits > pool.subnetMax.bits) {
    const [min, max] = [formatAddress(pool.subnetMin), formatAddress(pool.subnetMax)];
    warnings.push(
      warning(
        'OVL_CONFIG_MIN_ABOVE_MAX',
        `${key}SubnetMin ${min} is above ${key}SubnetMax ${max}, so no subnet can be leased`,
      ),
    );
  }
  const reserved = reservedRange(pool.network);
  if (reserved !== undefined) {
    const network = `${key}Network ${formatPrefix(pool.network)}`;
    warnings.push(
      warning(
        'OVL_CONFIG_RESERVED_NETWORK',
        `${network} meets ${reserved}, where no lease is used; choose another network`,
      ),
    );
  }
  return warnings;
}

function familyWarnings(config: Omit<NetworkConfig, 'warnings'>): Warning[] {
  if (config.ipv4 !== undefined) return [];
  const message =
    config.ipv6 === undefined
      ? 'neither EnableIPv4 nor EnableIPv6 is on, so there is nothing to lease'
      : 'a lease key in etcd always names an IPv4 subnet, so IPv6 alone cannot work; turn EnableIPv4 on';
  return [warning('OVL_CONFIG_NO_IPV4', message)];
}

function encryptionWarnings(config: Omit<NetworkConfig, 'warnings'>): Warning[] {
  const { encryptTo, trustedPrefixes } = config;
  const warnings: Warning[] = [];
  const types = [config.backendType, ...config.alsoBackends.map(backendTypeOf)];
  if (encryptTo !== 'nobody' && !types.includes('wireguard')) {
    warnings.push(
      warning(
        'OVL_CONFIG_NOTHING_ENCRYPTS',
        `EncryptTo is "${encryptTo}" but no backend encrypts, so those peers cannot be reached; add {"Type": "wireguard"} to Backends`,
      ),
    );
  }
  if (trustedPrefixes.length > 0 && encryptTo !== 'untrusted') {
    warnings.push(
      warning(
        'OVL_CONFIG_TRUSTED_UNUSED',
        `TrustedPrefixes means nothing while EncryptTo is "${encryptTo}"; set EncryptTo to "untrusted"`,
      ),
    );
  }
  return warnings;
}

function formerWarnings({ ipv4, ipv6, formerNetworks }: Omit<NetworkConfig, 'warnings'>): Warning[] {
  return formerNetworks.flatMap((former) => {
    const pool = former.family === 4 ? ipv4 : ipv6;
    if (pool === undefined || !overlaps(former, pool.network)) return [];
    const [was, is] = [formatPrefix(former), formatPrefix(pool.network)];
    return warning(
      'OVL_CONFIG_FORMER_OVERLAP',
      `the former network ${was} overlaps the network ${is}, where it means nothing; name only what lies outside`,
    );
  });
}

function warning(code: string, message: string): Warning {
  return { code, message };
}
