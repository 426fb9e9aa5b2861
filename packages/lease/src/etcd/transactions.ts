import { CompareResult, CompareTarget } from 'etcd3';
import type { ICompare, IKeyValue, ITxnRequest, ITxnResponse } from 'etcd3';
import { rangeEnd } from './paths.js';

/** A value wanted under a key, with the etcd lease it hangs on (`"0"`: none). */
export interface Write {
  readonly key: string;
  readonly value: string;
  readonly etcdLease: string;
}

/** Every write is a transaction; when it does not hold, it reads the key, to tell why and whether an earlier try was carried out. */
function transaction(compare: ICompare[], key: string, write: Write | undefined): ITxnRequest {
  const bytes = Buffer.from(key);
  return {
    compare,
    success: [
      write
        ? { request_put: { key: bytes, value: Buffer.from(write.value), lease: write.etcdLease } }
        : { request_delete_range: { key: bytes } },
    ],
    failure: [{ request_range: { key: bytes } }],
  };
}

function modRevisionIs(key: string, revision: string): ICompare {
  return {
    target: CompareTarget.Mod,
    result: CompareResult.Equal,
    key: Buffer.from(key),
    mod_revision: revision,
  };
}

/** Puts a key that is absent while nothing under `directory` was put after `listedAt`: no overlap can slip in between. */
export function createRequest(write: Write, directory: string, listedAt: string): ITxnRequest {
  const compare: ICompare[] = [
    {
      target: CompareTarget.Create,
      result: CompareResult.Equal,
      key: Buffer.from(write.key),
      create_revision: '0',
    },
    {
      target: CompareTarget.Mod,
      result: CompareResult.Less,
      key: Buffer.from(directory),
      range_end: rangeEnd(directory),
      mod_revision: (BigInt(listedAt) + 1n).toString(),
    },
  ];
  return transaction(compare, write.key, write);
}

/** Replaces exactly the write `modRevision`; `before` guards against a restored store that reuses revisions. */
export function replaceRequest(write: Write, modRevision: string, before?: string): ITxnRequest {
  const compare = [modRevisionIs(write.key, modRevision)];
  if (before !== undefined) {
    compare.push({
      target: CompareTarget.Value,
      result: CompareResult.Equal,
      key: Buffer.from(write.key),
      value: Buffer.from(before),
    });
  }
  return transaction(compare, write.key, write);
}

/** Deletes exactly the write `modRevision`. */
export function removeRequest(key: string, modRevision: string): ITxnRequest {
  return transaction([modRevisionIs(key, modRevision)], key, undefined);
}

/** Puts a key anyhow, and deletes another one if it still is the write `modRevision`. */
export function answerRequest(
  { key, value, etcdLease }: Write,
  asked: string,
  modRevision: string,
): ITxnRequest {
  const put = { request_put: { key: Buffer.from(key), value: Buffer.from(value), lease: etcdLease } };
  return {
    compare: [modRevisionIs(asked, modRevision)],
    success: [put, { request_delete_range: { key: Buffer.from(asked) } }],
    failure: [put],
  };
}

/** What became of a transaction. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly revision: string;
  /** What the key holds instead, when the compare failed. */
  readonly found: IKeyValue | undefined;
  /** An earlier try of the same transaction may have been carried out. */
  readonly inDoubt: boolean;
}

export function outcomeOf(response: ITxnResponse, inDoubt: boolean): Outcome {
  const { succeeded, header, responses } = response;
  const found = succeeded ? undefined : responses[0]?.response_range.kvs[0];
  return { succeeded, revision: header.revision, found, inDoubt };
}

/**
 * The key as we wrote it, or undefined when the write was refused. After doubt, a key that holds exactly what we wanted is ours: the
 * earlier try was carried out. A created key has its own revision as create revision.
 */
export function written(
  outcome: Outcome,
  write: Write,
  createRevision = outcome.revision,
): IKeyValue | undefined {
  const { succeeded, revision, found, inDoubt } = outcome;
  if (!succeeded) return inDoubt && holds(found, write) ? found : undefined;
  return {
    key: Buffer.from(write.key),
    value: Buffer.from(write.value),
    create_revision: createRevision,
    mod_revision: revision,
    version: '1',
    lease: write.etcdLease,
  };
}

function holds(found: IKeyValue | undefined, write: Write): boolean {
  return found?.value.toString() === write.value && found.lease === write.etcdLease;
}
