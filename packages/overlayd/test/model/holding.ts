import { writtenBy } from './compares.js';
import { saysSame } from './decisions.js';
import type { Defects } from './defects.js';
import { deadlineOf, isOwnNewer, isStranger, judgeEvent, judgeKey, judgeList } from './judging.js';
import {
  KEY_NAMES,
  violate,
  type Answer,
  type Happening,
  type Stored,
  type Task,
  type Txn,
  type World,
} from './world.js';

export type TaskOf<Do extends Task['do'], One = Task> = One extends Task
  ? Do extends One['do']
    ? One
    : never
  : never;

/**
 * A node that holds a lease, as renewal.ts and keeper.ts make it behave. `sent` is the tick at which the call that was answered had been
 * sent.
 */
export class Holding {
  constructor(
    protected readonly world: World,
    protected readonly id: number,
    protected readonly defects: Defects,
  ) {}

  protected get node() {
    return this.world.nodes[this.id]!;
  }

  protected wait(task: Task | undefined): void {
    this.node.task = task && { ...task, sent: this.world.tick };
  }

  protected termStart(sent: number): number {
    return this.defects.deadlineFromAnswer === true ? this.world.tick : sent;
  }

  protected renewed(answer: Answer, sent: number): void {
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

  /** mayRenew of renewal.ts: past the deadline the key is read before it is renewed. */
  protected verified({ found }: Answer): void {
    this.wait(undefined);
    const { held } = this.node;
    if (held === undefined) return;
    const verdict = this.readKey(found);
    if (verdict === 'ours' && found?.lease === held.lease) this.wait({ do: 'renew' });
    else if (verdict === 'ours') this.lost('its key hangs on another etcd lease', true);
  }

  private counted(sent: number): void {
    const { held } = this.node;
    if (held !== undefined) this.node.held = { ...held, deadlineMs: deadlineOf(sent, this.defects) };
  }

  protected seen({ renewed }: TaskOf<'see'>, { found }: Answer): void {
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
  protected lost(why: string, isTrue: boolean): void {
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

  protected published({ txn, inDoubt, again }: TaskOf<'publish'>, answer: Answer): void {
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

  protected publishLooked({ txn }: TaskOf<'publish-look'>, { found }: Answer): void {
    this.wait(undefined);
    if (txn.kind !== 'update' || found?.mod === txn.before.mod) return;
    const stored = writtenBy(this.id, txn, { succeeded: false, found }, true);
    if (stored !== undefined) this.takeOver(found!);
    else this.wait({ do: 'publish-get', txn });
  }

  /** LeaseKeeper.republishOverOwn. */
  protected publishGot({ txn }: TaskOf<'publish-get'>, { found }: Answer): void {
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
