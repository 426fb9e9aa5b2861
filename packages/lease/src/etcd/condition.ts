import type { Warning } from '../model.js';
import type { StoreCondition } from '../store.js';

/** What is wrong with a store although it works, by where it comes from, and until when its certificates last. */
export class Condition {
  private readonly standing = new Map<string, Warning>();
  private readonly listeners = new Set<(condition: StoreCondition) => void>();
  private certificateEndMs: number | undefined;

  /** Sets the warning of a source, or takes it back. */
  settle(source: string, warning: Warning | undefined): void {
    if (this.standing.get(source)?.message === warning?.message) return;
    if (warning === undefined) this.standing.delete(source);
    else this.standing.set(source, warning);
    this.tell();
  }

  /** `ms` of the wall clock; undefined without certificates. */
  certificatesEnd(ms: number | undefined): void {
    if (this.certificateEndMs === ms) return;
    this.certificateEndMs = ms;
    this.tell();
  }

  /** Tells how it is soon, and whenever that changes, until what it returns is called. */
  subscribe(listener: (condition: StoreCondition) => void): () => void {
    this.listeners.add(listener);
    queueMicrotask(() => {
      if (this.listeners.has(listener)) listener(this.current());
    });
    return () => void this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener(this.current());
  }

  private current(): StoreCondition {
    const { certificateEndMs } = this;
    const warnings = [...this.standing.values()];
    return { warnings, ...(certificateEndMs !== undefined && { certificateEndMs }) };
  }
}
