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

  private acquired({ listing }: Attempt, got: Got): void {
    const todo: Cleanup[] = [];
    const before = listing!.keys[got.key];
    for (const key of KEYS) {
      const stored = listing!.keys[key];
      if (key !== got.key && stored?.owner === this.id)
        todo.push({ remove: key, stored, keep: got.term.lease });
    }
    if (before !== undefined && before.lease !== got.term.lease) todo.push({ revoke: before.lease });
    this.cleanUp(got, todo);
  }

  private cleanUp(got: Got, todo: readonly Cleanup[]): void {
    if (todo.length === 0) this.adopt(got);
    else this.wait({ do: 'cleanup', got, todo });
  }

  private cleaned({ got, todo }: TaskOf<'cleanup'>, { succeeded }: Answer): void {
    const [first, ...rest] = todo;
    const orphan =
      first !== undefined && 'remove' in first && succeeded === true && first.stored.lease !== first.keep;
    this.cleanUp(got, orphan ? [{ revoke: first.stored.lease }, ...rest] : rest);
  }

  private cleanupFailed({ got, todo: [first, ...rest] }: TaskOf<'cleanup'>): void {
    if (first !== undefined && 'revoke' in first) this.cleanUp(got, rest);
    else this.wait(undefined);
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
