import {
  deadlineOf,
  isOwnNewer,
  isStranger,
  judgeEvent,
  judgeKey,
  judgeList,
  saysSame,
  writtenBy,
  type Choice,
} from './decisions.js';
import type { Defects } from './defects.js';
import {
  KEY_NAMES,
  KEYS,
  TTL_TICKS,
  violate,
  type Answer,
  type Attempt,
  type Cleanup,
  type Got,
  type Happening,
  type KeyIndex,
  type Listing,
  type Stored,
  type Task,
  type Term,
  type Txn,
  type World,
} from './world.js';

type TaskOf<Do extends Task['do'], One = Task> = One extends Task
  ? Do extends One['do']
    ? One
    : never
  : never;

/**
 * One node as acquire.ts, renewal.ts and keeper.ts make it behave: what it does with an answer, with an error, with an event.
 * `sent` is the tick at which the call that was answered had been sent.
 */
export class NodeSteps {
  constructor(
    private readonly world: World,
    private readonly id: number,
    private readonly defects: Defects,
  ) {}

  private get node() {
    return this.world.nodes[this.id]!;
  }

  private wait(task: Task | undefined): void {
    this.node.task = task && { ...task, sent: this.world.tick };
  }

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

  // Acquiring

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

  private termStart(sent: number): number {
    return this.defects.deadlineFromAnswer === true ? this.world.tick : sent;
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

  // Holding

  private renewed(answer: Answer, sent: number): void {
    this.wait(undefined);
    const { held } = this.node;
    if (held === undefined) return;
    if (answer.ttl === 0)
      return this.lost('etcd does not know its lease', !this.world.leases.has(held.lease));
    if (this.defects.renewalOverwrites === true) {
      const lease = answer.revision!;
      this.node.held = { ...held, stored: answer.found!, lease, deadlineMs: deadlineOf(sent, this.defects) };
      return;
    }
    if (this.defects.renewalUnseen === true) return this.counted(this.termStart(sent));
    this.wait({ do: 'see', renewed: this.termStart(sent) });
  }

  private counted(sent: number): void {
    const { held } = this.node;
    if (held !== undefined) this.node.held = { ...held, deadlineMs: deadlineOf(sent, this.defects) };
  }

  private seen({ renewed }: TaskOf<'see'>, { found }: Answer): void {
    this.wait(undefined);
    const { held } = this.node;
    if (held === undefined) return;
    const verdict = this.readKey(found);
    if (verdict === 'ours' && found?.lease === held.lease) this.counted(renewed);
    else if (verdict === 'ours') this.lost('its key hangs on another etcd lease', true);
  }

  /** Judges the key as just read. */
  private readKey(found: Stored | undefined): string {
    const { held } = this.node;
    const verdict = judgeKey(this.id, held!, found, this.defects);
    if (verdict === 'ours' && found !== undefined) this.node.held = { ...held!, stored: found };
    this.judged(verdict, found, found?.owner !== this.id);
    return verdict;
  }

  /** The watch delivers one event on the own key. */
  deliver(event: Happening): void {
    const { held } = this.node;
    this.node.watch = event.revision;
    const { stored } = event;
    if (stored !== undefined && isOwnNewer(this.id, held!, stored)) this.node.held = { ...held!, stored };
    const verdict = judgeEvent(this.id, held!, event, this.defects);
    this.judged(verdict, stored, stored?.owner !== this.id && event.revision > held!.stored.mod);
  }

  /** The watch delivers a complete list that it asked for earlier. */
  deliverList(): void {
    const { held, relist } = this.node;
    this.node.relist = undefined;
    if (held === undefined || relist === undefined) return;
    const stored = relist.keys[held.key];
    if (stored !== undefined && isOwnNewer(this.id, held, stored)) this.node.held = { ...held, stored };
    const verdict = judgeList(this.id, held, relist, this.defects);
    if (verdict === 'older') this.node.doubts = true;
    else this.judged(verdict, stored, stored?.owner !== this.id && relist.revision >= held.stored.mod);
  }

  readAgain(): void {
    const { held } = this.node;
    this.node.doubts = false;
    if (held !== undefined) this.readKey(this.world.keys[held.key]);
  }

  private judged(verdict: string, stored: Stored | undefined, isTrue: boolean): void {
    if (verdict === 'gone' || verdict === 'taken') return this.lost(`its key is ${verdict}`, isTrue);
    if (isTrue && isStranger(stored))
      violate(
        this.world,
        'B03',
        `node ${this.id} was told that a Flannel host has its key, and claims it still`,
      );
  }

  /** `isTrue`: etcd has said so. A lease may be given up for nothing else (I4). */
  private lost(why: string, isTrue: boolean): void {
    const { held } = this.node;
    if (held === undefined) return;
    if (!isTrue)
      violate(
        this.world,
        'I4',
        `node ${this.id} gave up ${KEY_NAMES[held.key]} because ${why}, which etcd never said`,
      );
    this.node.held = undefined;
    this.node.doubts = false;
    this.wait(undefined);
  }

  // New attributes

  publish(): void {
    const { held } = this.node;
    this.node.version = 1 - this.node.version;
    this.sendPublish(held!.stored, false);
  }

  private sendPublish(before: Stored, again: boolean): void {
    const { held, version } = this.node;
    const txn: Txn = { kind: 'update', key: held!.key, version, lease: held!.lease, before };
    this.wait({ do: 'publish', txn, inDoubt: false, again });
  }

  private published({ txn, inDoubt, again }: TaskOf<'publish'>, answer: Answer): void {
    this.wait(undefined);
    if (answer.leaseGone === true) return this.lost('etcd does not know its lease', true);
    const stored = writtenBy(this.id, txn, answer, inDoubt);
    if (stored !== undefined) return this.takeOver(stored);
    if (again) return this.lost('its key was rewritten', true);
    this.wait({ do: 'publish-get', txn });
  }

  private takeOver(stored: Stored): void {
    const { held } = this.node;
    if (held !== undefined) this.node.held = { ...held, stored };
  }

  private publishLooked({ txn }: TaskOf<'publish-look'>, { found }: Answer): void {
    this.wait(undefined);
    if (txn.kind !== 'update' || found?.mod === txn.before.mod) return;
    const stored = writtenBy(this.id, txn, { succeeded: false, found }, true);
    if (stored !== undefined) this.takeOver(found!);
    else this.wait({ do: 'publish-get', txn });
  }

  /** LeaseKeeper.republishOverOwn. */
  private publishGot({ txn }: TaskOf<'publish-get'>, { found }: Answer): void {
    this.wait(undefined);
    const { held } = this.node;
    if (held === undefined) return;
    const verdict = judgeKey(this.id, held, found, this.defects);
    if (verdict !== 'ours' || found === undefined)
      return this.lost(`its key is ${verdict}`, found?.owner !== this.id);
    this.takeOver(found);
    if (txn.kind === 'update' && !saysSame(this.id, this.node, found, found.lease))
      this.sendPublish(found, true);
  }

  /** The process dies and starts again: it knows its identity and the subnet of its last run. */
  crash(): void {
    const { node } = this;
    node.held = undefined;
    node.task = undefined;
    node.relist = undefined;
    node.doubts = false;
  }
}
