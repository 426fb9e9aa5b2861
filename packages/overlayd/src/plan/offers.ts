import type { BackendOffer, Lease } from '@overlay/lease';
import type { Backend } from '../backends/model.js';

/** What Flannel's own fields say: the type without a name is udp (or alloc, which nobody sends to). */
function flannelOffer({ attributes }: Lease): BackendOffer {
  const { backendType, backendData, backendV6Data } = attributes;
  return {
    type: backendType === '' ? 'udp' : backendType,
    ...(backendData === undefined ? {} : { data: backendData }),
    ...(backendV6Data === undefined ? {} : { v6Data: backendV6Data }),
  };
}

/**
 * How a peer can be reached, as it prefers. One of ours lists all in its Overlay field; Flannel's fields come first where they say
 * something else.
 */
export function offersOf(lease: Lease): readonly BackendOffer[] {
  const { attributes } = lease;
  const listed = attributes.overlay?.backends ?? [];
  if (attributes.overlay !== undefined && attributes.backendType === '') return listed;
  const plain = flannelOffer(lease);
  if (!listed.some(({ type }) => type === plain.type)) return [plain, ...listed];
  return listed;
}

/** Whether a packet sent by this backend arrives at who made the offer. */
export function matches(backend: Backend, offer: BackendOffer): boolean {
  if (backend.type !== offer.type) return false;
  return offer.id === undefined ? backend.accepts(offer) : offer.id === backend.id;
}

/** The first of the backends by which a peer with this offer can be reached. */
export function backendFor(backends: readonly Backend[], offer: BackendOffer): Backend | undefined {
  return backends.find((backend) => matches(backend, offer));
}
