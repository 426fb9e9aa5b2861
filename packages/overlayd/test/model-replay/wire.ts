import { EventEmitter } from 'node:events';
import { EtcdStore } from '../../../lease/src/etcd/etcd-store.js';
import { EtcdError, toEtcdError } from '../../../lease/src/etcd/errors.js';
import { pathsUnder } from '../../../lease/src/etcd/paths.js';
import type { Attempt, Pool } from '../../../lease/src/etcd/pool.js';

/** A request that the real store has sent, and that waits for its answer as long as the replay likes. */
export interface Rpc {
  /** The request as text, with all that it says. */
  readonly text: string;
  answer(value: unknown): void;
  /** `again`: the pool sends it once more. */
  lose(again: boolean): void;
  refuse(status: string): void;
}

/** Requests as text: two that say the same are equal. */
export const rpcText = (what: string, request: object): string =>
  `${what} ${JSON.stringify(request, (_, value: unknown) => bytesAsText(value))}`;

function bytesAsText(value: unknown): unknown {
  const { type, data } = (value ?? {}) as { readonly type?: unknown; readonly data?: readonly number[] };
  return type === 'Buffer' && data !== undefined ? Buffer.from(data).toString() : value;
}

const ENDPOINT = 'http://model:2379';

class Lost extends Error {
  constructor(readonly again: boolean) {
    super('4 DEADLINE_EXCEEDED: Deadline exceeded after 5s');
  }
}

const PATHS = pathsUnder('/net');

/** The real etcd store of one node over a connection in the replay's hand. */
export class Wire {
  readonly waiting: Rpc[] = [];
  readonly store: EtcdStore;

  constructor() {
    const pool = {
      call: (run: (attempt: Attempt) => Promise<unknown>) => this.call(run),
      close: () => undefined,
    };
    this.store = new EtcdStore(pool as unknown as Pool, PATHS, { endpoints: [ENDPOINT], prefix: '/net' });
  }

  /** As Pool.call: one endpoint, tried again where the replay says so; a failure is in doubt if any try was. */
  private async call(run: (attempt: Attempt) => Promise<unknown>): Promise<unknown> {
    for (let inDoubt = false; ;) {
      try {
        const client = this.client() as unknown as Attempt['client'];
        return await run({ client, options: {}, endpoint: ENDPOINT, inDoubt });
      } catch (error) {
        const { code, message, inDoubt: doubtful } = toEtcdError(error, ENDPOINT, undefined);
        inDoubt ||= doubtful;
        if (!(error instanceof Lost && error.again)) throw new EtcdError(code, message, inDoubt, error);
      }
    }
  }

  private client(): object {
    return {
      kv: {
        range: (request: { readonly key: Buffer }) =>
          // The config beside a list is no part of the protocol.
          request.key.toString() === PATHS.config
            ? Promise.resolve({ kvs: [] })
            : this.send('range', request),
        txn: (request: object) => this.send('txn', request),
      },
      leaseClient: {
        // The id is the store's choice; etcd answers with the model's.
        leaseGrant: ({ TTL }: { readonly TTL: number }) => this.send('grant', { TTL }),
        leaseRevoke: (request: object) => this.send('revoke', request),
        leaseKeepAlive: () => Promise.resolve(this.keepAliveStream()),
      },
    };
  }

  private keepAliveStream(): object {
    const events = new EventEmitter();
    const write = (request: object): void => {
      void this.send('keepAlive', request).then(
        (answer) => events.emit('data', answer),
        (error: unknown) => events.emit('error', error),
      );
    };
    return Object.assign(events, { write, cancel: () => undefined });
  }

  private send(what: string, request: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const over = (): void => void this.waiting.splice(this.waiting.indexOf(rpc), 1);
      const fail = (error: Error): void => {
        over();
        reject(error);
      };
      const rpc: Rpc = {
        text: rpcText(what, request),
        answer: (value) => {
          over();
          resolve(value);
        },
        lose: (again) => fail(new Lost(again)),
        refuse: (status) => fail(new Error(status)),
      };
      this.waiting.push(rpc);
    });
  }
}
