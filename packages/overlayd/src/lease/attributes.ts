import type { BackendOffer, LeaseAttributes } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';

export interface Announcement {
  readonly facts: HostFacts;
  /** Those that peers may send to, most preferred first. */
  readonly backends: readonly Backend[];
  /** IPv6 is leased too. */
  readonly dualStack: boolean;
  readonly version: string;
  readonly mustRenumber: boolean;
}

/** What our own field says of a backend: Flannel's data, and by which options another host can make the same. */
function offer(backend: Backend, facts: HostFacts, dualStack: boolean): BackendOffer {
  const { data, v6Data } = backend.publish(facts, dualStack);
  return {
    type: backend.type,
    id: backend.id,
    options: backend.shared,
    ...(data === undefined ? {} : { data }),
    ...(v6Data === undefined ? {} : { v6Data }),
  };
}

/** The value of the own lease: Flannel's fields for the first backend, then our own field with all of them. */
export function leaseAttributes({
  facts,
  backends,
  dualStack,
  version,
  mustRenumber,
}: Announcement): LeaseAttributes {
  const first: BackendOffer = backends[0]?.publish(facts, dualStack) ?? { type: '' };
  return {
    publicIp: facts.publicIp,
    ...(dualStack && facts.publicIpv6 !== undefined ? { publicIpv6: facts.publicIpv6 } : {}),
    backendType: first.type,
    ...(first.data === undefined ? {} : { backendData: first.data }),
    ...(first.v6Data === undefined ? {} : { backendV6Data: first.v6Data }),
    overlay: {
      nodeId: facts.nodeId,
      hostname: facts.hostname,
      version,
      backends: backends.filter(({ type }) => type !== 'alloc').map((one) => offer(one, facts, dualStack)),
      ...(mustRenumber ? { mustRenumber } : {}),
    },
  };
}
