import { formatAddress } from '@overlay/cidr';
import { isEqual, macChanges, masterOf, mustRecreate } from './compare.js';
import { linkKey } from './identity.js';
import type { ActualState, Change, DesiredState, KernelObject } from './model.js';

/** A wanted object that is not applied because something that is not ours is in its place. */
export interface Conflict {
  readonly key: string;
  readonly object: KernelObject;
  /** What is there, for a person. */
  readonly reason: string;
}

export interface Difference {
  /** In the order in which they must be applied. */
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
}

/** What is referred to is made first; a UDP port for the kernel after the device, which a proxy of ours may have to give up; an FDB entry before the neighbour whose MAC it carries, so that no packet is lost when a MAC changes. */
const ADD_ORDER: readonly KernelObject['type'][] = [
  'link',
  'bridge-port',
  'sysctl',
  'ovs-port',
  'address',
  'fou',
  'wireguard-peer',
  'proxy-peer',
  'fdb',
  'neighbour',
  'route',
  'rule',
  'hook',
];
const REMOVE_ORDER: readonly KernelObject['type'][] = ADD_ORDER.toReversed();

/**
 * What must change in the kernel so that it holds `desired`, and what stands in the way. Everything is added or replaced before
 * anything is removed, but an own address that a new route has for its gateway. `kinds` limits it to some types of object.
 *
 * A link that must be made anew is one `replace`; what was on it goes with it in the kernel and comes back as `add`. What is on a
 * link that is removed is not removed one by one. Sysctls are never removed: their former value is not known.
 */
export function diff(
  desired: DesiredState,
  actual: ActualState,
  options: { readonly kinds?: ReadonlySet<KernelObject['type']> } = {},
): Difference {
  const scope = { desired, actual, kinds: options.kinds, ...disturbedLinks(desired, actual) };
  const conflicts: Conflict[] = [];
  const changes: Change[] = [];
  for (const [key, object] of desired) {
    const reason = conflictOf(key, object, actual);
    if (reason !== undefined) conflicts.push({ key, object, reason });
    else changes.push(...wantedChange(key, object, scope));
  }
  const inTheWay = gatewaysOf(changes);
  const removed = removals(scope);
  const isFirst = ({ object }: Change): boolean => inTheWay.has(addressText(object));
  const last = removed.filter((change) => !isFirst(change));
  return {
    changes: [
      ...sorted(changes, ADD_ORDER.slice(0, ADDRESSED)),
      ...removed.filter(isFirst),
      ...sorted(changes, ADD_ORDER.slice(ADDRESSED)),
      ...sorted(last, REMOVE_ORDER),
    ],
    conflicts,
  };
}

/** After these the addresses are there: the last one on a device takes all its routes with it. */
const ADDRESSED = ADD_ORDER.indexOf('address') + 1;

/** The kernel refuses a gateway that is the host's own address (fib_check_nh_onlink in net/ipv4/fib_semantics.c). */
function gatewaysOf(changes: readonly Change[]): ReadonlySet<string> {
  const gateways = changes.flatMap(({ object }) =>
    object.type === 'route' && object.gateway !== undefined ? [formatAddress(object.gateway)] : [],
  );
  return new Set(gateways);
}

const addressText = (object: KernelObject): string =>
  object.type === 'address' ? formatAddress(object.address) : '';

interface Scope {
  readonly desired: DesiredState;
  readonly actual: ActualState;
  readonly kinds: ReadonlySet<KernelObject['type']> | undefined;
  /** Names of links that are made anew or removed: nothing on them survives. */
  readonly gone: ReadonlySet<string>;
  /** Names of links that get another MAC: the kernel then forgets their neighbours, permanent ones too. */
  readonly flushed: ReadonlySet<string>;
}

function disturbedLinks(desired: DesiredState, actual: ActualState): Pick<Scope, 'gone' | 'flushed'> {
  const gone = new Set<string>();
  const flushed = new Set<string>();
  for (const [key, object] of actual.objects) {
    if (object.type !== 'link') continue;
    const wanted = desired.get(key);
    if (wanted?.type !== 'link' || mustRecreate(object, wanted)) gone.add(object.name);
    else if (macChanges(object, wanted)) flushed.add(object.name);
  }
  return { gone, flushed };
}

function wantedChange(key: string, object: KernelObject, scope: Scope): Change[] {
  if (scope.kinds && !scope.kinds.has(object.type)) return [];
  const previous = scope.actual.objects.get(key);
  if (previous === undefined || isGone(previous, scope)) return [{ op: 'add', object }];
  const up = !scope.actual.down?.has(key);
  return up && isEqual(object, previous) ? [] : [{ op: 'replace', object, previous }];
}

function removals({ desired, actual, kinds, gone }: Scope): Change[] {
  const changes: Change[] = [];
  for (const [key, object] of actual.objects) {
    if (desired.has(key) || object.type === 'sysctl' || (kinds && !kinds.has(object.type))) continue;
    if (object.type !== 'link' && isOn(object, gone)) continue;
    changes.push({ op: 'remove', object });
  }
  return changes;
}

/** Whether an object other than a link goes away together with the link it is on. A route is replaced before its old link is removed. */
function isGone(object: KernelObject, { desired, gone, flushed }: Scope): boolean {
  if (object.type === 'link') return false;
  if (object.type === 'neighbour' && flushed.has(object.link)) return true;
  if (object.type !== 'route') return isOn(object, gone);
  return object.link !== undefined && gone.has(object.link) && desired.has(linkKey(object.link));
}

function isOn(object: KernelObject, links: ReadonlySet<string>): boolean {
  const link = linkOf(object);
  return link !== undefined && links.has(link);
}

/** Name of the link an object is on and goes away with. */
function linkOf(object: KernelObject): string | undefined {
  switch (object.type) {
    case 'address':
    case 'neighbour':
    case 'fdb':
    case 'route':
    case 'wireguard-peer':
    case 'proxy-peer':
    case 'bridge-port':
      return object.link;
    case 'ovs-port':
      return object.bridge;
    case 'sysctl':
      return /^net\/ipv[46]\/(?:conf|neigh)\/([^/]+)\//.exec(object.key)?.[1];
    default:
      return undefined;
  }
}

function conflictOf(key: string, object: KernelObject, actual: ActualState): string | undefined {
  const own = actual.foreign.get(key);
  if (own !== undefined) return own;
  const link = linkOf(object);
  const below = link === undefined ? undefined : actual.foreign.get(linkKey(link));
  return below === undefined ? undefined : `${link ?? ''}: ${below}`;
}

function sorted(changes: readonly Change[], order: readonly KernelObject['type'][]): Change[] {
  return order.flatMap((type) => {
    const some = changes.filter((change) => change.object.type === type);
    return type === 'link' ? [...some.filter((change) => !isPort(change)), ...some.filter(isPort)] : some;
  });
}

/** Whether a link is made a port of another one, which must be there first. */
function isPort({ op, object }: Change): boolean {
  return op !== 'remove' && object.type === 'link' && masterOf(object) !== undefined;
}
