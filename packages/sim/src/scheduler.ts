interface Entry {
  readonly dueMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

const before = (a: Entry, b: Entry): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** Steps of a millisecond: exact in binary, so that no sum of times is rounded, and a delay that is not 0 moves the time on. */
const STEPS = 1024;
const rounded = (ms: number): number => Math.ceil(Math.max(0, ms) * STEPS) / STEPS;

/** So many events, then Node's own loop has a turn: it reports unhandled rejections there. */
const TURN = 256;

/** Everything that waits only for promises goes on: a tick comes after all of them. */
const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Virtual time: one queue of events, run one after the other, each to the end of all that follows from it without waiting. */
export class Scheduler {
  nowMs = 0;
  /** Time that was leapt over: the whole world stood still, as machines that are suspended together. */
  leaptMs = 0;
  events = 0;
  /** Events since the time last moved on. */
  atOnce = 0;
  private order = 0;
  private readonly heap: Entry[] = [];
  private halted = false;

  /** Returns what cancels it. */
  at(delayMs: number, run: () => void): () => void {
    this.order += 1;
    const entry: Entry = { dueMs: this.nowMs + rounded(delayMs), order: this.order, run };
    this.push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  leap(ms: number): void {
    this.leaptMs += ms;
  }

  /** Nothing is run any more. */
  halt(): void {
    this.halted = true;
  }

  /** Runs all events of the next `ms`; `after` is called after each. */
  async runFor(ms: number, after: () => void): Promise<void> {
    const endMs = this.nowMs + ms;
    await drained();
    for (let next = this.heap[0]; next !== undefined && next.dueMs <= endMs; next = this.heap[0]) {
      if (this.halted) return;
      this.pop();
      if (next.run === undefined) continue;
      this.atOnce = next.dueMs === this.nowMs ? this.atOnce + 1 : 0;
      this.nowMs = next.dueMs;
      this.events += 1;
      next.run();
      await drained();
      after();
      if (this.events % TURN === 0) await turn();
    }
    this.nowMs = endMs;
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let place = heap.length;
    heap.push(entry);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const child = this.smallerChild(place);
      const below = heap[child];
      if (below === undefined || !before(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
  }

  private smallerChild(place: number): number {
    const left = 2 * place + 1;
    const [a, b] = [this.heap[left], this.heap[left + 1]];
    return a !== undefined && b !== undefined && before(b, a) ? left + 1 : left;
  }
}
