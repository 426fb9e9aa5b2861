import { OverlayError } from '@overlay/cidr';
import type { BackendOffer, JsonObject, Lease, NetworkConfig } from '@overlay/lease';
import type { Backend, Slot } from '../backends/model.js';
import { createFrom } from '../backends/registry.js';
import { matches, offersOf } from './offers.js';
import { isPublished, reaches, type Reach } from './reach.js';

/** A backend that this host runs. */
export interface Running {
  readonly backend: Backend;
  /** `wanted`: by the network config or a flag; `demanded`: a peer is reached no other way; `leaving`: was wanted before. */
  readonly role: 'wanted' | 'demanded' | 'leaving';
  /** When the last peer that needs it went, ms of a steady clock; only of those that are not wanted. */
  readonly needlessSince?: number;
  /** When our lease was last seen to say it, ms of the same clock; only of those that nobody needs. */
  readonly publishedMs?: number;
  /** Name of one lease that needs it: as long as that one stays as it is, this one stays; only of those that are not wanted. */
  readonly neededFor?: string;
}

export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

export interface RunningInput extends Reach {
  readonly network: NetworkConfig;
  /** `--backend`: what this host prefers to receive on, before what the network config says. */
  readonly preferred?: JsonObject;
  readonly leases: Iterable<Lease>;
  readonly nowMs: number;
  /** How long a backend that nobody needs is kept, ms; announced half of the time. */
  readonly lingerMs: number;
  /** Why this host cannot run it; undefined when it can. */
  readonly refuse: (backend: Backend) => Refusal | undefined;
}

export interface RunningResult {
  /** Wanted ones first, most preferred first. */
  readonly running: readonly Running[];
  /** Wanted ones that cannot run now, and why. */
  readonly waiting: readonly (Refusal & { readonly type: string })[];
  /** What it was decided by. */
  readonly reach: Reach;
  /** When the next step is due without any event. */
  readonly dueMs?: number;
}

const typeOf = (options: JsonObject): string => {
  const key = Object.keys(options).findLast((name) => name.toLowerCase() === 'type') ?? '';
  const type = options[key];
  return typeof type === 'string' ? type.toLowerCase() : '';
};

/** What should run here, most preferred first. A preference that is only a type takes the options that the network config has for it. */
function wantedOptions({ network, preferred }: RunningInput): readonly JsonObject[] {
  const common = [{ ...network.backend, Type: network.backendType }, ...network.alsoBackends];
  if (preferred === undefined) return common;
  const same = common.find((options) => typeOf(options) === typeOf(preferred));
  return [Object.keys(preferred).length === 1 ? (same ?? preferred) : preferred, ...common];
}

/** Not before peers had time to hear that our lease does not say it any more, however late that could be written. */
const goesMs = ({ needlessSince = Infinity, publishedMs = -Infinity }: Running, lingerMs: number): number =>
  Math.max(needlessSince + lingerMs, publishedMs + lingerMs / 2);

const freeSlot = (type: string, taken: readonly Running[]): Slot | undefined =>
  ([0, 1] as const).find(
    (slot) => !taken.some(({ backend }) => backend.type === type && backend.slot === slot),
  );

/** The options with which this host would make a backend that a peer receives by: its own first, then what the peer says. */
function demandedOptions(offer: BackendOffer, input: RunningInput): JsonObject {
  const own = wantedOptions(input).find((options) => typeOf(options) === offer.type) ?? {};
  return { ...own, Type: offer.type, ...offer.options };
}

/** What carries packets there is in this host's own options, or nowhere. */
const NEVER_DEMANDED: ReadonlySet<string> = new Set(['extension']);

/** A reservation, alloc, udp or an old cloud backend of Flannel: nothing that could be known to lead there. */
const saysNothing = ({ attributes }: Lease): boolean =>
  attributes.backendType === '' && attributes.overlay === undefined;

const BUSY = 'OVL_BACKEND_BUSY';

class Step {
  readonly running: Running[] = [];
  readonly waiting: (Refusal & { readonly type: string })[] = [];
  private readonly leases: readonly Lease[];
  /** What peers move to: the wanted ones; where none of them can run, the best of those that do. */
  private anchors: readonly Backend[] = [];
  /** Peers that what peers move to does not lead to, or not yet. */
  private unreached: readonly Lease[] = [];

