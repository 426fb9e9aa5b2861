import { OverlayError, type Address } from '@overlay/cidr';
import { objectKey, type DesiredState, type KernelObject } from '@overlay/dataplane';
import type { Lease } from '@overlay/lease';
import type { Backend, NodeInput, PeerPlan } from '../backends/model.js';
import { offerOf } from '../backends/registry.js';

/** What the operator asked for beyond the backend. */
export interface PlanOptions {
  /** Set net.ipv4.ip_forward (and IPv6 forwarding in dual stack). */
  readonly forwarding: boolean;
  /** --ip-blackhole-route */
  readonly blackhole: boolean;
}

/** Behind every other route to the own subnet. */
const BLACKHOLE_METRIC = 65_535;

/** One peer's part of the plan, or why it has none. */
export type PeerResult =
  | { readonly state: 'used'; readonly plan: PeerPlan }
  | { readonly state: 'other-backend'; readonly reason: string }
  | { readonly state: 'rejected'; readonly reason: string };

export interface Plan {
  readonly desired: DesiredState;
  readonly peers: ReadonlyMap<string, PeerResult>;
}

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

function blackholes({ subnets }: NodeInput): readonly KernelObject[] {
  const own = [subnets.subnet, ...(subnets.ipv6Subnet === undefined ? [] : [subnets.ipv6Subnet])];
  return own.map((destination) => ({
    type: 'route',
    kind: 'blackhole',
    destination,
    onlink: false,
    metric: BLACKHOLE_METRIC,
  }));
}

/** What this host needs without any peer: devices, addresses, sysctls. */
export function planNode(input: NodeInput, backend: Backend, options: PlanOptions): readonly KernelObject[] {
  return [
    ...(options.forwarding && backend.type !== 'alloc' ? forwarding(input) : []),
    ...backend.planNode(input),
    ...(options.blackhole ? blackholes(input) : []),
  ];
}

/** What one peer needs. Never throws: a bad peer is a result, so that it cannot touch the others (I5). */
export function planPeer(input: NodeInput, backend: Backend, lease: Lease): PeerResult {
  const offer = offerOf(lease, backend.type);
  if (backend.type !== 'alloc' && offer === undefined) {
    const type = lease.attributes.backendType || 'udp or alloc';
    return { state: 'other-backend', reason: `receives by ${type}, this host sends by ${backend.type}` };
  }
  try {
    return { state: 'used', plan: backend.planPeer(input, { lease, offer: offer ?? { type: '' } }) };
  } catch (error) {
    if (error instanceof OverlayError) return { state: 'rejected', reason: error.message };
    throw error;
  }
}

/** The full plan: the node's part and every peer's. */
export function plan(
  input: NodeInput,
  backend: Backend,
  options: PlanOptions,
  leases: Iterable<Lease>,
): Plan {
  const desired = new Map<string, KernelObject>();
  const peers = new Map<string, PeerResult>();
  for (const object of planNode(input, backend, options)) desired.set(objectKey(object), object);
  for (const lease of leases) {
    const result = planPeer(input, backend, lease);
    peers.set(lease.name, result);
    if (result.state === 'used')
      for (const object of result.plan.objects) desired.set(objectKey(object), object);
  }
  return { desired, peers };
}

/** Addresses that peers send from without encapsulation, for the firewall. */
export function directPeers(peers: Iterable<PeerResult>): readonly Address[] {
  const direct: Address[] = [];
  for (const peer of peers) if (peer.state === 'used') direct.push(...peer.plan.direct);
  return direct;
}
