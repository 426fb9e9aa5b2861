import { createMetrics } from '../../src/http/metrics.js';
import { LeaseKeeper } from '../../src/lease/keeper.js';
import { Problems } from '../../src/loop/problems.js';
import { attributesOf, configOf, nodeId, SUBNETS } from '../model/encoding.js';
import { TTL_SECONDS, type Node } from '../model/world.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { settle, VirtualClock } from '../support/virtual-clock.js';
import { Wire, type Rpc } from './wire.js';

interface Sleeper {
  readonly signal: AbortSignal;
  readonly wake: () => void;
}

/** Time and chance are the model's; a sleep is over when the model says so, and the pause after a lost race at once. */
class ModelClock extends VirtualClock {
  now = 0;
  chance = 0;
  /** The machine never sleeps. */
  override readonly monotonicMs = (): number => this.now;
  readonly asleep: Sleeper[] = [];

  constructor() {
    super('manual');
  }

  override bootMs(): number {
    return this.now;
  }

  override random(): number {
    return this.chance;
  }

  override sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.asleep.splice(this.asleep.indexOf(sleeper), 1);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { signal, wake };
      signal.addEventListener('abort', wake, { once: true });
      this.asleep.push(sleeper);
    });
  }
}

const metrics = createMetrics();

/** The real lease keeper of one node, on the real store, with every call, sleep and draw in the replay's hand. */
export class RealNode {
  readonly clock = new ModelClock();
  readonly wire = new Wire();
  readonly keeper: LeaseKeeper;
  /** The read by which a keeper in doubt looks again, beside what else it waits for. */
  private reread: Rpc | undefined;

  constructor(private readonly id: number) {
    const log = new MemoryLogger();
    const { clock, wire } = this;
    this.keeper = new LeaseKeeper({
      ...{ store: wire.store, clock, log, metrics, problems: new Problems(log), nodeId: nodeId(id) },
      onLost: () => undefined,
      onDrainingGone: () => undefined,
    });
  }

  /** The one call that it waits for. */
  get pending(): readonly Rpc[] {
    return this.wire.waiting.filter((rpc) => rpc !== this.reread);
  }

  /** What it holds, as `heldText` says it. */
  get held(): string {
    const { state, raw, lease, deadlineMs } = this.keeper.status;
    if (state !== 'held' || raw === undefined || lease === undefined) return 'nothing';
    const { etcdLease } = this.keeper as unknown as { readonly etcdLease: string };
    const agree = raw.name === lease.name && raw.modRevision === lease.modRevision ? '' : ' (lease differs)';
    return `${raw.name} as written at ${raw.modRevision} on lease ${etcdLease} until ${deadlineMs}: ${raw.value}${agree}`;
  }

  /** As the node lane does it when there is no lease. */
  async acquire({ wide, version, previous }: Node): Promise<void> {
    const { id } = this;
    const wish = previous === undefined ? {} : { previous: SUBNETS[previous]! };
    const request = { config: configOf(wide), ttlSeconds: TTL_SECONDS, nodeId: nodeId(id), ...wish };
    void this.keeper.acquire({ ...request, attributes: attributesOf(id, version) }).catch(() => undefined);
    await settle();
  }

  async publish(version: number): Promise<void> {
    void this.keeper.republish(attributesOf(this.id, version)).catch(() => undefined);
    await settle();
  }

  /** The renewal that it sleeps for is due. */
  async renew(): Promise<void> {
    for (const sleeper of this.sleepers(false)) sleeper.wake();
    await settle();
  }

  /** Something that may make it doubt, and read its key again. */
  async doubtful(tell: () => void): Promise<void> {
    const before = new Set(this.wire.waiting);
    tell();
    await settle();
    this.reread ??= this.wire.waiting.find((rpc) => !before.has(rpc));
  }

  /** It reads its key until it knows what it wanted to. */
  async readAgain(answer: (rpc: Rpc) => void): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) {
      if (this.reread !== undefined && this.wire.waiting.includes(this.reread)) answer(this.reread);
      await settle();
      this.reread = undefined;
      const [sleeper] = this.sleepers(true);
      if (sleeper === undefined) return;
      await this.doubtful(() => sleeper.wake());
    }
  }

  /** Nobody waits for its calls any more: none is answered. */
  async forsake(): Promise<void> {
    for (let tries = 0; tries < 20 && this.wire.waiting.length > 0; tries += 1) {
      for (const rpc of [...this.wire.waiting]) rpc.lose(false);
      await settle();
    }
    this.reread = undefined;
  }

  private sleepers(ofDoubt: boolean): readonly Sleeper[] {
    const { life } = this.keeper as unknown as { readonly life: AbortController };
    return this.clock.asleep.filter(({ signal }) => (signal === life.signal) === ofDoubt);
  }
}