  constructor(
    private readonly before: readonly Running[],
    private readonly input: RunningInput,
  ) {
    this.leases = [...input.leases];
  }

  private runs(id: string): boolean {
    return this.running.some(({ backend }) => backend.id === id);
  }

  /** One that runs already keeps its slot; a new one takes a free slot. */
  private slotFor(type: string, id: string): Slot | undefined {
    const known = this.before.find(({ backend }) => backend.id === id);
    return known?.backend.slot ?? freeSlot(type, [...this.before, ...this.running]);
  }

  private busy(type: string): void {
    if (this.waiting.some((one) => one.type === type && one.code === BUSY)) return;
    const reason = `two configurations of ${type} run already: peers must leave one of them first`;
    this.waiting.push({ type, code: BUSY, reason });
  }

  want(options: JsonObject): void {
    const type = typeOf(options);
    const { id } = createFrom(type, options, 0);
    if (this.runs(id)) return;
    const slot = this.slotFor(type, id);
    if (slot === undefined) return this.busy(type);
    const backend = createFrom(type, options, slot);
    const refusal = this.input.refuse(backend) ?? this.alone(backend) ?? this.clash(backend);
    if (refusal === undefined) this.running.push({ backend, role: 'wanted' });
    else this.waiting.push({ type, ...refusal });
  }

  /** One that cannot run beside others cannot be one of several. */
  private alone({ type, exclusive }: Backend): Refusal | undefined {
    if (!exclusive || this.running.length === 0) return undefined;
    return {
      code: 'OVL_BACKEND_REFUSED',
      reason: `${type} cannot run beside another backend: make it the Backend of the network config, or leave it out`,
    };
  }

  private clash(backend: Backend): Refusal | undefined {
    const others = [...this.before, ...this.running].filter((one) => one.backend.id !== backend.id);
    const dualStack = this.input.network.ipv6 !== undefined;
    const reason = others.flatMap((one) => backend.clash?.(one.backend, dualStack) ?? []).at(0);
    return reason === undefined ? undefined : { code: BUSY, reason };
  }

  /** Those that were wanted or demanded before stay while a peer needs them, or nothing better stands, and for a while after. */
  keep(): void {
    const able = this.before.filter(
      ({ backend }) =>
        !this.runs(backend.id) && !backend.exclusive && this.input.refuse(backend) === undefined,
    );
    const wanted = this.running.map(({ backend }) => backend);
    const left = able.map(({ backend }) => backend);
    // Refused on this host, or waiting for a slot, the new one is no reason to give up the one that works.
    const best = left.find((backend) => isPublished(backend, this.input)) ?? left[0];
    this.anchors = wanted.length > 0 || best === undefined ? wanted : [best];
    this.unreached = this.leases.filter((lease) => !reaches(this.standing(), lease, this.input));
    for (const one of able) {
      const kept = this.kept(one);
      if (kept !== undefined) this.running.push(kept);
    }
  }

  /** A backend is announced when it stands: before, peers neither send to it nor can this host surely send by it. */
  private standing(): readonly Backend[] {
    return this.anchors.filter((backend) => isPublished(backend, this.input));
  }

  private kept(one: Running): Running | undefined {
    const { backend } = one;
    const role = one.role === 'demanded' ? 'demanded' : 'leaving';
    if (this.anchors.includes(backend)) return { backend, role };
    const needing = this.unreached.find((lease) => reaches([backend], lease, this.input));
    if (needing !== undefined) return { backend, role, neededFor: needing.name };
    if (this.standing().length === 0) return { backend, role };
    const { nowMs, lingerMs } = this.input;
    const publishedMs = isPublished(backend, this.input) ? nowMs : one.publishedMs;
    const needless = { backend, role, needlessSince: one.needlessSince ?? nowMs } as const;
    const kept = publishedMs === undefined ? needless : { ...needless, publishedMs };
    return goesMs(kept, lingerMs) > nowMs ? kept : undefined;
  }

