import type { Lease, LeaseStore, RawLease } from '@overlay/lease';
import type { Clock } from '../host/clock.js';

export interface ReadAgainDeps {
  readonly store: Pick<LeaseStore, 'get'>;
  readonly clock: Pick<Clock, 'sleep' | 'random'>;
  /** Whose key is in doubt; undefined when there is nothing to find out. */
  readonly current: () => Lease | undefined;
  /** An acquisition runs: it writes the key, and what was read before does not count. */
  readonly busy: () => boolean;
  /** The key as it is now: nothing of ours was written since it was asked for. */
  readonly onRead: (lease: Lease, raw: RawLease | undefined) => void;
}

const FIRST_MS = 500;
const LAST_MS = 30_000;

/** Reads the own key until an answer counts; asked again meanwhile it goes on with what it does. */
export class ReadAgain {
  private reading = false;

  constructor(private readonly deps: ReadAgainDeps) {}

  async start(signal: AbortSignal): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    const { clock } = this.deps;
    try {
      for (let waitMs = FIRST_MS; !(await this.once()); waitMs = Math.min(waitMs * 2, LAST_MS))
        await clock.sleep(waitMs * (1 - clock.random() / 2), signal);
    } finally {
      this.reading = false;
    }
  }

  /** True when there is nothing left to find out. */
  private async once(): Promise<boolean> {
    const { store, current, busy, onRead } = this.deps;
    const before = current();
    if (before === undefined) return true;
    const read = await store.get(before.name).then(
      (raw) => ({ raw }),
      () => undefined,
    );
    const after = current();
    if (after === undefined) return true;
    // A write of ours came between: what was read may be from before it.
    if (read === undefined || after !== before || busy()) return false;
    onRead(before, read.raw);
    return true;
  }
}
