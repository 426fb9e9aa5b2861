import { writtenBy } from './compares.js';
import { saysSame, type Choice } from './decisions.js';
import { Holding, type TaskOf } from './holding.js';
import { deadlineOf, judgeEvent } from './judging.js';
import {
  KEYS,
  TTL_TICKS,
  violate,
  type Answer,
  type Attempt,
  type Cleanup,
  type Got,
  type KeyIndex,
  type Listing,
  type Stored,
  type Task,
  type Term,
  type Txn,
} from './world.js';

/** The etcd leases of keys that were removed so far. */
const orphansIn = ({ left, spare }: Got, todo: readonly Cleanup[]): number[] =>
  todo.flatMap((one) => ('revoke' in one && one.revoke !== left && one.revoke !== spare ? [one.revoke] : []));

/** revokeUnused, then Attempt.abandon: an etcd lease goes when no key of ours can be on it any more. */
function lastRevokes({ left, spare }: Got, orphans: readonly number[]): readonly Cleanup[] {
  const ids = [...orphans, ...(left === undefined ? [] : [left])];
  return [...new Set(ids), ...(spare === undefined ? [] : [spare])].map((revoke) => ({ revoke }));
}

/** One node as acquire.ts makes it behave: what it does with an answer, with an error. Its leases it holds as `Holding` does. */
export class NodeSteps extends Holding {
  /** `choice`: which of the decisions that chance allows, after a list. */
  answered(task: Task, answer: Answer, sent: number, choice: Choice | undefined): void {
    switch (task.do) {
      case 'list':
        return this.decided(task.attempt, answer.listing!, choice!);
      case 'keepAlive':
        return this.alive(task, answer, sent);
      case 'confirm':
        return this.confirmed(task, answer);
      case 'grant':
        return this.granted(task, answer, sent);
      case 'write':
        return this.wrote(task, answer);
      case 'look':
        return this.looked(task, answer);
      case 'get':
        return this.got(task, answer);
      case 'cleanup':
        return this.cleaned(task, answer);
      case 'abandon':
        return this.wait(undefined);
      case 'verify':
        return this.verified(answer);
      case 'renew':
        return this.renewed(answer, sent);
      case 'see':
        return this.seen(task, answer);
      case 'publish':
        return this.published(task, answer);
      case 'publish-look':
        return this.publishLooked(task, answer);
      case 'publish-get':
        return this.publishGot(task, answer);
    }
  }

  /** A call failed and nobody knows whether it was carried out. `again`: the store sends a write once more before it looks. */
  failed(task: Task, again: boolean): void {
    switch (task.do) {
      case 'list':
      case 'keepAlive':
      case 'confirm':
      case 'grant':
        return this.giveUp(task.attempt);
      case 'write': {
        const { attempt, txn, term } = task;
        return this.wait(again ? { ...task, inDoubt: true } : { do: 'look', attempt, txn, term });
      }
      case 'look':
        return this.doubt(task);
      case 'cleanup':
        return this.cleanupFailed(task);
      case 'verify':
      case 'renew':
      case 'see':
        this.wait(undefined);
        if (this.defects.failureIsLoss === true) this.lost('a renewal failed', false);
        return;
      case 'publish':
        if (again) return this.wait({ ...task, inDoubt: true });
        return this.wait({ do: 'publish-look', txn: task.txn });
      default:
        return this.wait(undefined);
    }
  }

  private decided(attempt: Attempt, listing: Listing, choice: Choice): void {
    const next = { ...attempt, listing };
    if (choice.kind === 'none') return this.giveUp(next);
    const stored = listing.keys[choice.key];
    if (choice.kind === 'create') return this.grant(next, choice.key, undefined);
    return this.wait({ do: 'keepAlive', attempt: next, key: choice.key, stored: stored! });
  }

  private grant(attempt: Attempt, key: KeyIndex, stored: Stored | undefined): void {
    const { granted } = attempt;
    if (granted !== undefined) return this.write(attempt, key, stored, granted);
    this.wait({ do: 'grant', attempt, key, ...(stored && { stored }) });
  }

  private granted({ attempt, key, stored }: TaskOf<'grant'>, { revision }: Answer, sent: number): void {
    const granted = { lease: revision!, sent: this.termStart(sent), doubtful: false };
    this.write({ ...attempt, granted }, key, stored, granted);
  }

  private alive({ attempt, key, stored }: TaskOf<'keepAlive'>, { ttl }: Answer, sent: number): void {
    if (ttl !== TTL_TICKS) return this.grant(attempt, key, stored);
    const term = { lease: stored.lease, sent: this.termStart(sent) };
    if (!saysSame(this.id, this.node, stored, term.lease)) return this.write(attempt, key, stored, term);
    if (this.defects.reuseUnseen === true) return this.acquired(attempt, { key, stored, term });
    this.wait({ do: 'confirm', attempt, key, stored, term });
  }

  private confirmed({ attempt, key, stored, term }: TaskOf<'confirm'>, { found }: Answer): void {
    if (found?.mod === stored.mod) return this.acquired(attempt, { key, stored, term });
    this.wait({ do: 'list', attempt });
  }

