import type { Json, JsonObject } from '@overlay/lease';
import type { Backend, BackendFactory, HostFacts, Slot } from './model.js';
import { offerMember } from './offer-data.js';
import { OptionReader } from './options.js';
import { directOption } from './remote.js';
import { lacking, tooSmall, underlayMtu, underlayOption } from './underlay.js';
import { stretched, stretchOptions, type StretchOptions } from './vxlan-stretch.js';
import { planVxlanNode, planVxlanPeer, vxlanLinks, type VxlanOptions } from './vxlan-plan.js';

/** Outer Ethernet 14 + IPv4 20 or IPv6 40 + UDP 8 + VXLAN 8 bytes (RFC 7348). The kernel refuses a larger IPv6 device MTU. */
const OVERHEAD = { 4: 50, 6: 70 };
/** The kernel's default port, older than IANA's 4789 (drivers/net/vxlan). */
const KERNEL_PORT = 8472;

interface Parsed extends Omit<VxlanOptions, 'slot'> {
  readonly stretch: StretchOptions | undefined;
  readonly unknown: readonly string[];
}

function parse(options: JsonObject): Parsed {
  const reader = new OptionReader('vxlan', options);
  return {
    vni: reader.whole('VNI', 1, [0, 16_777_215]),
    port: reader.whole('Port', 0, [0, 65_535]) || KERNEL_PORT,
    gbp: reader.flag('GBP'),
    learning: reader.flag('Learning'),
    directRouting: reader.flag('DirectRouting'),
    underlay: underlayOption(reader),
    stretch: stretchOptions(reader),
    unknown: reader.unknown(),
  };
}

function create(raw: JsonObject, slot: Slot): Backend {
  const { unknown, stretch, ...options } = { ...parse(raw), slot };
  const { vni, port, gbp, directRouting } = options;
  const links = vxlanLinks(options);
  const underlay = (facts: HostFacts): number => underlayMtu(options.underlay, facts);
  const routed: Backend = {
    type: 'vxlan',
    id: `vxlan vni ${vni} port ${port}${gbp ? ' gbp' : ''}`,
    options: raw,
    shared: { VNI: vni, Port: port, ...(gbp ? { GBP: true } : {}), ...directOption(directRouting) },
    slot,
    exclusive: false,
    encrypts: false,
    features: ['vxlan'],
    accepts: (offer) => sameVni(offer.data, vni),
    unknownOptions: unknown,
    links: [links[4], links[6]],
    vteps: [links[4], links[6]],
    direct: directRouting,
    tunnel: (family) => links[family],
    mtu: (facts) => underlay(facts) - OVERHEAD[4],
    refuse: (facts, dualStack) =>
      lacking(facts, ['vxlan']) ??
      nameTooLong(links[dualStack ? 6 : 4], vni) ??
      tooSmall(underlay(facts), OVERHEAD, dualStack),
    publish: (facts, dualStack) => ({
      type: 'vxlan',
      data: { VNI: vni, VtepMAC: facts.vtepMac },
      ...(dualStack ? { v6Data: { VNI: vni, VtepMAC: facts.vtepMacV6 } } : {}),
    }),
    planNode: (input) => {
      const mtu = underlay(input.facts);
      return planVxlanNode(input, options, { 4: mtu - OVERHEAD[4], 6: mtu - OVERHEAD[6] });
    },
    planPeer: (input, peer) => planVxlanPeer(input, options, peer),
  };
  return stretch === undefined ? routed : stretched(routed, options, stretch);
}

/** IFNAMSIZ less the final zero (uapi/linux/if.h). */
const LONGEST_NAME = 15;

function nameTooLong(name: string, vni: number): string | undefined {
  const excess = name.length - LONGEST_NAME;
  if (excess <= 0) return undefined;
  const digits = String(vni).length - excess;
  return `VNI ${vni} would name a device ${name}, and the kernel allows ${LONGEST_NAME} characters: choose a VNI of at most ${digits} digits`;
}

/** Flannel's lease names the VNI, an old one may not. */
function sameVni(data: Json | undefined, vni: number): boolean {
  const written = offerMember(data, 'VNI');
  return written === undefined || written === vni;
}

/** `vxlan`: one kernel VXLAN device per family, static neighbours and FDB, an on-link route per peer (Flannel section 4.2). */
export const vxlan: BackendFactory = { type: 'vxlan', create };
