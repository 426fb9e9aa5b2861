import { isBasic } from '../parts.js';
import { unsafeReason } from '../safety.js';
import type {
  Change,
  KernelObject,
  LinkObject,
  Outcome,
  Ownership,
  RouteObject,
  SysctlObject,
} from '../model.js';
import { requestsOf, type BatchObject } from './change-codec.js';
import type { Echoes } from './echoes.js';
import { explainExistingLinks } from './existing-links.js';
import { recheckExisting } from './existing-routes.js';
import { LinkExecutor } from './link-executor.js';
import type { NetlinkSocket } from './netlink-socket.js';
import { NLM_F } from './netlink/constants.js';
import { MessageWriter } from './netlink/writer.js';
import { refusalOf, refusalOfThrown, type Refusal } from './refusal.js';
import { writeSysctl } from './sysctl.js';

/**
 * What a new link gets while it is still down. A device that is up and has no address drops what comes in, whatever rp_filter's mode, when
 * the route back is another device's (__fib_validate_source in net/ipv4/fib_frontend.c); and an ipip device takes the packets of another
 * one from the moment it is up (ip_tunnel_lookup in net/ipv4/ip_tunnel.c).
 */
const BEFORE_UP: ReadonlySet<KernelObject['type']> = new Set(['link', 'bridge-port', 'sysctl', 'address']);

/** A removal that finds nothing has nothing to do. */
const ALREADY_GONE = new Set(['ENOENT', 'ESRCH', 'ENODEV', 'EADDRNOTAVAIL']);

export interface ExecutorContext {
  readonly socket: NetlinkSocket;
  /** For dumps. */
  readonly lists: NetlinkSocket;
  readonly ownership: Ownership;
  readonly netns?: string | undefined;
  readonly echoes: Echoes;
}

/** One `apply`: writes changes in order, batched, and keeps the outcome of each. */
export class Executor {
  private readonly links: LinkExecutor;
  private readonly batch = new MessageWriter();
  private readonly refusals = new Map<number, Refusal>();
  private readonly indexes = new Map<string, number | undefined>();
  /** Position of the change each message in the batch belongs to. */
  private owners = new Map<number, number>();
  private lastMessage = { start: 0, sequence: 0 };

  constructor(private readonly context: ExecutorContext) {
    this.links = new LinkExecutor(context.socket);
  }

  async run(changes: readonly Change[]): Promise<Outcome[]> {
    for (const [position, change] of changes.entries()) {
      if (change.op === 'remove' || !BEFORE_UP.has(change.object.type)) this.bringUp(changes);
      this.step(position, change);
      if (this.batch.full) {
        this.flush();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    this.bringUp(changes);
    this.flush();
    await this.recheck(changes);
    return changes.map((change, position) => this.outcome(change, this.refusals.get(position)));
  }

  /** What was put on a link that could not be brought up is gone with it. */
  private bringUp(changes: readonly Change[]): void {
    const names = this.links.down;
    if (names.length === 0) return;
    this.flush();
    for (const name of names) {
      const refusal = this.links.bringUp(name);
      if (refusal === undefined) continue;
      this.indexes.delete(name);
      for (const [position, { object }] of changes.entries()) {
        if (object.type === 'link' && object.name === name) this.refuse(position, refusal);
        if (object.type === 'address' && object.link === name) this.refuse(position, absent(name));
      }
    }
  }

  private async recheck(changes: readonly Change[]): Promise<void> {
    const taken = new Map<number, RouteObject>();
    const twins = new Map<number, LinkObject>();
    for (const [position, { code }] of this.refusals) {
      const object = changes[position]?.object;
      if (code === 'EEXIST' && object?.type === 'route') taken.set(position, object);
      if (code === 'EEXIST' && object?.type === 'link') twins.set(position, object);
    }
    for (const [position, refusal] of await explainExistingLinks(twins, this.context.lists))
      this.refusals.set(position, refusal);
    for (const [position, refusal] of await recheckExisting(taken, this.context.lists)) {
      if (refusal) this.refusals.set(position, refusal);
      else this.refusals.delete(position);
    }
  }

  private outcome(change: Change, refusal: Refusal | undefined): Outcome {
    const gone = change.op === 'remove' && refusal !== undefined && ALREADY_GONE.has(refusal.code);
    return refusal === undefined || gone ? { change, ok: true } : { change, ok: false, ...refusal };
  }

  private step(position: number, change: Change): void {
    const reason = unsafeReason(change, this.context.ownership);
    if (reason !== undefined) return this.refuse(position, { code: 'OVL_DATAPLANE_UNSAFE', message: reason });
    const { object } = change;
    if (!isBasic(object)) return this.refuse(position, unclaimed(object));
    if (object.type === 'link') this.alone(position, () => this.link(change, object));
    else if (object.type === 'sysctl') this.alone(position, () => this.sysctl(object));
    else this.enqueue(position, change, object);
  }

  private refuse(position: number, refusal: Refusal | undefined): void {
    if (refusal) this.refusals.set(position, refusal);
  }

  /** What is not part of a batch happens after the batch so far. */
  private alone(position: number, work: () => Refusal | undefined): void {
    this.flush();
    try {
      this.refuse(position, work());
    } catch (error) {
      this.refuse(position, refusalOfThrown(error));
    }
  }

  private link(change: Change, link: LinkObject): Refusal | undefined {
    this.indexes.clear();
    return this.links.apply(change, link);
  }

  private sysctl({ key, value }: SysctlObject): Refusal | undefined {
    const now = writeSysctl(key, value, this.context.netns);
    if (now === value) return undefined;
    return { code: 'EINVAL', message: `sysctl ${key} is ${now ?? 'absent'} after ${value} was written` };
  }

  private enqueue(position: number, change: Change, object: BatchObject): void {
    const link = object.type === 'rule' ? undefined : object.link;
    const index = link === undefined ? 0 : this.indexOf(link);
    if (index === undefined) return this.refuse(position, absent(String(link)));
    this.context.echoes.expect(change, index);
    for (const { type, flags, body } of requestsOf(change, object)) {
      const sequence = this.context.socket.nextSequence();
      this.lastMessage = { start: this.batch.position, sequence };
      this.owners.set(sequence, position);
      this.batch.message({ type, flags: flags | NLM_F.REQUEST, sequence }, () => body(this.batch, index));
    }
  }

  private indexOf(name: string): number | undefined {
    if (!this.indexes.has(name)) this.indexes.set(name, this.links.find(name)?.index);
    return this.indexes.get(name);
  }

  /** Only the last message asks for an acknowledgement: every refusal comes back without asking. */
  private flush(): void {
    if (this.owners.size === 0) return;
    this.batch.addFlag(this.lastMessage.start, NLM_F.ACK);
    try {
      for (const answer of this.context.socket.transact(this.batch, this.lastMessage.sequence)) {
        const position = this.owners.get(answer.sequence);
        if (position !== undefined) this.refuse(position, refusalOf(answer));
      }
    } catch (error) {
      for (const position of this.owners.values()) this.refuse(position, refusalOfThrown(error));
    }
    this.batch.reset();
    this.owners = new Map();
  }
}

const absent = (link: string): Refusal => ({
  code: 'ENODEV',
  message: `the device ${link} does not exist`,
});

function unclaimed({ type }: KernelObject): Refusal {
  return { code: 'EOPNOTSUPP', message: `no part of this data plane programs a ${type} of that kind` };
}
