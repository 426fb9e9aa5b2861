import { OverlayError } from '@overlay/cidr';
import type { JsonObject, Warning } from '@overlay/lease';
import type { Backend, BackendFactory, HostFacts, Slot } from './model.js';
import { OptionReader } from './options.js';
import { lacksUdp, planUdpNode, planUdpPeer, UDP_OVERHEAD, udpLinks, type UdpOptions } from './udp-plan.js';
import { lacking, tooSmall, underlayMtu, underlayOption } from './underlay.js';

const OVERHEAD = { 4: UDP_OVERHEAD, 6: UDP_OVERHEAD };
/** Flannel's. */
const DEFAULT_PORT = 8285;

function parse(options: JsonObject): Omit<UdpOptions, 'slot'> & { readonly unknown: readonly string[] } {
  const reader = new OptionReader('udp', options);
  const port = reader.whole('Port', 0, [0, 65_535]) || DEFAULT_PORT;
  const portV6 = reader.whole('PortV6', 0, [0, 65_535]) || nextPort(port);
  if (portV6 === port) {
    throw new OverlayError(
      'OVL_BACKEND_OPTION',
      `Backend option PortV6 of udp must differ from Port (${port}): the port says whether IPv4 or IPv6 is inside`,
    );
  }
  return { ports: { 4: port, 6: portV6 }, underlay: underlayOption(reader), unknown: reader.unknown() };
}

const nextPort = (port: number): number => (port === 65_535 ? port - 1 : port + 1);

/** What this process must carry itself, and why. */
function warning(facts: HostFacts, dualStack: boolean): Warning | undefined {
  const lacks = new Set([...lacksUdp(facts, 4), ...(dualStack ? lacksUdp(facts, 6) : [])]);
  if (lacks.size === 0) return undefined;
  const modules = [...lacks].join(' ');
  return {
    code: 'OVL_UDP_PROXY',
    message:
      `this kernel lacks ${modules}: the udp backend carries packets in this process, which is far slower than in the kernel; ` +
      `load what is missing (modprobe -a ${modules})`,
  };
}

function refuse(options: UdpOptions, facts: HostFacts, dualStack: boolean): string | undefined {
  const proxy = warning(facts, dualStack) !== undefined;
  const absent = proxy && facts.missing.has('tun') ? [...lacksUdp(facts, 4), ...lacksUdp(facts, 6)] : [];
  return (
    lacking(facts, absent, ' or tun for a proxy in this process (modprobe tun),') ??
    tooSmall(underlayMtu(options.underlay, facts), OVERHEAD, dualStack)
  );
}

/** The kernel is told once for each port what is inside. Ports are compared, not slots: an old and a new udp run side by side. */
function clash(options: UdpOptions, other: Backend, dualStack: boolean): string | undefined {
  if (other.type !== 'udp' || !dualStack) return undefined;
  const { ports } = parse(other.options);
  const family = ([4, 6] as const).find((one) => options.ports[one] === ports[one === 4 ? 6 : 4]);
  return family === undefined
    ? undefined
    : `the other address family of the ${other.id} that runs still uses port ${options.ports[family]}: choose other ports, or change twice`;
}

function create(raw: JsonObject, slot: Slot): Backend {
  const { unknown, ...options } = { ...parse(raw), slot };
  const { 4: port, 6: portV6 } = options.ports;
  const links = udpLinks(slot);
  return {
    type: 'udp',
    id: `udp port ${port} ipv6 port ${portV6}`,
    options: raw,
    shared: { Port: port, PortV6: portV6 },
    slot,
    exclusive: false,
    encrypts: false,
    features: ['fou', 'ipip', 'sit', 'tun'],
    // Flannel's udp sends to every lease, whatever its type, and writes none itself.
    accepts: () => true,
    unknownOptions: unknown,
    links: [links[4], links[6]],
    direct: false,
    tunnel: (family) => links[family],
    mtu: (facts) => underlayMtu(options.underlay, facts) - UDP_OVERHEAD,
    refuse: (facts, dualStack) => refuse(options, facts, dualStack),
    clash: (other, dualStack) => clash(options, other, dualStack),
    warning,
    publish: () => ({ type: '' }),
    planNode: (input) => planUdpNode(input, options),
    planPeer: (input, peer) => planUdpPeer(input, options, peer),
  };
}

/** `udp`: Flannel's wire format, the bare IP packet in UDP, in the kernel (foo-over-UDP), else by a proxy in this process (section 4.6). */
export const udp: BackendFactory = { type: 'udp', create };
