/** A priority queue of distinct items: the first in order comes out first. Adding and taking cost log n. */
export class WorkQueue<T> {
  private readonly heap: T[] = [];
  private readonly members = new Set<T>();

  constructor(private readonly compare: (a: T, b: T) => number) {}

  /** Does nothing when the item is already queued. */
  add(item: T): void {
    if (this.members.has(item)) return;
    this.members.add(item);
    this.rise(this.heap.push(item) - 1, item);
  }

  /** The item will not come out. */
  delete(item: T): void {
    this.members.delete(item);
  }

  take(): T | undefined {
    for (;;) {
      const first = this.heap[0];
      const last = this.heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (this.heap.length > 0) this.sink(last);
      if (this.members.delete(first)) return first;
    }
  }

  private rise(from: number, item: T): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.heap[up];
      if (parent === undefined || this.compare(parent, item) <= 0) break;
      this.heap[at] = parent;
      at = up;
    }
    this.heap[at] = item;
  }

  private sink(item: T): void {
    let at = 0;
    for (;;) {
      const [left, right] = [this.heap[2 * at + 1], this.heap[2 * at + 2]];
      const rightFirst = left !== undefined && right !== undefined && this.compare(right, left) < 0;
      const child = rightFirst ? right : left;
      if (child === undefined || this.compare(item, child) <= 0) break;
      this.heap[at] = child;
      at = 2 * at + (rightFirst ? 2 : 1);
    }
    this.heap[at] = item;
  }
}
