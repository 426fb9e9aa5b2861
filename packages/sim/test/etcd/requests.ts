import type { KeyRange, KeyValue, RangeRequest, TxnRequest } from '../../src/model/kv-model.js';
import { REFUSALS } from '../../src/model/kv-model.js';

/** A request as it is sent to both etcds. */
export type Request =
  | { readonly do: 'put'; readonly key: string; readonly value: string; readonly lease: string }
  | { readonly do: 'delete'; readonly range: KeyRange }
  | { readonly do: 'range'; readonly range: RangeRequest }
  | { readonly do: 'txn'; readonly txn: TxnRequest }
  | { readonly do: 'grant'; readonly lease: string; readonly ttl: number }
  | { readonly do: 'revoke' | 'keepAlive' | 'timeToLive'; readonly lease: string }
  | { readonly do: 'compact'; readonly revision: number };

/** A key as both sides show it: who wrote it is known to the model alone. */
export type Shown = Omit<KeyValue, 'writer'>;

export interface ShownEvent {
  readonly type: 'put' | 'delete';
  readonly revision: number;
  readonly key: string;
  readonly after: Shown | undefined;
  readonly before: Shown | undefined;
}

/** A watch that is open. */
export interface Watching {
  /** All it was told, up to the revision that is the last; rejects when that does not come. */
  told(last: number): Promise<readonly ShownEvent[] | 'compacted'>;
}

/** One of two etcds that shall not be told apart. */
export interface Side {
  /** All that the answer says, as plain data; `{ refused }` for an error. */
  ask(request: Request): Promise<unknown>;
  setFull(full: boolean): Promise<void>;
  watch(range: KeyRange, revision: number, previous: boolean): Promise<Watching>;
}

/** What an answer becomes that is an error. */
export function refusedBy(error: unknown): { readonly refused: string } {
  const text = error instanceof Error ? error.message : String(error);
  const words = (said: string): string => said.replace(/^(etcdserver: )?(mvcc: )?/, '');
  const known = Object.entries(REFUSALS).find(([, [, said]]) => text.includes(words(said)));
  if (known === undefined) throw error;
  return { refused: known[0] };
}
