import { formatPrefix } from '@overlay/cidr';
import { parseLeaseValue, type LeaseSnapshot, type NetworkConfig } from '@overlay/lease';
import { namesText } from './backend-change-names.js';
import {
  effectOf,
  isExclusive,
  isFlannelType,
  optionOf,
  overheadOf,
  unknownTypes,
  waysOf,
  type Way,
} from './backend-types.js';
import type { LeaseEntry } from './entry.js';
import { misfit, subnetsOf } from './fit.js';
import { viewOfSnapshot } from './from-etcd.js';
import { nodesOf, type NodeEntry } from './nodes.js';

/** What a new network config makes each node do: a stable contract. */
export interface BackendChange {
  /** Backends of the config, most preferred first, without secrets: `vxlan VNI 2`. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** By how many bytes the MTU of containers changes; null when that is not known here. */
  readonly mtuChange: number | null;
  readonly nodes: readonly NodeChange[];
  /** What concerns all nodes, a sentence each. */
  readonly notes: readonly string[];
}

export interface NodeChange {
  readonly node: string;
  readonly nodeId: string | null;
  readonly subnets: readonly string[];
  readonly now: readonly string[];
  readonly then: readonly string[];
  /**
   * `changes`: by itself, while traffic flows; `restart`: only when its daemon restarts; `stays`: nothing to do. A node that must
   * renumber says so beside it.
   */
  readonly kind: 'changes' | 'restart' | 'stays';
  /** Why its lease no longer fits; null when it does. */
  readonly mustRenumber: string | null;
  /** In order. */
  readonly steps: readonly string[];
}

/** What is different between the backends of two configs. */
interface Difference {
  readonly before: readonly Way[];
  readonly after: readonly Way[];
  readonly up: readonly Way[];
  readonly down: readonly Way[];
  readonly inPlace: readonly { readonly way: Way; readonly options: readonly string[] }[];
  readonly reordered: boolean;
  /** To whom nodes encrypt from now on, when that changes. */
  readonly encryption: string | undefined;
  /** Not while daemons run. */
  readonly exclusive: boolean;
}

/** What each node that holds a lease does when the config is written: decided from what the nodes announce. Nothing is changed. */
export function backendChange(
  before: NetworkConfig | undefined,
  after: NetworkConfig,
  snapshot: LeaseSnapshot,
): BackendChange {
  const difference = differenceOf(before, after);
  const nodes = nodesOf(viewOfSnapshot(snapshot, before).leases.filter(isHeld));
  const following = followersOf(snapshot);
  const fixed = nodes.filter(({ nodeId }) => nodeId === null || !following.has(nodeId));
  const live = liveSteps(difference, fixed, nodes.length - fixed.length - 1);
  const change = { difference, fixed: new Set(fixed), live };
  return {
    before: difference.before.map(({ label }) => label),
    after: difference.after.map(({ label }) => label),
    mtuChange: mtuChange(difference),
    nodes: nodes.map((node) => nodeChange(node, after, change)),
    notes: notesOf(difference),
  };
}

/** Nodes that follow a config while they run: they tell what must agree on both ends. An older overlayd and Flannel do not. */
function followersOf({ leases }: LeaseSnapshot): Set<string> {
  const ids = leases.flatMap(({ value }) => {
    try {
      const { overlay } = parseLeaseValue(value);
      return overlay?.backends.some(({ id }) => id !== undefined) === true ? [overlay.nodeId] : [];
    } catch {
      return [];
    }
  });
  return new Set(ids);
}

interface Change {
  readonly difference: Difference;
  /** Nodes that do not follow a config while they run. */
  readonly fixed: ReadonlySet<NodeEntry>;
  /** Steps of each of the others: the same for all, and so made once. */
  readonly live: readonly string[];
}

function differenceOf(before: NetworkConfig | undefined, after: NetworkConfig): Difference {
  const [old, next] = [before === undefined ? [] : waysOf(before), waysOf(after)];
  const missing = (from: readonly Way[], in_: readonly Way[]): Way[] =>
    from.filter(({ key }) => !in_.some((way) => way.key === key));
  const [up, down] = [missing(next, old), missing(old, next)];
  const inPlace = next.flatMap((way) => {
    const was = old.find(({ key }) => key === way.key);
    const options = was === undefined ? [] : changedOptions(was, way);
    return options.length === 0 ? [] : [{ way, options }];
  });
  const common = (ways: readonly Way[], gone: readonly Way[]): string =>
    ways
      .filter((way) => !gone.includes(way))
      .map(({ key }) => key)
      .join();
  const reordered = common(old, down) !== common(next, up);
  const exclusive = before !== undefined && [...up, ...down].some(isExclusive);
  const encryption = encryptionText(before, after);
  return { before: old, after: next, up, down, inPlace, reordered, encryption, exclusive };
}

function encryptionText(before: NetworkConfig | undefined, after: NetworkConfig): string | undefined {
  const of = ({ encryptTo, trustedPrefixes }: NetworkConfig): string =>
    `${encryptTo} ${encryptTo === 'untrusted' ? trustedPrefixes.map(formatPrefix).join() : ''}`;
  if (before === undefined || of(before) === of(after)) return undefined;
  const whom = {
    nobody: 'encrypts to nobody',
    untrusted: 'encrypts to peers outside of TrustedPrefixes',
    all: 'encrypts to every peer',
  };
  return whom[after.encryptTo];
}

