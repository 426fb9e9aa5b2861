import type { BackendOffer, LeaseAttributes } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';

/** The value of the own lease: Flannel's fields for the backend, then our own field. `dualStack`: IPv6 is leased too. */
export function leaseAttributes(
  facts: HostFacts,
  backend: Backend,
  dualStack: boolean,
  version: string,
): LeaseAttributes {
  const offer: BackendOffer = backend.publish(facts, dualStack);
  return {
    publicIp: facts.publicIp,
    ...(dualStack && facts.publicIpv6 !== undefined ? { publicIpv6: facts.publicIpv6 } : {}),
    backendType: offer.type,
    ...(offer.data === undefined ? {} : { backendData: offer.data }),
    ...(offer.v6Data === undefined ? {} : { backendV6Data: offer.v6Data }),
    overlay: {
      nodeId: facts.nodeId,
      hostname: facts.hostname,
      version,
      backends: offer.type === '' ? [] : [offer],
    },
  };
}
