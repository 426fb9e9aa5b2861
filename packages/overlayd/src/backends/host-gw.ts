import { formatAddress } from '@overlay/cidr';
import type { JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory, NodeInput, Peer, PeerPlan, Slot } from './model.js';
import { OptionReader } from './options.js';
import { peerError } from './peer-error.js';
import { directPlan, joinPlans, remotesOf, type Remote } from './remote.js';
import { behindNat } from './underlay.js';

function route(input: NodeInput, peer: Peer, remote: Remote): readonly PeerPlan[] {
  if (remote.address === undefined) return [];
  const plan = directPlan(input, remote);
  if (plan !== undefined) return [plan];
  const address = formatAddress(remote.address);
  const problem = `${address} is not on a link of this host: host-gw reaches only peers on the same network; use vxlan`;
  throw peerError(peer, problem);
}

function create(options: JsonObject, slot: Slot): Backend {
  return {
    type: 'host-gw',
    id: 'host-gw',
    options,
    shared: {},
    slot,
    exclusive: false,
    encrypts: false,
    features: [],
    accepts: () => true,
    unknownOptions: new OptionReader('host-gw', options).unknown(),
    links: [],
    direct: true,
    tunnel: () => undefined,
    mtu: (facts) => facts.iface.mtu,
    refuse: (facts) => behindNat('host-gw', facts, 'vxlan'),
    publish: () => ({ type: 'host-gw' }),
    planNode: () => [],
    planPeer: (input, peer) =>
      joinPlans(remotesOf(input, peer).flatMap((remote) => route(input, peer, remote))),
  };
}

/** `host-gw`: a plain route per peer over the shared link, no encapsulation (Flannel section 4.3). */
export const hostGw: BackendFactory = { type: 'host-gw', create };