function changedOptions(was: Way, now: Way): string[] {
  const written = [...Object.keys(was.options), ...Object.keys(now.options)];
  const names = new Map(written.map((name) => [name.toLowerCase(), name]));
  names.delete('type');
  return [...names.values()].filter(
    (name) => JSON.stringify(effectOf(was, name)) !== JSON.stringify(effectOf(now, name)),
  );
}

/** A reservation names an address, not a node that runs. */
function isHeld(lease: LeaseEntry): boolean {
  return lease.publicIp !== null && !(lease.reservation && lease.version === null && lease.backend === null);
}

function nodeChange(node: NodeEntry, after: NetworkConfig, change: Change): NodeChange {
  const { difference, fixed, live } = change;
  const now = [...new Set(node.leases.flatMap(({ backends }) => backends))];
  const isFixed = fixed.has(node);
  const stays = !isDifferent(difference);
  const waits = isFixed || difference.exclusive;
  const mustRenumber = renumberReason(node, after);
  const steps = stays ? [] : waits ? restartSteps(node, difference) : live;
  return {
    node: node.node,
    nodeId: node.nodeId,
    subnets: node.leases.flatMap(({ subnet, ipv6Subnet }) =>
      [subnet, ipv6Subnet].filter((one) => one !== null),
    ),
    now,
    then: stays || isFixed ? now : difference.after.map(({ label }) => label),
    kind: stays ? 'stays' : waits ? 'restart' : 'changes',
    mustRenumber,
    steps,
  };
}

function isDifferent({ up, down, inPlace, reordered, encryption }: Difference): boolean {
  return up.length + down.length + inPlace.length > 0 || reordered || encryption !== undefined;
}

/** A node needs another subnet when none of its leases fits; one that renumbers already holds one that does. */
function renumberReason({ leases }: NodeEntry, after: NetworkConfig): string | null {
  const reasons = leases.map(({ name }) => {
    const subnets = subnetsOf(name);
    return subnets && misfit(subnets, after);
  });
  return reasons.every((reason) => reason !== undefined) ? (reasons[0] ?? null) : null;
}

/** What a node does that follows the config, beside `peers` others of its kind and those that do not follow it. */
function liveSteps(difference: Difference, fixed: readonly NodeEntry[], peers: number): string[] {
  const { up, down, inPlace, after } = difference;
  const staying = namesText(fixed.map(({ node }) => node));
  const preferred = after[0]?.label ?? '';
  const moving = peers > 0 && (up.length > 0 || down.length > 0 || difference.reordered);
  return [
    ...up.map(({ label }) => `brings up ${label} and announces it`),
    ...inPlace.map(({ way, options }) => `changes ${options.join(', ')} of ${way.type} in place`),
    ...(moving
      ? [`moves ${peers === 1 ? '1 peer' : `${peers} peers`} to ${preferred}, each as it announces it`]
      : []),
    ...(difference.encryption === undefined ? [] : [difference.encryption]),
    ...down.map(({ label }) =>
      staying === ''
        ? `removes ${label} after the last peer left it`
        : `keeps ${label} while it is the way to ${staying}`,
    ),
  ];
}

function restartSteps(node: NodeEntry, { after, down, exclusive }: Difference): string[] {
  const type = after[0]?.type ?? '';
  if (node.nodeId !== null && exclusive)
    return [`takes it when overlayd restarts: it cannot change while it runs`];
  const reached =
    down.length > 0 && !exclusive
      ? [`is reached by ${down.map(({ label }) => label).join(', ')} until then`]
      : [];
  if (node.nodeId !== null)
    return ['takes it when overlayd restarts: this version does not change while it runs', ...reached];
  const refuses = isFlannelType(type)
    ? []
    : [`flanneld has no ${type} and will not start again with it: replace it by overlayd first`];
  return [...refuses, 'stays as it is until flanneld restarts', ...reached];
}

/** By how much containers' packets may grow; 0 when an explicit MTU stays the same. */
function mtuChange({ before, after }: Difference): number | null {
  const mtuOf = (ways: readonly Way[]): string =>
    JSON.stringify(ways.map(({ options }) => optionOf(options, 'MTU') ?? null).filter((mtu) => mtu !== null));
  const [was, is] = [overheadOf(before), overheadOf(after)];
  if (before.length === 0) return 0;
  return was === undefined || is === undefined || mtuOf(before) !== mtuOf(after) ? null : was - is;
}

function notesOf(difference: Difference): string[] {
  if (!isDifferent(difference)) return [];
  const { after } = difference;
  const mtu = mtuChange(difference);
  const unknown = unknownTypes(after);
  const bytes = (count: number): string => `${Math.abs(count)} bytes ${count < 0 ? 'smaller' : 'larger'}`;
  return [
    ...unknown.map(
      (type) => `no overlayd of this version has the backend "${type}": every node would refuse it`,
    ),
    ...(mtu === 0
      ? []
      : [
          `the MTU of containers ${mtu === null ? 'may change' : `becomes ${bytes(mtu)}`}: those that run, and Docker's network, keep theirs until they are made anew`,
        ]),
    'each node checks the options itself and tells in `overlayctl status` what it cannot do',
    ...(difference.exclusive
      ? ['until every node has restarted, those of the old and of the new backend do not reach each other']
      : ['no order is needed: each node acts by itself, and one that is down joins later']),
  ];
}
