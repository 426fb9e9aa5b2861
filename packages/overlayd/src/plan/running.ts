import { OverlayError } from '@overlay/cidr';
import type { BackendOffer, JsonObject, Lease, NetworkConfig } from '@overlay/lease';
import type { Backend, Slot } from '../backends/model.js';
import { createFrom } from '../backends/registry.js';
import { matches, offersOf } from './offers.js';

/** A backend that this host runs. */
export interface Running {
  readonly backend: Backend;
  /** `wanted`: by the network config or a flag; `demanded`: a peer is reached no other way; `leaving`: was wanted before. */
  readonly role: 'wanted' | 'demanded' | 'leaving';
  /** When the last peer that needs it went, ms of a steady clock; only of those that are not wanted. */
  readonly needlessSince?: number;
  /** Name of one lease that needs it: as long as that one stays as it is, this one stays; only of those that are not wanted. */
  readonly neededFor?: string;
}

export interface Refusal {
  readonly code: string;
  readonly reason: string;
}

export interface RunningInput {
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

class Step {
  readonly running: Running[] = [];
  readonly waiting: (Refusal & { readonly type: string })[] = [];

  constructor(
    private readonly before: readonly Running[],
    private readonly input: RunningInput,
  ) {}

  /** Keeps the slot of one that runs already; a new one takes a free slot. */
  place(options: JsonObject): Backend | undefined {
    const type = typeOf(options);
    const { id } = createFrom(type, options, 0);
    if (this.running.some(({ backend }) => backend.id === id)) return undefined;
    const known = this.before.find(({ backend }) => backend.id === id);
    const slot = known?.backend.slot ?? freeSlot(type, [...this.before, ...this.running]);
    if (slot !== undefined) return createFrom(type, options, slot);
    const reason = `two configurations of ${type} run already: peers must leave one of them first`;
    this.waiting.push({ type, code: 'OVL_BACKEND_BUSY', reason });
    return undefined;
  }

  want(options: JsonObject): void {
    const backend = this.place(options);
    if (backend === undefined) return;
    const refusal = this.input.refuse(backend) ?? this.alone(backend);
    if (refusal === undefined) this.running.push({ backend, role: 'wanted' });
    else this.waiting.push({ type: backend.type, ...refusal });
  }

  /** One that cannot run beside others cannot be one of several. */
  private alone({ type, exclusive }: Backend): Refusal | undefined {
    if (!exclusive || this.running.length === 0) return undefined;
    return {
      code: 'OVL_BACKEND_REFUSED',
      reason: `${type} cannot run beside another backend: make it the Backend of the network config, or leave it out`,
    };
  }

  /** Those that were wanted or demanded before stay while a peer needs them, or nothing wanted runs, and for a while after. */
  keep(leases: readonly Lease[]): void {
    const wanted = [...this.running];
    for (const one of this.before) {
      if (this.running.some(({ backend }) => backend.id === one.backend.id)) continue;
      const kept = this.kept(one, wanted, leases);
      if (kept !== undefined) this.running.push(kept);
    }
  }

  private kept(one: Running, wanted: readonly Running[], leases: readonly Lease[]): Running | undefined {
    const { nowMs, lingerMs, refuse } = this.input;
    if (one.backend.exclusive || refuse(one.backend) !== undefined) return undefined;
    const { backend } = one;
    const role = one.role === 'demanded' ? 'demanded' : 'leaving';
    // Refused on this host, the new one is no reason to give up the one that works.
    if (wanted.length === 0) return { backend, role };
    const needing = leases.find((lease) => needs(lease, backend, wanted));
    if (needing !== undefined) return { backend, role, neededFor: needing.name };
    const needlessSince = one.needlessSince ?? nowMs;
    return nowMs - needlessSince < lingerMs ? { backend, role, needlessSince } : undefined;
  }

  /** Brings up what a peer receives by, where nothing that runs reaches it. */
  demand(leases: readonly Lease[]): void {
    for (const lease of leases) {
      if (saysNothing(lease)) continue;
      const offers = offersOf(lease);
      if (offers.some((offer) => this.running.some(({ backend }) => matches(backend, offer)))) continue;
      for (const offer of offers) if (this.demandOne(offer, lease.name)) break;
    }
  }

  private demandOne(offer: BackendOffer, lease: string): boolean {
    if (NEVER_DEMANDED.has(offer.type)) return false;
    try {
      const options = demandedOptions(offer, this.input);
      if (this.input.network.encryptTo === 'all' && !createFrom(offer.type, options, 0).encrypts)
        return false;
      const backend = this.place(options);
      if (backend === undefined || backend.exclusive || !matches(backend, offer)) return false;
      if (this.input.refuse(backend) !== undefined) return false;
      this.running.push({ backend, role: 'demanded', neededFor: lease });
      return true;
    } catch (error) {
      // A peer may announce what this version does not know.
      if (error instanceof OverlayError) return false;
      throw error;
    }
  }

  dueMs(): number | undefined {
    const { lingerMs } = this.input;
    const due = this.running.flatMap(({ needlessSince }) =>
      needlessSince === undefined
        ? []
        : [needlessSince + lingerMs / 2, needlessSince + lingerMs].filter((ms) => ms > this.input.nowMs),
    );
    return due.length === 0 ? undefined : Math.min(...due);
  }
}

/** Leases that a backend which is not wanted any more is still needed for. */
export function neededBy(
  running: readonly Running[],
  backend: Backend,
  leases: Iterable<Lease>,
): readonly string[] {
  const wanted = running.filter(({ role }) => role === 'wanted');
  return [...leases].filter((lease) => needs(lease, backend, wanted)).map(({ name }) => name);
}

/** Whether a peer can be reached, or can reach us, by this backend and by none of the wanted ones. */
function needs(lease: Lease, backend: Backend, wanted: readonly Running[]): boolean {
  const offers = offersOf(lease);
  if (!offers.some((offer) => matches(backend, offer))) return false;
  return !offers.some((offer) => wanted.some((one) => matches(one.backend, offer)));
}

/**
 * The backends that this host runs next. What the network config asks for comes first; what it asked for before stays until no peer
 * needs it, and a while longer, because a peer that can do the new one may still be about to move. Where a peer can be reached by
 * none of them, one that it receives by is brought up beside them. One that cannot run beside another (`exclusive`) runs alone.
 *
 * @throws OverlayError OVL_BACKEND_UNKNOWN, OVL_BACKEND_OPTION: what the network config asks for cannot be understood
 */
export function nextRunning(before: readonly Running[], input: RunningInput): RunningResult {
  const step = new Step(before, input);
  const wanted = wantedOptions(input);
  for (const options of wanted) {
    step.want(options);
    if (step.running[0]?.backend.exclusive === true)
      return { running: step.running.slice(0, 1), waiting: [] };
  }
  const leases = [...input.leases];
  step.keep(leases);
  step.demand(leases);
  const dueMs = step.dueMs();
  return { running: step.running, waiting: step.waiting, ...(dueMs === undefined ? {} : { dueMs }) };
}

/** Those that peers may send to: one that nobody needs is withdrawn a while before it goes. */
export function announced(running: readonly Running[], nowMs: number, lingerMs: number): readonly Backend[] {
  return running
    .filter(({ needlessSince }) => needlessSince === undefined || nowMs - needlessSince < lingerMs / 2)
    .map(({ backend }) => backend);
}
