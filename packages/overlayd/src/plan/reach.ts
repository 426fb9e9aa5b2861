import { OverlayError } from '@overlay/cidr';
import type { BackendOffer, Lease, LeaseSubnets, NetworkConfig } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';
import { mustEncrypt } from './encryption.js';
import { matches, offersOf } from './offers.js';

/** Whether this host may and can send to a peer by a backend that the peer offers. */
export type Usable = (backend: Backend, lease: Lease, offer: BackendOffer) => boolean;

/** What decides between which hosts packets go by a backend. */
export interface Reach {
  /** What our own lease says now, which peers send to us by; undefined while there is no lease. */
  readonly published?: readonly BackendOffer[] | undefined;
  readonly usable: Usable;
}

/** Peers send to us by what our lease says: what it does not say has not stood yet, or is not to be sent to any more. */
export const isPublished = (backend: Backend, { published = [] }: Pick<Reach, 'published'>): boolean =>
  published.some((offer) => matches(backend, offer));

/** Whether one of the backends leads to the peer. */
export const reaches = (
  backends: readonly Backend[],
  lease: Lease,
  { usable }: Pick<Reach, 'usable'>,
): boolean =>
  offersOf(lease).some((offer) =>
    backends.some((backend) => matches(backend, offer) && usable(backend, lease, offer)),
  );

interface UsableInput {
  readonly facts: HostFacts;
  readonly config: NetworkConfig;
  /** Of this host; while there are none, every backend counts as able to reach a peer. */
  readonly subnets?: LeaseSubnets | undefined;
}

/** As a plan decides: not in clear where packets must be encrypted, and not where the peer cannot be planned by the backend. */
export function usableFrom({ facts, config, subnets }: UsableInput): Usable {
  const input = subnets && { facts, config, subnets, alias: '' };
  return (backend, lease, offer) => {
    if (!backend.encrypts && mustEncrypt(config, facts, lease)) return false;
    if (input === undefined) return true;
    try {
      backend.planPeer(input, { lease, offer });
      return true;
    } catch (error) {
      if (error instanceof OverlayError) return false;
      throw error;
    }
  };
}
