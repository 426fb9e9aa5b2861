import type { JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory, Slot } from './model.js';
import { OptionReader } from './options.js';

function create(options: JsonObject, slot: Slot): Backend {
  return {
    type: 'alloc',
    id: 'alloc',
    options,
    shared: {},
    slot,
    exclusive: true,
    encrypts: false,
    features: [],
    accepts: () => true,
    unknownOptions: new OptionReader('alloc', options).unknown(),
    links: [],
    direct: false,
    tunnel: () => undefined,
    mtu: (facts) => facts.iface.mtu,
    refuse: () => undefined,
    publish: () => ({ type: '' }),
    planNode: () => [],
    planPeer: () => ({ objects: [], direct: [] }),
  };
}

/** `alloc`: a lease and subnet.env, no data plane (Flannel section 4.7). Writes no BackendType, as Flannel. */
export const alloc: BackendFactory = { type: 'alloc', create };
