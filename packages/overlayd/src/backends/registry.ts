import { OverlayError } from '@overlay/cidr';
import type { JsonObject, NetworkConfig } from '@overlay/lease';
import { alloc } from './alloc.js';
import { bridge } from './bridge.js';
import { extension } from './extension.js';
import { gre } from './gre.js';
import { hostGw } from './host-gw.js';
import { ipip } from './ipip.js';
import type { Backend, BackendFactory, Slot } from './model.js';
import { ovs } from './ovs.js';
import { udp } from './udp.js';
import { vxlan } from './vxlan.js';
import { wireguard } from './wireguard.js';

/** Every backend of this daemon. `config set --plan` has what it knows of them in backend-types.ts of overlayctl (CONTRIBUTING). */
export const BACKENDS: readonly BackendFactory[] = [
  alloc,
  bridge,
  extension,
  gre,
  hostGw,
  ipip,
  ovs,
  udp,
  vxlan,
  wireguard,
];

/** @throws OverlayError OVL_BACKEND_UNKNOWN, OVL_BACKEND_OPTION */
export function createBackend(config: NetworkConfig): Backend {
  return createFrom(config.backendType, config.backend, 0);
}

/** From options like `Backend` in the network config, `Type` in lower case aside. @throws OverlayError as createBackend */
export function createFrom(type: string, options: JsonObject, slot: Slot): Backend {
  const factory = BACKENDS.find((candidate) => candidate.type === type);
  if (factory === undefined) {
    const available = BACKENDS.map((candidate) => candidate.type).join(', ');
    throw new OverlayError(
      'OVL_BACKEND_UNKNOWN',
      `the network config asks for backend "${type}"; this overlayd has ${available}. Set another one with \`overlayctl config set\``,
    );
  }
  return factory.create(options, slot);
}
