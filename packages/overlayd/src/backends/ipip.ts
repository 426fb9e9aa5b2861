import type { JsonObject } from '@overlay/lease';
import { device, ownSubnets } from './device.js';
import type { Backend, BackendFactory, HostFacts, Slot } from './model.js';
import { OptionReader } from './options.js';
import { directOption, planRemotes } from './remote.js';
import { binding, ipDevice, ipRoute } from './tunnel.js';
import { behindNat, lacking, tooSmall, underlayMtu, underlayOption } from './underlay.js';

/** Outer IPv4 header, bytes (RFC 2003; RFC 4213 for IPv6 inside). */
const OVERHEAD = { 4: 20, 6: 20 };

/** In either slot: nothing has to agree between hosts, so there is one id, and never an old ipip beside a new one. */
const LINKS = { 4: 'flannel.ipip', 6: 'flannel-v6.ipip' };

function create(raw: JsonObject, slot: Slot): Backend {
  const reader = new OptionReader('ipip', raw);
  const directRouting = reader.flag('DirectRouting');
  const option = underlayOption(reader);
  const mtu = (facts: HostFacts): number => underlayMtu(option, facts) - OVERHEAD[4];
  return {
    type: 'ipip',
    id: 'ipip',
    options: raw,
    shared: directOption(directRouting),
    slot,
    exclusive: false,
    encrypts: false,
    features: ['ipip', 'sit'],
    accepts: () => true,
    unknownOptions: reader.unknown(),
    links: [LINKS[4], LINKS[6]],
    direct: directRouting,
    tunnel: (family) => LINKS[family],
    mtu,
    refuse: (facts, dualStack) =>
      lacking(facts, dualStack ? ['ipip', 'sit'] : ['ipip']) ??
      behindNat('ipip', facts, 'vxlan, udp or wireguard') ??
      tooSmall(underlayMtu(option, facts), OVERHEAD, dualStack),
    publish: () => ({ type: 'ipip' }),
    planNode: (input) =>
      ownSubnets(input).flatMap((subnet) => {
        const settings = {
          name: LINKS[subnet.family],
          mtu: mtu(input.facts),
          ...binding('ipip', slot, input.facts),
        };
        return device(input, ipDevice(input, subnet.family, settings), [subnet]);
      }),
    planPeer: (input, peer) =>
      planRemotes(input, peer, directRouting, ({ subnet }) => [
        ipRoute(subnet, LINKS[subnet.family], peer.lease.attributes.publicIp),
      ]),
  };
}

/** `ipip`: IP in IP, a route per peer by the peer's own address (Flannel section 4.4); IPv6 in a sit device over the IPv4 underlay. */
export const ipip: BackendFactory = { type: 'ipip', create };
