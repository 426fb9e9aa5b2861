import {
  diff,
  type Change,
  type Conflict,
  isEqual,
  type Kernel,
  type KernelObject,
  objectKey,
  type Outcome,
  type Ownership,
} from '@overlay/dataplane';
import type { Lease } from '@overlay/lease';
import type { Backend } from '../backends/model.js';
import type { LaneClock } from '../host/clock.js';
import type { Metrics } from '../http/metrics.js';
import type { Logger } from '../logger.js';
import { objectText } from '../plan/object-text.js';
import { offersOf } from '../plan/offers.js';
import { directPeers, plan, type PeerResult, type Plan, type WayHeld } from '../plan/plan.js';
import { KernelState } from './kernel-state.js';
import { Lane, type LaneResult } from './lane.js';
import type { LeaseSource, NodePlan } from './node-plan.js';
import type { Problems } from './problems.js';
import { WayHold } from './way-hold.js';

export interface KernelLaneDeps {
  readonly clock: LaneClock;
  readonly kernel: Kernel;
  readonly leases: LeaseSource;
  readonly ownership: (node: NodePlan) => Ownership;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly problems: Problems;
  /** How long a way that needs something on the peer's side is held back. */
  readonly settleMs: number;
  /** Before a full pass: what must be there before new devices are. */
  readonly ahead: (node: NodePlan) => Promise<void>;
  /** After a pass: the addresses that peers send from without encapsulation may have changed. */
  readonly onPass: (full: boolean) => void;
}

const VERIFY_MS = 30_000;
const NOTICE_DELAY_MS = 50;
/** A verification that a notification asked for takes at most about a fifth of the time. */
const REST_FACTOR = 4;
const FAILED_MS = 5000;
/** How often peers that are about to go another way are looked at. */
const MOVE_MS = 200;

/** A reason with a code of ours says all by itself; the others tell what is in the way. */
function conflictText({ object, reason }: Conflict): string {
  const whose = reason.startsWith('OVL_') ? '' : ', and that is not ours';
  return `${object.type} ${objectText(object)} is not applied: ${reason}${whose}`;
}

/** Keeps the kernel equal to the plan: incremental per lease event, complete on demand and every 30 seconds. */
export class KernelLane {
  readonly lane: Lane;
  readonly state = new KernelState();
  readonly failures = new Map<string, string>();
  readonly hold: WayHold;
  /** Peers that go another way as soon as they surely take packets on it. */
  private readonly moving = new Set<string>();
  /** Ids of the backends whose devices were there after the last full pass; undefined before the first. */
  private standing: ReadonlySet<string> | undefined;
  private node: NodePlan | undefined;
  /** When the next full pass is due, on the lane's clock. */
  private fullDueMs = Infinity;
  private readonly names = new Set<string>();
  private restUntil = 0;
  /** The last pass looked at a peer that no running backend reaches, a full one at more of them than the one before. */
  missed = false;
  private unreachable = 0;
  /** Passes so far: something may have changed when it has. */
  passes = 0;
  /** Why the last pass could not be made at all. */
  passError: string | undefined;
  /** End of the last full pass, on the lane's clock. */
  lastFullMs: number | undefined;

  constructor(private readonly deps: KernelLaneDeps) {
    this.hold = new WayHold(() => deps.clock.monotonicMs(), deps.settleMs);
    this.lane = new Lane({
      clock: deps.clock,
      name: 'kernel',
      run: () => this.run(),
      periodMs: VERIFY_MS,
      onError: (error) => this.passFailed(error),
    });
  }

  /** The node's own part changed: plan everything again. */
  setNode(node: NodePlan): void {
    this.node = node;
    this.verifyNow();
  }

  leasesChanged(names: Iterable<string>): void {
    for (const name of names) this.names.add(name);
    this.lane.mark();
  }

  /** Something in the kernel changed: look whether it still is what it should be. */
  verifySoon(): void {
    const now = this.deps.clock.monotonicMs();
    this.fullDueMs = Math.min(this.fullDueMs, Math.max(now + NOTICE_DELAY_MS, this.restUntil));
    this.lane.mark(this.fullDueMs - now);
  }

  /** The next run is a full pass, and it is now. */
  verifyNow(): void {
    this.fullDueMs = 0;
    this.lane.mark();
  }

  /** Peers that are reached without encapsulation; undefined before the first pass was tried. */
  direct(): ReturnType<typeof directPeers> | undefined {
    if (this.passes === 0 && this.passError === undefined) return undefined;
    return directPeers(this.state.peers.values());
  }

  /** Not by devices that are not there, and not to peers that may not know of it. */
  readonly held: WayHeld = (peer, backend, expected) =>
    (this.standing !== undefined && !this.standing.has(backend)) ||
    (expected && this.hold.held(peer, backend));

  /** Whether all that a backend needs before any peer was there after the last full pass. */
  stands(backend: Backend): boolean {
    return this.passError === undefined && this.standing?.has(backend.id) === true;
  }

  private noteMoving(name: string, result: PeerResult | undefined): void {
    const lease = this.deps.leases.get(name);
    if (result === undefined || lease === undefined) this.hold.forget(name);
    else this.hold.offered(name, offeredIds(lease));
    if (result?.state === 'used' && result.next !== undefined && this.hold.isAnnounced(result.next))
      this.moving.add(name);
    else this.moving.delete(name);
  }

  /** Peers may send to us by these backends now. */
  announced(backends: readonly string[]): void {
    if (this.hold.announced(backends)) this.verifySoon();
  }

  private passFailed(error: unknown): void {
    this.fullDueMs = 0;
    this.passError = error instanceof Error ? error.message : String(error);
    this.deps.problems.setError('kernel-pass', error);
  }

