import {
  bootMs,
  FLANNEL,
  KEYS,
  TTL_TICKS,
  type Answer,
  type Attempt,
  type Cleanup,
  type Listing,
  type Late,
  type Node,
  type Stored,
  type Task,
  type Term,
  type Txn,
  type World,
} from './world.js';

/**
 * What a world is, apart from what cannot matter any more: revisions by their order, times from now on, etcd leases by who refers to
 * them, and the nodes in any order. Two worlds with one text have the same future.
 */

/** Text, and revisions as numbers: only their order counts. */
type Tokens = (string | number)[];

class NodeText {
  readonly tokens: Tokens = [];
  private readonly leases = new Map<number, string>();

  constructor(
    private readonly world: World,
    private readonly id: number,
  ) {}

  write(): Tokens {
    const { world, id, tokens } = this;
    const node = world.nodes[id]!;
    tokens.push(`${node.wide ? 'w' : ''}${node.version}${node.previous ?? '-'}${node.doubts ? '?' : ''}`);
    this.held(node);
    this.task(node.task);
    if (node.relist !== undefined) this.listing(node.relist);
    const excused = node.excuse === undefined ? 0 : node.excuse.until - world.tick;
    if (excused > 0) tokens.push(`e${node.excuse!.key}${excused}`);
    for (const key of KEYS) {
      const stored = world.keys[key];
      if (stored?.owner === id) this.stored(`k${key}`, stored);
    }
    for (const late of world.late) if (late.node === id) this.late(late);
    return tokens;
  }

  private held({ held, watch }: Node): void {
    const { world, tokens } = this;
    if (held === undefined) return;
    this.stored(`h${held.key}`, held.stored);
    tokens.push(this.lease(held.lease), `${Math.max(0, held.deadlineMs - bootMs(world.tick))}`);
    for (const { key, revision, stored } of world.log)
      if (key === held.key && revision > watch) this.seen('v', stored);
  }

  /** A key as this node sees it; of others' keys only that they are there. */
  private seen(mark: string, stored: Stored | undefined): void {
    if (stored === undefined) this.tokens.push(`${mark}-`);
    else if (stored.owner === this.id) this.stored(mark, stored);
    else this.tokens.push(`${mark}${stored.owner === FLANNEL ? 'F' : 'x'}`);
  }

  private stored(mark: string, { version, mod, lease }: Stored): void {
    this.tokens.push(`${mark}:${version}`, mod, this.lease(lease));
  }

  private listing({ revision, keys }: Listing): void {
    this.tokens.push('l', revision);
    for (const one of keys) this.seen('', one);
  }

  private lease(id: number): string {
    const known = this.leases.get(id);
    if (known !== undefined) return known;
    const ends = this.world.leases.get(id);
    const left = ends === undefined ? 'x' : String(Math.max(0, ends - this.world.tick));
    const name = `L${this.leases.size}.${left}`;
    this.leases.set(id, name);
    return name;
  }

  private term({ lease, sent }: Term): void {
    this.tokens.push(this.lease(lease), this.since(sent));
  }

  private since(sent: number): string {
    return `s${Math.max(0, sent + TTL_TICKS + 1 - this.world.tick)}`;
  }

  private attempt({ listing, granted }: Attempt): void {
    if (listing !== undefined) this.listing(listing);
    if (granted === undefined) return;
    this.tokens.push(granted.doubtful ? 'G' : 'g');
    this.term(granted);
  }

  private txn(txn: Txn): void {
    this.tokens.push(`${txn.kind}${txn.key}`);
    if (txn.kind !== 'remove') this.tokens.push(`${txn.version}`, this.lease(txn.lease));
    if (txn.kind === 'create') this.tokens.push(txn.listedAt);
    else this.stored('b', txn.before);
  }

  private cleanup(one: Cleanup): void {
    if ('revoke' in one) return void this.tokens.push(`r${this.lease(one.revoke)}`);
    this.stored(`d${one.remove}`, one.stored);
    this.tokens.push(this.lease(one.keep));
  }

  private late(late: Late): void {
    this.tokens.push('~');
    if ('revoke' in late) this.tokens.push(this.lease(late.revoke));
    else this.txn(late.txn);
  }

  private task(task: (Task & { readonly sent?: number; readonly answer?: Answer }) | undefined): void {
    if (task === undefined) return;
    const { tokens } = this;
    tokens.push(task.do);
    if ('attempt' in task) this.attempt(task.attempt);
    if ('key' in task) tokens.push(`${task.key}`);
    if ('stored' in task) this.stored('o', task.stored);
    if ('term' in task) this.term(task.term);
    if ('txn' in task) this.txn(task.txn);
    if ('inDoubt' in task && task.inDoubt) tokens.push('!');
    if ('again' in task && task.again) tokens.push('+');
    if ('lease' in task) tokens.push(this.lease(task.lease));
    if ('renewed' in task) tokens.push(this.since(task.renewed));
    if ('got' in task) {
      this.stored(`${task.got.key}`, task.got.stored);
      this.term(task.got.term);
      const { left, spare } = task.got;
      if (left !== undefined) tokens.push(`<${this.lease(left)}`);
      if (spare !== undefined) tokens.push(`+${this.lease(spare)}`);
      for (const one of task.todo) this.cleanup(one);
    }
    // When the others were sent does not matter.
    const timed = task.do === 'grant' || task.do === 'keepAlive' || task.do === 'renew';
    if (task.sent !== undefined && this.world.split && timed) tokens.push(this.since(task.sent));
    if (task.answer !== undefined) this.answer(task.answer);
  }

  private answer({ listing, found, succeeded, revision, ttl, leaseGone }: Answer): void {
    this.tokens.push(`a${succeeded ?? ''}${ttl ?? ''}${leaseGone ?? ''}`);
    if (listing !== undefined) this.listing(listing);
    this.seen('f', found);
    if (revision === undefined) return;
    if (ttl === undefined && succeeded === undefined) this.tokens.push(this.lease(revision));
    else this.tokens.push(revision);
  }
}

export function canonical(world: World): string {
  const parts = world.nodes.map((_, id) => new NodeText(world, id).write());
  const others: Tokens = [];
  for (const key of KEYS) {
    const stored = world.keys[key];
    if (stored?.owner === FLANNEL) others.push(`F${key}`, stored.mod);
    if (world.flannel[key] === true) others.push(`f${key}`);
  }
  const { ticks, losses, late, foreign, crashes, relists, publishes } = world.budget;
  others.push([ticks, losses, late, foreign, crashes, relists, publishes].join());
  const revisions = new Set<number>();
  for (const tokens of [...parts, others])
    for (const one of tokens) if (typeof one === 'number') revisions.add(one);
  const ranks = new Map([...revisions].sort((a, b) => a - b).map((revision, rank) => [revision, rank]));
  const text = (tokens: Tokens): string =>
    tokens.map((one) => (typeof one === 'number' ? `@${ranks.get(one)!}` : one)).join(' ');
  return `${parts.map(text).sort().join('|')}#${text(others)}`;
}
