import { formatAddress, formatPrefix } from '@overlay/cidr';

import { writtenBackendType } from './backend-type.js';
import type { JsonObject, NetworkConfig } from './model.js';

/**
 * The config with every default filled in, under Flannel's own key names; the keys of a family are absent when it is off, and our own
 * keys when they say nothing.
 * `BackendType` is as written, not lower-cased.
 */
export interface NormalisedConfig {
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly EnableNFTables: boolean;
  readonly BackendType: string;
  readonly Network?: string;
  readonly SubnetMin?: string;
  readonly SubnetMax?: string;
  readonly SubnetLen?: number;
  readonly IPv6Network?: string;
  readonly IPv6SubnetMin?: string;
  readonly IPv6SubnetMax?: string;
  readonly IPv6SubnetLen?: number;
  readonly Backends?: readonly JsonObject[];
  readonly EncryptTo?: string;
  readonly TrustedPrefixes?: readonly string[];
  readonly FormerNetworks?: readonly string[];
}

/** For people and for `config validate`: the config as Flannel would use it. */
export function normaliseConfig(config: NetworkConfig): NormalisedConfig {
  const { ipv4, ipv6 } = config;
  return {
    EnableIPv4: ipv4 !== undefined,
    EnableIPv6: ipv6 !== undefined,
    EnableNFTables: config.enableNFTables,
    BackendType: writtenBackendType(config),
    ...(ipv4 && {
      Network: formatPrefix(ipv4.network),
      SubnetMin: formatAddress(ipv4.subnetMin),
      SubnetMax: formatAddress(ipv4.subnetMax),
      SubnetLen: ipv4.subnetLen,
    }),
    ...(ipv6 && {
      IPv6Network: formatPrefix(ipv6.network),
      IPv6SubnetMin: formatAddress(ipv6.subnetMin),
      IPv6SubnetMax: formatAddress(ipv6.subnetMax),
      IPv6SubnetLen: ipv6.subnetLen,
    }),
    ...ownKeys(config),
  };
}

function ownKeys(config: NetworkConfig): Partial<NormalisedConfig> {
  const { alsoBackends, encryptTo, trustedPrefixes, formerNetworks } = config;
  return {
    ...(alsoBackends.length > 0 && { Backends: alsoBackends }),
    ...(encryptTo !== 'nobody' && { EncryptTo: encryptTo }),
    ...(trustedPrefixes.length > 0 && { TrustedPrefixes: trustedPrefixes.map(formatPrefix) }),
    ...(formerNetworks.length > 0 && { FormerNetworks: formerNetworks.map(formatPrefix) }),
  };
}
