import {
  Etcd3,
  type IEvent,
  type IKeyValue,
  type IRangeResponse,
  type IRequestOp,
  type IResponseOp,
} from 'etcd3';
import type { ICompare, IOptions, ILeaseKeepAliveResponse, IWatchResponse } from 'etcd3';
import type { Compare, KeyRange, Operation } from '../../src/model/kv-model.js';
import {
  refusedBy,
  type Request,
  type Shown,
  type ShownEvent,
  type Side,
  type Watching,
} from './requests.js';

const bytes = ({ key, end }: KeyRange) => ({
  key: Buffer.from(key),
  ...(end !== undefined && { range_end: Buffer.from(end) }),
});

const shown = (kv: IKeyValue): Shown => ({
  key: kv.key.toString(),
  value: kv.value.toString(),
  createRevision: Number(kv.create_revision),
  modRevision: Number(kv.mod_revision),
  version: Number(kv.version),
  lease: kv.lease,
});

const rangeShown = ({ kvs, more, count }: IRangeResponse): unknown => ({
  kvs: kvs.map(shown),
  more,
  count: Number(count),
});

const FIELDS = {
  Version: 'version',
  Create: 'create_revision',
  Mod: 'mod_revision',
  Lease: 'lease',
} as const;

function compareOf({ key, end, target, relation, operand }: Compare): ICompare {
  const base = { ...bytes({ key, ...(end !== undefined && { end }) }), target, result: relation };
  return target === 'Value'
    ? { ...base, value: Buffer.from(operand) }
    : { ...base, [FIELDS[target]]: String(operand) };
}

function operationOf(operation: Operation): IRequestOp {
  if ('put' in operation) {
    const { key, value, lease } = operation.put;
    return { request_put: { key: Buffer.from(key), value: Buffer.from(value), lease } };
  }
  if ('delete' in operation) return { request_delete_range: bytes(operation.delete) };
  const { limit = 0, ...range } = operation.range;
  return { request_range: { ...bytes(range), limit } };
}

/** Of the kinds of answer one is there; which one, the request says. */
function answerShown(operation: Operation, answer: IResponseOp): unknown {
  if ('put' in operation) return 'put';
  if ('delete' in operation) return Number(answer.response_delete_range.deleted);
  return rangeShown(answer.response_range);
}

function eventShown({ type, kv, prev_kv }: IEvent): ShownEvent {
  // The declaration says that it is always there.
  const before = prev_kv as IKeyValue | null;
  const isPut = type.toUpperCase() === 'PUT';
  return {
    ...{ type: isPut ? 'put' : 'delete', key: kv.key.toString(), revision: Number(kv.mod_revision) },
    ...{ after: isPut ? shown(kv) : undefined, before: before ? shown(before) : undefined },
  };
}

/** Refusals are answers here: none is tried again, and no number of them opens a circuit breaker. */
const ONCE = {
  execute: (run: (context: object) => unknown) => new Promise((resolve) => resolve(run({}))),
} as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** A real etcd through the plain client. */
export class RealSide implements Side {
  private readonly client: Etcd3;
  private memberId = '0';

  constructor(url: string) {
    this.client = new Etcd3({ hosts: url, faultHandling: { global: ONCE, host: () => ONCE } });
  }

  /** Makes everything so far history that is gone; returns the revision. */
  async begin(): Promise<number> {
    const { header } = await this.client.kv.put({ key: Buffer.from('begin'), value: Buffer.from('') });
    this.memberId = header.member_id;
    await this.client.kv.compact({ revision: header.revision, physical: true });
    return Number(header.revision);
  }

  close(): void {
    this.client.close();
  }

  ask(request: Request): Promise<unknown> {
    return this.answer(request).catch(refusedBy);
  }

  async setFull(full: boolean): Promise<void> {
    const action = full ? 'Activate' : 'Deactivate';
    await this.client.maintenance.alarm({ action, memberID: this.memberId, alarm: 'Nospace' });
  }

  async watch(range: KeyRange, revision: number, previous: boolean): Promise<Watching> {
    const stream = await this.client.watchClient.watch();
    const events: ShownEvent[] = [];
    let compacted = false;
    let heard: () => void = () => undefined;
    const begun = new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', (response: IWatchResponse) => {
        if (response.canceled && response.compact_revision === '0') reject(new Error(response.cancel_reason));
        compacted ||= response.canceled;
        events.push(...response.events.map(eventShown));
        resolve();
        heard();
      });
    });
    const request = { ...bytes(range), start_revision: String(revision), prev_kv: previous };
    stream.write({ create_request: request });
    await begun;
    const told = async (last: number): Promise<readonly ShownEvent[] | 'compacted'> => {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`revision ${last} is not told`)), 5000);
        heard = () => {
          if (!compacted && (events.at(-1)?.revision ?? 0) < last) return;
          clearTimeout(timer);
          resolve();
        };
        heard();
      });
      stream.cancel();
      return compacted ? 'compacted' : events;
    };
    return { told };
  }

  private async answer(request: Request): Promise<unknown> {
    const { kv } = this.client;
    switch (request.do) {
      case 'put': {
        const { key, value, lease } = request;
        const put = { key: Buffer.from(key), value: Buffer.from(value), lease };
        return Number((await kv.put(put)).header.revision);
      }
      case 'delete': {
        const { deleted, header } = await kv.deleteRange(bytes(request.range));
        return [Number(deleted), Number(header.revision)];
      }
      case 'range': {
        const { limit = 0, revision = 0, ...range } = request.range;
        const answer = await kv.range({ ...bytes(range), limit, revision: String(revision) });
        return [rangeShown(answer), Number(answer.header.revision)];
      }
      case 'txn':
        return this.txn(request.txn);
      case 'compact':
        await kv.compact({ revision: String(request.revision), physical: true });
        return undefined;
      default:
        return this.lease(request);
    }
  }

  private async txn({
    compares,
    success,
    failure,
  }: Extract<Request, { do: 'txn' }>['txn']): Promise<unknown> {
    const { succeeded, header, responses } = await this.client.kv.txn({
      compare: compares.map(compareOf),
      success: success.map(operationOf),
      failure: failure.map(operationOf),
    });
    const operations = succeeded ? success : failure;
    const answers = operations.map((operation, index) => answerShown(operation, responses[index]!));
    return [succeeded, Number(header.revision), answers];
  }

  private async lease(
    request: Extract<Request, { do: 'grant' | 'revoke' | 'keepAlive' | 'timeToLive' }>,
  ): Promise<unknown> {
    const { leaseClient } = this.client;
    const { lease: ID } = request;
    switch (request.do) {
      case 'grant':
        return Number((await leaseClient.leaseGrant({ ID, TTL: request.ttl })).TTL);
      case 'revoke':
        await leaseClient.leaseRevoke({ ID });
        return undefined;
      case 'keepAlive':
        return this.keepAlive(ID);
      case 'timeToLive': {
        const { TTL, grantedTTL, keys } = await leaseClient.leaseTimeToLive({ ID, keys: true });
        const names = keys.map((key) => key.toString()).sort();
        return { isKnown: Number(TTL) >= 0, grantedTtl: Number(grantedTTL), keys: names };
      }
    }
  }

  private async keepAlive(ID: string): Promise<number> {
    const stream = await this.client.leaseClient.leaseKeepAlive();
    const answer = await new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
      stream.on('data', resolve);
      stream.on('error', reject);
      stream.write({ ID });
    });
    stream.on('error', () => undefined);
    stream.cancel();
    return Number(answer.TTL);
  }
}