  private write(attempt: Attempt, key: KeyIndex, before: Stored | undefined, term: Term): void {
    const common = { key, version: this.node.version, lease: term.lease };
    const txn: Txn =
      before === undefined
        ? { ...common, kind: 'create', listedAt: attempt.listing!.revision }
        : { ...common, kind: 'update', before };
    this.wait({ do: 'write', attempt, txn, term, inDoubt: false });
  }

  private wrote({ attempt, txn, term, inDoubt }: TaskOf<'write'>, answer: Answer): void {
    if (answer.leaseGone === true) return this.giveUp(attempt);
    const stored = writtenBy(this.id, txn, answer, inDoubt);
    if (stored === undefined) return this.wait({ do: 'list', attempt });
    this.acquired(attempt, { key: txn.key, stored, term });
  }

  /** EtcdStore.transact after an unknown outcome. */
  private looked({ attempt, txn, term }: TaskOf<'look'>, { found }: Answer): void {
    const expected = txn.kind === 'create' ? 0 : txn.before.mod;
    if ((found?.mod ?? 0) === expected) return this.doubt({ attempt, txn, term });
    const stored = writtenBy(this.id, txn, { succeeded: false, found }, true);
    if (stored === undefined) return this.wait({ do: 'list', attempt });
    this.acquired(attempt, { key: txn.key, stored: found!, term });
  }

  /** Attempt.settled: an etcd lease that a write which may still arrive names is not ours to revoke any more. */
  private doubt({ attempt, txn, term }: Pick<TaskOf<'get'>, 'attempt' | 'txn' | 'term'>): void {
    const { granted } = attempt;
    const doubtful = granted && { granted: { ...granted, doubtful: true } };
    this.wait({ do: 'get', attempt: { ...attempt, ...doubtful }, txn, term });
  }

  /** Attempt.settled: the last look before the attempt is given up. */
  private got({ attempt, txn, term }: TaskOf<'get'>, { found }: Answer): void {
    const ours = found?.lease === term.lease && saysSame(this.id, this.node, found, term.lease);
    if (ours) return this.acquired(attempt, { key: txn.key, stored: found, term });
    this.giveUp(attempt);
  }

  private acquired({ listing, granted }: Attempt, got: Got): void {
    const { key, term } = got;
    const before = listing!.keys[key];
    const left = before !== undefined && before.lease !== term.lease ? before.lease : undefined;
    const isSpare = granted !== undefined && !granted.doubtful && granted.lease !== term.lease;
    const next: Got = {
      ...got,
      ...(left !== undefined && { left }),
      ...(isSpare && { spare: granted.lease }),
    };
    const todo = KEYS.flatMap((other): Cleanup[] => {
      const stored = listing!.keys[other];
      const mine = other !== key && stored?.owner === this.id;
      return mine ? [{ remove: other, stored, keep: term.lease }] : [];
    });
    this.cleanUp(next, [...todo, ...lastRevokes(next, [])]);
  }

  private cleanUp(got: Got, todo: readonly Cleanup[]): void {
    if (todo.length === 0) this.adopt(got);
    else this.wait({ do: 'cleanup', got, todo });
  }

  private cleaned({ got, todo }: TaskOf<'cleanup'>, { succeeded }: Answer): void {
    const [first, ...rest] = todo;
    if (first === undefined || 'revoke' in first) return this.cleanUp(got, rest);
    const removes = rest.filter((one) => 'remove' in one);
    const orphans = orphansIn(got, rest);
    if (succeeded === true && first.stored.lease !== first.keep) orphans.push(first.stored.lease);
    this.cleanUp(got, [...removes, ...lastRevokes(got, orphans)]);
  }

  private cleanupFailed({ got, todo: [first, ...rest] }: TaskOf<'cleanup'>): void {
    if (first !== undefined && 'revoke' in first) return this.cleanUp(got, rest);
    const { spare } = got;
    this.wait(spare === undefined ? undefined : { do: 'abandon', lease: spare });
  }

  private giveUp({ granted }: Attempt): void {
    const revokes = granted !== undefined && (!granted.doubtful || this.defects.revokesInDoubt === true);
    this.wait(revokes ? { do: 'abandon', lease: granted.lease } : undefined);
  }

  /** LeaseKeeper.adopt, and what it then makes of the events that came meanwhile. */
  private adopt({ key, stored, term }: Got): void {
    this.wait(undefined);
    const { node, world } = this;
    const held = { key, stored, lease: term.lease, deadlineMs: deadlineOf(term.sent, this.defects) };
    node.held = held;
    node.previous = key;
    const old = world.log.filter(
      (one) => one.key === key && one.revision > node.watch && one.revision <= stored.mod,
    );
    node.watch = stored.mod;
    for (const one of old) {
      const verdict = judgeEvent(this.id, held, one, this.defects);
      if (verdict !== 'ours')
        violate(world, 'I4', `node ${this.id} took an event from before its own write for a loss`);
    }
  }
}
