import type { JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory } from './model.js';
import { OptionReader } from './options.js';
import {
  IPV6_EXTRA_BYTES,
  planVxlanNode,
  planVxlanPeer,
  vxlanLinks,
  type VxlanOptions,
} from './vxlan-plan.js';

/** Outer Ethernet 14 + IPv4 20 + UDP 8 + VXLAN 8 bytes (RFC 7348). */
const OVERHEAD_BYTES = 50;
/** The kernel's default port, older than IANA's 4789 (drivers/net/vxlan). */
const KERNEL_PORT = 8472;

function parse(options: JsonObject): VxlanOptions & { readonly unknown: readonly string[] } {
  const reader = new OptionReader('vxlan', options);
  const mtu = reader.whole('MTU', 0, [0, 65_535]);
  return {
    vni: reader.whole('VNI', 1, [0, 16_777_215]),
    port: reader.whole('Port', 0, [0, 65_535]) || KERNEL_PORT,
    gbp: reader.flag('GBP'),
    learning: reader.flag('Learning'),
    directRouting: reader.flag('DirectRouting'),
    ...(mtu === 0 ? {} : { underlayMtu: mtu }),
    unknown: reader.unknown(),
  };
}

/** RFC 791 and RFC 8200: the smallest MTU of a link; an IPv6 underlay leaves the IPv6 device 20 bytes less. */
function tooSmall(mtu: number, dualStack: boolean): string | undefined {
  if (mtu < 68)
    return `an MTU of ${mtu} bytes is too small for IPv4, which needs 68: raise the MTU of the underlay`;
  if (!dualStack || mtu - IPV6_EXTRA_BYTES >= 1280) return undefined;
  return `an MTU of ${mtu - IPV6_EXTRA_BYTES} bytes is too small for IPv6, which needs 1280: raise the MTU of the underlay to 1350`;
}

function create(raw: JsonObject): Backend {
  const { unknown, ...options } = parse(raw);
  const links = vxlanLinks(options.vni);
  const mtu: Backend['mtu'] = (facts) => (options.underlayMtu ?? facts.iface.mtu) - OVERHEAD_BYTES;
  return {
    type: 'vxlan',
    unknownOptions: unknown,
    links: [links[4], links[6]],
    direct: options.directRouting,
    tunnel: (family) => links[family],
    mtu,
    refuse: (facts, dualStack) => tooSmall(mtu(facts), dualStack),
    publish: (facts, dualStack) => ({
      type: 'vxlan',
      data: { VNI: options.vni, VtepMAC: facts.vtepMac },
      ...(dualStack ? { v6Data: { VNI: options.vni, VtepMAC: facts.vtepMacV6 } } : {}),
    }),
    planNode: (input) => planVxlanNode(input, options, mtu(input.facts)),
    planPeer: (input, peer) => planVxlanPeer(input, options, peer),
  };
}

/** `vxlan`: one kernel VXLAN device per family, static neighbours and FDB, an on-link route per peer (Flannel section 4.2). */
export const vxlan: BackendFactory = { type: 'vxlan', create };
