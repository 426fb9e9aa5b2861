import { equalAddress, formatAddress, formatPrefix, overlaps, type Ipv4, type Prefix } from '@overlay/cidr';
import type { LeaseAttributes, RawLease } from '@overlay/lease';
import { attributesOf, namedIn } from '../lease/read-key.js';

/** Who this host is in leases. */
export interface FenceSelf {
  readonly nodeId: string;
  /** Undefined until it is known: then only another node's id tells another host. */
  readonly publicIp?: Ipv4;
}

/** A subnet that this host had, and that another host owns now. */
export interface Fenced {
  readonly prefix: Prefix;
  /** Who, as last seen: `node 1f.. (web-2, 172.31.0.2)`. */
  readonly owner: string;
  /** Since when nobody owns it or nothing seems to use it, boot time in ms. */
  readonly idleSinceMs?: number;
}

export interface FenceInput {
  /** Subnets that containers of this host may be in: those it had, has, or gave to Docker. */
  readonly used: readonly Prefix[];
  /** Subnets that are this host's by a lease it holds, those that drain too. */
  readonly held: readonly Prefix[];
  readonly leases: Iterable<RawLease>;
  readonly self: FenceSelf;
  readonly before: readonly Fenced[];
  /** Surely nothing on this host uses any subnet but those it holds. */
  readonly followed: boolean;
  /** As far as can be seen nothing on this host uses this one. */
  readonly unused: (prefix: Prefix) => boolean;
  readonly nowMs: number;
  /** For how long a subnet stays fenced that nobody owns or nothing seems to use. */
  readonly idleForMs: number;
}

/** The host that a lease names, for a person. */
export function ownerText({ overlay, publicIp }: LeaseAttributes): string {
  const address = formatAddress(publicIp);
  if (overlay === undefined) return `the Flannel host ${address}`;
  return `node ${overlay.nodeId} (${overlay.hostname}, ${address})`;
}

/**
 * Who owns a lease when that is surely another host: another node's id, or without one another public address (Flannel). The own id with
 * another address is a clone of this machine, or what it was before (B07).
 */
export function otherOwner(raw: RawLease, { nodeId, publicIp }: FenceSelf): string | undefined {
  const attributes = attributesOf(raw);
  if (attributes === undefined) return undefined;
  const writer = attributes.overlay?.nodeId ?? '';
  const elsewhere = publicIp !== undefined && !equalAddress(attributes.publicIp, publicIp);
  const isOther = writer === '' || writer === nodeId ? elsewhere : true;
  return isOther ? ownerText(attributes) : undefined;
}

const meets = (prefixes: readonly Prefix[], prefix: Prefix): boolean =>
  prefixes.some((other) => overlaps(other, prefix));

function ownersOf(candidates: readonly Prefix[], { leases, self }: FenceInput): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  if (candidates.length === 0) return owners;
  for (const raw of leases) {
    const named = namedIn(raw.name);
    const lost = candidates.filter((prefix) => meets(named, prefix));
    const owner = lost.length === 0 ? undefined : otherOwner(raw, self);
    if (owner !== undefined) for (const prefix of lost) owners.set(formatPrefix(prefix), owner);
  }
  return owners;
}

function unique(prefixes: readonly Prefix[]): readonly Prefix[] {
  return [...new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix])).values()];
}

/**
 * The subnets this host must send nothing from: known to be another host's, and not known to be unused here (B03). Not knowing is no
 * reason: an own lease that merely could not be renewed stays in `held` (A22). Once fenced a subnet stays so until it is this host's
 * again, surely nothing uses it, or for `idleForMs` nobody owned it or nothing seemed to use it.
 */
export function fence(input: FenceInput): readonly Fenced[] {
  const { used, held, before, followed } = input;
  if (followed) return [];
  const candidates = unique([...before.map(({ prefix }) => prefix), ...used]).filter(
    (prefix) => !meets(held, prefix),
  );
  const owners = ownersOf(candidates, input);
  const known = new Map(before.map((one) => [formatPrefix(one.prefix), one]));
  return candidates.flatMap((prefix) => {
    const text = formatPrefix(prefix);
    return fenceOne(prefix, owners.get(text), known.get(text), input) ?? [];
  });
}

function fenceOne(
  prefix: Prefix,
  owner: string | undefined,
  before: Fenced | undefined,
  { nowMs, idleForMs, unused }: FenceInput,
): Fenced | undefined {
  const last = owner ?? before?.owner;
  if (last === undefined) return undefined;
  if (owner !== undefined && !unused(prefix)) return { prefix, owner };
  const idleSinceMs = before?.idleSinceMs ?? nowMs;
  return nowMs - idleSinceMs >= idleForMs ? undefined : { prefix, owner: last, idleSinceMs };
}
