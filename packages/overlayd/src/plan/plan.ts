import { OverlayError, type Address, type Prefix } from '@overlay/cidr';
import { objectKey, type DesiredState, type KernelObject } from '@overlay/dataplane';
import type { Lease } from '@overlay/lease';
import { prefixesOf } from '../lease/read-key.js';
import type { Backend, NodeInput, PeerPlan } from '../backends/model.js';
import { mustEncrypt } from './encryption.js';
import { mergeInto } from './merge.js';
import { backendFor, offersOf } from './offers.js';

/** What the operator asked for beyond the backend. */
interface PlanOptions {
  /** Set net.ipv4.ip_forward (and IPv6 forwarding in dual stack). */
  readonly forwarding: boolean;
  /** --ip-blackhole-route */
  readonly blackhole: boolean;
}

/** What peers are planned from. */
export interface PlanBase {
  readonly input: NodeInput;
  /** The backends that run on this host, the preferred one first; never empty. */
  readonly backends: readonly Backend[];
  readonly options: PlanOptions;
}

/** Behind every other route to the own subnet. */
const BLACKHOLE_METRIC = 65_535;

/** What a host must hold of a peer to take its packets, whichever way it sends to it itself. */
const RECEIVE_TYPES: ReadonlySet<KernelObject['type']> = new Set([
  'wireguard-peer',
  'proxy-peer',
  'ovs-port',
]);

/** One peer's part of the plan, or why it has none. */
export type PeerResult =
  | {
      readonly state: 'used';
      readonly plan: PeerPlan;
      /** `id` of the backend packets to it go by. */
      readonly way: string;
      /** `id` of the backend it will go by as soon as the peer surely takes packets on it. */
      readonly next?: string;
    }
  | { readonly state: 'other-backend'; readonly reason: string }
  | { readonly state: 'rejected'; readonly reason: string };

export interface Plan {
  readonly desired: DesiredState;
  readonly peers: ReadonlyMap<string, PeerResult>;
}

/** Says of a way whether it is too early to send on it; `expected`: the peer must know of us first (its WireGuard peer, its firewall). */
export type WayHeld = (peer: string, backend: string, expected: boolean) => boolean;

const sysctl = (key: string, value: string): KernelObject => ({ type: 'sysctl', key, value });

/**
 * With IPv6 forwarding on, Linux ignores router advertisements unless accept_ra is 2 (Documentation/networking/ip-sysctl): a host
 * that has its default route from them would lose it. A link that is forwarding already ignores them, and goes on to.
 */
function forwarding({ facts, subnets }: NodeInput): readonly KernelObject[] {
  const ipv4 = sysctl('net/ipv4/ip_forward', '1');
  if (subnets.ipv6Subnet === undefined) return [ipv4];
  const keep = facts.ipv6.advertised.map((link) => sysctl(`net/ipv6/conf/${link}/accept_ra`, '2'));
  return [ipv4, ...keep, sysctl('net/ipv6/conf/all/forwarding', '1')];
}

/** A peer may send straight while this host answers through a tunnel: strict reverse path filtering (RFC 3704) would drop that. */
function looseReversePath({ input, backends }: PlanBase): readonly KernelObject[] {
  const { facts } = input;
  const asymmetric = backends.length > 1 && backends.some(({ direct }) => direct);
  return asymmetric && facts.strictReversePath === true
    ? [sysctl(`net/ipv4/conf/${facts.iface.name}/rp_filter`, '2')]
    : [];
}

const blackhole = (destination: Prefix): KernelObject => ({
  type: 'route',
  kind: 'blackhole',
  destination,
  onlink: false,
  metric: BLACKHOLE_METRIC,
});

/**
 * Where packets are encrypted, those for a subnet that is not reached, or not yet, must not leave by the default route in clear.
 * (Flannel's wireguard has a route for the whole network on its device, which comes to the same.)
 */
function nothingInClear({ input, backends }: PlanBase): readonly KernelObject[] {
  const { encryptTo, ipv4, ipv6 } = input.config;
  if (encryptTo === 'nobody' && !backends.some(({ encrypts }) => encrypts)) return [];
  return [ipv4, ipv6].flatMap((family) => (family === undefined ? [] : [blackhole(family.network)]));
}

