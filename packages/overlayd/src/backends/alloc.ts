import type { JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory } from './model.js';
import { OptionReader } from './options.js';

function create(options: JsonObject): Backend {
  return {
    type: 'alloc',
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
