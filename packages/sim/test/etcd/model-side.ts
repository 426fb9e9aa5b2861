import { ModelEtcd } from '../../src/model/etcd.js';
import type { KeyRange, KeyValue, OperationAnswer, RangeAnswer } from '../../src/model/kv-model.js';
import { Scheduler } from '../../src/scheduler.js';
import {
  refusedBy,
  type Request,
  type Shown,
  type ShownEvent,
  type Side,
  type Watching,
} from './requests.js';

const shown = ({ writer: _, ...kv }: KeyValue): Shown => kv;
const rangeShown = ({ kvs, more, count }: RangeAnswer): unknown => ({ kvs: kvs.map(shown), more, count });

function answerShown(answer: OperationAnswer): unknown {
  if ('range' in answer) return rangeShown(answer.range);
  return 'put' in answer ? 'put' : answer.deleted;
}

/** The model, with the methods of a real etcd. */
export class ModelSide implements Side {
  readonly scheduler = new Scheduler();
  readonly etcd: ModelEtcd;

  /** Everything up to that revision is compacted. */
  constructor(revision: number) {
    const nothing = (): void => undefined;
    this.etcd = new ModelEtcd(this.scheduler, { written: nothing, expired: nothing }, revision, revision);
  }

  ask(request: Request): Promise<unknown> {
    return Promise.resolve()
      .then(() => this.answer(request))
      .catch(refusedBy);
  }

  setFull(full: boolean): Promise<void> {
    this.etcd.full = full;
    return Promise.resolve();
  }

  watch(range: KeyRange, revision: number, previous: boolean): Promise<Watching> {
    const { etcd } = this;
    const events: ShownEvent[] = [];
    const isIn = (key: string): boolean =>
      range.end === undefined ? key === range.key : key >= range.key && key < range.end;
    const take = (commit: Parameters<Parameters<ModelEtcd['onCommit']>[0]>[0]): void => {
      if (commit.revision < revision) return;
      for (const event of commit.events.filter(({ key }) => isIn(key))) {
        const { type, key, after } = event;
        // Of the value before nothing is told if its revision was compacted.
        const before = previous && commit.revision > etcd.kv.compacted ? event.before : undefined;
        events.push({
          ...{ type, key, revision: commit.revision },
          ...{ after: after && shown(after), before: before && shown(before) },
        });
      }
    };
    try {
      etcd.kv.since(revision).forEach(take);
    } catch (error) {
      refusedBy(error);
      return Promise.resolve({ told: () => Promise.resolve('compacted' as const) });
    }
    const stop = etcd.onCommit(take);
    const told = (): Promise<readonly ShownEvent[]> => {
      stop();
      return Promise.resolve(events);
    };
    return Promise.resolve({ told });
  }

  private answer(request: Request): unknown {
    const { etcd } = this;
    switch (request.do) {
      case 'put': {
        const { key, value, lease } = request;
        return etcd.txn({ compares: [], success: [{ put: { key, value, lease } }], failure: [] }, '')
          .revision;
      }
      case 'delete': {
        const txn = { compares: [], success: [{ delete: request.range }], failure: [] };
        const { answers, revision } = etcd.txn(txn, '');
        return [answers.map(answerShown)[0], revision];
      }
      case 'range':
        return [rangeShown(etcd.kv.range(request.range)), etcd.revision];
      case 'txn': {
        const { succeeded, revision, answers } = etcd.txn(request.txn, '');
        return [succeeded, revision, answers.map(answerShown)];
      }
      case 'compact':
        etcd.kv.compact(request.revision);
        return undefined;
      default:
        return this.lease(request);
    }
  }

  private lease(
    request: Extract<Request, { readonly do: 'grant' | 'revoke' | 'keepAlive' | 'timeToLive' }>,
  ): unknown {
    const { etcd } = this;
    const { lease } = request;
    switch (request.do) {
      case 'grant':
        etcd.grant(request.ttl, '', lease);
        return etcd.timeToLive(lease).grantedTtl;
      case 'revoke':
        etcd.revoke(lease, '');
        return undefined;
      case 'keepAlive':
        return etcd.keepAlive(lease);
      case 'timeToLive': {
        const { ttl, grantedTtl, keys } = etcd.timeToLive(lease);
        return { isKnown: ttl >= 0, grantedTtl, keys };
      }
    }
  }
}