/** What this host needs without any peer: devices, addresses, sysctls. */
export function planNode(base: PlanBase): readonly KernelObject[] {
  const { input, backends, options } = base;
  const carries = backends.some(({ type }) => type !== 'alloc');
  // On a shared segment the own range is reached like the rest of it: a blackhole would be the better route.
  const shared = backends.some((backend) => backend.segment?.(input) !== undefined);
  return [
    ...(options.forwarding && carries ? forwarding(input) : []),
    ...looseReversePath(base),
    ...backends.flatMap((backend) => backend.planNode(input)),
    ...(carries ? nothingInClear(base) : []),
    ...(options.blackhole && !shared ? prefixesOf(input.subnets).map(blackhole) : []),
  ];
}

interface Way {
  readonly backend: Backend;
  readonly plan: PeerPlan;
}

/** The ways to a peer that this host can go, as the peer prefers, and why others cannot. */
function waysTo(base: PlanBase, lease: Lease): { readonly ways: readonly Way[]; readonly refused?: string } {
  const encrypt = mustEncrypt(base.input.config, base.input.facts, lease);
  const ways: Way[] = [];
  let refused: string | undefined;
  for (const offer of offersOf(lease)) {
    const backend = backendFor(base.backends, offer);
    if (backend === undefined || (encrypt && !backend.encrypts)) continue;
    try {
      ways.push({ backend, plan: backend.planPeer(base.input, { lease, offer }) });
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      refused ??= error.message;
    }
  }
  return { ways, ...(refused === undefined ? {} : { refused }) };
}

/** A peer takes our packets on this way only when it has made something for us: without encapsulation, an entry in its firewall. */
const isExpected = ({ plan }: Way): boolean =>
  plan.direct.length > 0 || plan.objects.some(({ type }) => RECEIVE_TYPES.has(type));

function combine(chosen: Way, ways: readonly Way[], best: Way): PeerResult {
  const others = ways.filter((way) => way !== chosen);
  const receive = others.flatMap(({ plan }) => plan.objects.filter(({ type }) => RECEIVE_TYPES.has(type)));
  const { direct } = chosen.plan;
  return {
    state: 'used',
    plan: { objects: [...chosen.plan.objects, ...receive], direct: [...direct, ...directOf(others, direct)] },
    way: chosen.backend.id,
    ...(best === chosen ? {} : { next: best.backend.id }),
  };
}

/** Addresses a peer may still send from without encapsulation while this host does not. */
function directOf(others: readonly Way[], known: readonly Address[]): readonly Address[] {
  return others.flatMap(({ plan }) => plan.direct).filter((address) => !known.includes(address));
}

function unreachable(base: PlanBase, lease: Lease, refused: string | undefined): PeerResult {
  if (refused !== undefined) return { state: 'rejected', reason: refused };
  const receives = offersOf(lease).map(({ id, type }) => id ?? type);
  const receivesBy = receives.length === 0 ? 'nothing (alloc)' : receives.join(', ');
  const sendsBy = base.backends.map(({ id }) => id).join(', ');
  const encrypted = mustEncrypt(base.input.config, base.input.facts, lease) ? ' with encryption' : '';
  return {
    state: 'other-backend',
    reason: `receives by ${receivesBy}, this host sends by ${sendsBy}${encrypted}`,
  };
}

const ALONE: PeerResult = { state: 'used', plan: { objects: [], direct: [] }, way: 'alloc' };

/** What one peer needs. Never throws: a bad peer is a result, so that it cannot touch the others (I5). */
export function planPeer(base: PlanBase, lease: Lease, held: WayHeld = () => false): PeerResult {
  if (base.backends[0]?.type === 'alloc') return ALONE;
  const { ways, refused } = waysTo(base, lease);
  const [best] = ways;
  if (best === undefined) return unreachable(base, lease, refused);
  const chosen = ways.find((way) => !held(lease.name, way.backend.id, isExpected(way))) ?? best;
  return combine(chosen, ways, best);
}

/** The full plan: the node's part and every peer's. */
export function plan(base: PlanBase, leases: Iterable<Lease>, held?: WayHeld): Plan {
  const desired = new Map<string, KernelObject>();
  const peers = new Map<string, PeerResult>();
  for (const object of planNode(base)) desired.set(objectKey(object), object);
  for (const lease of leases) {
    const result = planPeer(base, lease, held);
    peers.set(lease.name, result);
    if (result.state === 'used') for (const object of result.plan.objects) mergeInto(desired, object);
  }
  return { desired, peers };
}

/** Addresses that peers send from without encapsulation, for the firewall. */
export function directPeers(peers: Iterable<PeerResult>): readonly Address[] {
  const direct: Address[] = [];
  for (const peer of peers) if (peer.state === 'used') direct.push(...peer.plan.direct);
  return direct;
}
