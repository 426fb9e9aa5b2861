import { OverlayError } from '@overlay/cidr';
import type { BackendOffer, Lease, NetworkConfig } from '@overlay/lease';
import { alloc } from './alloc.js';
import { hostGw } from './host-gw.js';
import type { Backend, BackendFactory } from './model.js';
import { vxlan } from './vxlan.js';

/** Every backend of this daemon. A new one is added here and nowhere else. */
const BACKENDS: readonly BackendFactory[] = [alloc, hostGw, vxlan];

/** @throws OverlayError OVL_BACKEND_UNKNOWN, OVL_BACKEND_OPTION */
export function createBackend(config: NetworkConfig): Backend {
  const factory = BACKENDS.find(({ type }) => type === config.backendType);
  if (factory === undefined) {
    const available = BACKENDS.map(({ type }) => type).join(', ');
    throw new OverlayError(
      'OVL_BACKEND_UNKNOWN',
      `the network config asks for backend "${config.backendType}"; this overlayd has ${available}. Set another one with \`overlayctl config set\``,
    );
  }
  return factory.create(config.backend);
}

/** How a peer receives on the given backend: by its announced type, or by an entry of its Overlay field. */
export function offerOf(lease: Lease, type: string): BackendOffer | undefined {
  const { backendType, backendData, backendV6Data, overlay } = lease.attributes;
  if (backendType === type) {
    return {
      type,
      ...(backendData === undefined ? {} : { data: backendData }),
      ...(backendV6Data === undefined ? {} : { v6Data: backendV6Data }),
    };
  }
  return overlay?.backends.find((offer) => offer.type === type);
}
