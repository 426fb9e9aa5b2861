import { contains } from '@overlay/cidr';
import type { Lease, NetworkConfig } from '@overlay/lease';
import type { HostFacts } from '../backends/model.js';

/**
 * Whether packets between this host and a peer must be encrypted. `untrusted`: unless one trusted prefix holds the public addresses of
 * both, so that both ends decide alike.
 */
export function mustEncrypt(
  { encryptTo, trustedPrefixes }: Pick<NetworkConfig, 'encryptTo' | 'trustedPrefixes'>,
  { publicIp }: Pick<HostFacts, 'publicIp'>,
  { attributes }: Pick<Lease, 'attributes'>,
): boolean {
  if (encryptTo !== 'untrusted') return encryptTo === 'all';
  return !trustedPrefixes.some(
    (prefix) => contains(prefix, publicIp) && contains(prefix, attributes.publicIp),
  );
}