  /** Brings up what a peer receives by, where nothing that runs reaches it. */
  demand(): void {
    for (const lease of this.unreached) {
      if (saysNothing(lease)) continue;
      const running = this.running.map(({ backend }) => backend);
      if (reaches(running, lease, this.input)) continue;
      for (const offer of offersOf(lease)) if (this.demandOne(offer, lease)) break;
    }
  }

  private demandOne(offer: BackendOffer, lease: Lease): boolean {
    if (NEVER_DEMANDED.has(offer.type)) return false;
    try {
      const options = demandedOptions(offer, this.input);
      const { id } = createFrom(offer.type, options, 0);
      const slot = this.slotFor(offer.type, id);
      const backend = createFrom(offer.type, options, slot ?? 0);
      if (this.runs(id) || backend.exclusive || !matches(backend, offer)) return false;
      const refusal = this.input.refuse(backend) ?? this.clash(backend);
      if (refusal !== undefined || !this.input.usable(backend, lease, offer)) return false;
      if (slot === undefined) this.busy(offer.type);
      else this.running.push({ backend, role: 'demanded', neededFor: lease.name });
      return slot !== undefined;
    } catch (error) {
      // A peer may announce what this version does not know.
      if (error instanceof OverlayError) return false;
      throw error;
    }
  }

  dueMs(): number | undefined {
    const { lingerMs, nowMs } = this.input;
    const due = this.running
      .flatMap((one) => [(one.needlessSince ?? Infinity) + lingerMs / 2, goesMs(one, lingerMs)])
      .filter((ms) => ms > nowMs && ms < Infinity);
    if (this.waitsForNews()) due.push(nowMs + lingerMs / 2);
    if (this.hasFreed()) due.push(nowMs);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** One that leaves is looked at again when the lease says what is to come instead: nobody else tells. */
  private waitsForNews(): boolean {
    return this.running.length > this.anchors.length && this.standing().length < this.anchors.length;
  }

  /** A slot is given away only when what was in it is not planned any more. */
  private hasFreed(): boolean {
    return (
      this.waiting.some(({ code }) => code === BUSY) &&
      this.before.some(({ backend }) => !this.runs(backend.id))
    );
  }
}

/** Leases that a backend which is not wanted any more is still needed for. */
export function neededBy(
  running: readonly Running[],
  backend: Backend,
  leases: Iterable<Lease>,
  reach: Reach,
): readonly string[] {
  const wanted = running.filter(({ role }) => role === 'wanted').map((one) => one.backend);
  const standing = wanted.filter((one) => isPublished(one, reach));
  return [...leases]
    .filter((lease) => reaches([backend], lease, reach) && !reaches(standing, lease, reach))
    .map(({ name }) => name);
}

/**
 * The backends that this host runs next. What the network config asks for comes first; what it asked for before stays until no peer
 * needs it, and a while longer, because a peer that can do the new one may still be about to move. Where a peer can be reached by
 * none of them, one that it receives by is brought up beside them. One that cannot run beside another (`exclusive`) runs alone.
 *
 * @throws OverlayError OVL_BACKEND_UNKNOWN, OVL_BACKEND_OPTION: what the network config asks for cannot be understood
 */
export function nextRunning(before: readonly Running[], input: RunningInput): RunningResult {
  const { published, usable } = input;
  const reach: Reach = { published, usable };
  const step = new Step(before, input);
  const wanted = wantedOptions(input);
  for (const options of wanted) {
    step.want(options);
    if (step.running[0]?.backend.exclusive === true)
      return { running: step.running.slice(0, 1), waiting: [], reach };
  }
  step.keep();
  step.demand();
  const dueMs = step.dueMs();
  return { running: step.running, waiting: step.waiting, reach, ...(dueMs === undefined ? {} : { dueMs }) };
}

/** Those that peers may send to: one that nobody needs is withdrawn a while before it goes. */
export function announced(running: readonly Running[], nowMs: number, lingerMs: number): readonly Backend[] {
  return running
    .filter(({ needlessSince }) => needlessSince === undefined || nowMs - needlessSince < lingerMs / 2)
    .map(({ backend }) => backend);
}