  private async run(): Promise<LaneResult> {
    const { node } = this;
    if (node === undefined) return 'clean';
    const names = [...new Set([...this.names, ...this.moving])];
    const full = names.length === 0 || this.deps.clock.monotonicMs() >= this.fullDueMs;
    this.names.clear();
    const outcomes = full ? await this.fullPass(node) : await this.incrementalPass(node, names);
    this.passes += 1;
    this.passError = undefined;
    this.deps.problems.clear('kernel-pass');
    this.report(outcomes, full);
    this.reportFailures();
    this.deps.onPass(full);
    return this.next();
  }

  /** A full pass stays due while single leases are applied before it; what failed is tried again in a full pass. */
  private next(): LaneResult {
    const now = this.deps.clock.monotonicMs();
    if (this.moving.size > 0) this.lane.mark(MOVE_MS);
    if (this.failures.size > 0) this.fullDueMs = Math.min(this.fullDueMs, now + FAILED_MS);
    this.lane.mark(Math.max(0, this.fullDueMs - now));
    return this.failures.size === 0 ? 'clean' : 'retry';
  }

  private async fullPass(node: NodePlan): Promise<readonly Outcome[]> {
    const started = this.deps.clock.monotonicMs();
    this.fullDueMs = started + VERIFY_MS;
    await this.deps.ahead(node);
    const wanted = plan(node, this.deps.leases.used(), this.held);
    const actual = await this.deps.kernel.read(this.deps.ownership(node), wanted.desired);
    const { changes, conflicts } = diff(wanted.desired, actual);
    this.countRepairs(changes);
    const outcomes = await this.deps.kernel.apply(changes);
    this.state.replace(wanted, actual.objects, outcomes);
    this.failures.clear();
    const unreachable = countUnreachable(wanted.peers.values());
    this.missed = unreachable > this.unreachable;
    this.unreachable = unreachable;
    this.hold.keep(wanted.peers);
    for (const [name, result] of wanted.peers) this.noteMoving(name, result);
    for (const conflict of conflicts) this.failures.set(conflict.key, conflictText(conflict));
    for (const reason of actual.unread ?? []) this.failures.set(reason, `not all can be read: ${reason}`);
    this.noteStanding(node, wanted, outcomes);
    this.lastFullMs = this.deps.clock.monotonicMs();
    this.restUntil = this.lastFullMs + (this.lastFullMs - started) * REST_FACTOR;
    this.deps.metrics.fullPasses.inc();
    return outcomes;
  }

  /** A backend that has come to stand is a way for peers: they are planned again, at once. */
  private noteStanding(node: NodePlan, { desired }: Plan, outcomes: readonly Outcome[]): void {
    const failed = new Set(outcomes.flatMap(({ ok, change }) => (ok ? [] : [objectKey(change.object)])));
    const isThere = (object: KernelObject): boolean => {
      const key = objectKey(object);
      const wanted = desired.get(key);
      return !failed.has(key) && !this.failures.has(key) && wanted !== undefined && isEqual(wanted, object);
    };
    const backends = node.backends.filter((backend) => backend.planNode(node.input).every(isThere));
    const standing = new Set(backends.map(({ id }) => id));
    const { standing: before } = this;
    this.standing = standing;
    if (before !== undefined && [...standing].some((id) => !before.has(id))) this.verifyNow();
  }

  private async incrementalPass(node: NodePlan, names: readonly string[]): Promise<readonly Outcome[]> {
    const leases = new Map<string, Lease | undefined>(
      names.map((name) => [name, this.deps.leases.get(name)]),
    );
    const { changes, peers } = this.state.incremental(node, leases, this.held);
    const outcomes = await this.deps.kernel.apply(changes);
    this.state.commit(peers, outcomes);
    this.missed = countUnreachable(peers.values()) > 0;
    for (const [name, result] of peers) this.noteMoving(name, result);
    this.deps.metrics.incrementalPasses.inc();
    return outcomes;
  }

  private reportFailures(): void {
    const [first] = this.failures.values();
    if (first === undefined) return this.deps.problems.clear('kernel');
    const more = this.failures.size === 1 ? '' : ` (and ${this.failures.size - 1} more)`;
    this.deps.problems.set('kernel', { code: 'OVL_KERNEL', message: `kernel: ${first}${more}` });
  }

  private countRepairs(changes: readonly Change[]): void {
    const repaired = this.state.repairs(changes);
    if (repaired === 0) return;
    this.deps.metrics.repaired.inc(repaired);
    this.deps.log.warn(`put back ${repaired} kernel objects that somebody else removed or changed`);
  }

  private report(outcomes: readonly Outcome[], full: boolean): void {
    for (const outcome of outcomes) {
      if (outcome.ok) continue;
      const { object, op } = outcome.change;
      const code = outcome.code.startsWith('OVL_') ? `${outcome.code}: ` : '';
      const what = `${op} ${object.type} ${objectText(object)}`;
      this.failures.set(objectKey(object), `${what}: ${code}${outcome.message}`);
    }
    const done = outcomes.filter(({ ok }) => ok).length;
    this.deps.metrics.changes.inc(done);
    if (done > 0) this.deps.log.info(`kernel: ${done} changes (${full ? 'full' : 'incremental'} pass)`);
  }
}

const countUnreachable = (results: Iterable<PeerResult | undefined>): number =>
  [...results].filter((result) => result?.state === 'other-backend').length;

/** An offer without an id, which is Flannel's, is the only one of its peer, and by that never held. */
const offeredIds = (lease: Lease): readonly string[] => offersOf(lease).flatMap(({ id }) => id ?? []);
