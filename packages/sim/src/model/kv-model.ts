import { OverlayError } from '@overlay/cidr';

/** Requests and answers of etcd, as far as we use them; the words are those of its protocol (etcdserverpb/rpc.proto). */
export interface KeyRange {
  readonly key: string;
  /** The first key that is not meant any more; absent for one key alone. */
  readonly end?: string;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  /** `"0"` for none. */
  readonly lease: string;
  /** Who wrote it last: not of etcd, but what invariants ask for. */
  readonly writer: string;
}

export interface KvEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** Absent when the key was deleted. */
  readonly after: KeyValue | undefined;
  readonly before: KeyValue | undefined;
}

/** All that one revision changed. */
export interface Commit {
  readonly revision: number;
  readonly events: readonly KvEvent[];
}

export interface RangeRequest extends KeyRange {
  readonly limit?: number;
  readonly revision?: number;
}

export interface RangeAnswer {
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Of the whole range, whatever the limit. */
  readonly count: number;
}

export type Compare = KeyRange & {
  readonly relation: 'Equal' | 'NotEqual' | 'Greater' | 'Less';
} & (
    | { readonly target: 'Version' | 'Create' | 'Mod'; readonly operand: number }
    | { readonly target: 'Value' | 'Lease'; readonly operand: string }
  );

export interface PutRequest {
  readonly put: { readonly key: string; readonly value: string; readonly lease: string };
}

export type Operation = PutRequest | { readonly delete: KeyRange } | { readonly range: RangeRequest };

export type OperationAnswer =
  { readonly put: true } | { readonly deleted: number } | { readonly range: RangeAnswer };

export interface TxnRequest {
  readonly compares: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TxnAnswer {
  readonly succeeded: boolean;
  readonly revision: number;
  readonly answers: readonly OperationAnswer[];
}

/** What etcd says no with, in its own words, and under the code that the store gives it. */
export const REFUSALS = {
  compacted: ['OVL_ETCD_FAILED', 'etcdserver: mvcc: required revision has been compacted'],
  future: ['OVL_ETCD_FAILED', 'etcdserver: mvcc: required revision is a future revision'],
  noSpace: ['OVL_ETCD_NOSPACE', 'etcdserver: mvcc: database space exceeded'],
  leaseGone: ['OVL_ETCD_LEASE_GONE', 'etcdserver: requested lease not found'],
  leaseExists: ['OVL_ETCD_FAILED', 'etcdserver: lease already exists'],
} as const;

export function refusal(reason: keyof typeof REFUSALS): OverlayError {
  const [code, message] = REFUSALS[reason];
  return new OverlayError(code, message);
}
