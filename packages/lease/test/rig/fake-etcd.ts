import { EventEmitter } from 'node:events';
import type { Etcd3, IEvent, IKeyValue, IRangeRequest, IRangeResponse, IWatchRequest } from 'etcd3';
import type { Connection } from '../../src/etcd/connection.js';
import { toEtcdError, type EtcdError } from '../../src/etcd/errors.js';

const ENDPOINT = 'http://fake:2379';

/** One watch stream, seen from the server. */
export class FakeStream extends EventEmitter {
  /** Start revision of each watch, in the order they were asked for. */
  readonly starts: string[] = [];
  /** Times a sign of life was asked for. */
  progress = 0;
  /** It answers nobody any more, and nobody hears that it is gone. */
  dead = false;

  constructor(private readonly etcd: FakeEtcd) {
    super();
  }

  write({ create_request: create, progress_request: progress }: IWatchRequest): void {
    if (progress) {
      this.progress += 1;
      this.tell({ watch_id: '-1' });
    }
    if (!create) return;
    const id = String(this.starts.push(String(create.start_revision)) - 1);
    queueMicrotask(() => this.tell({ created: true, watch_id: id }));
  }

  /** Delivers what happened to leases, under whatever revision the header of the answer has. */
  deliver(events: readonly IEvent[], headerRevision: bigint): void {
    this.tell({ watch_id: '0', events, header: this.etcd.header(headerRevision) });
  }

  /** What the watch waits for was compacted away. */
  compact(revision: bigint): void {
    this.tell({ watch_id: '0', canceled: true, compact_revision: String(revision) });
  }

  cancel(): void {
    this.dead = true;
  }

  private tell(fields: object): void {
    const quiet = { created: false, canceled: false, compact_revision: '0', cancel_reason: '', events: [] };
    if (!this.dead) this.emit('data', { header: this.etcd.header(), ...quiet, ...fields });
  }
}

/** An etcd in memory as one connection of ours sees it: ranges, and watch streams in the test's hand. It keeps no history. */
export class FakeEtcd {
  revision = 1n;
  readonly streams: FakeStream[] = [];
  /** What the next range requests fail with; undefined for one that works. */
  readonly faults: (Error | undefined)[] = [];
  private readonly keys = new Map<string, IKeyValue>();

  /** Puts a key at the next revision. */
  put(key: string, value = 'v'): IEvent {
    this.revision += 1n;
    const revision = String(this.revision);
    const kv: IKeyValue = {
      ...{ key: Buffer.from(key), value: Buffer.from(value), version: '1', lease: '0' },
      ...{ create_revision: this.keys.get(key)?.create_revision ?? revision, mod_revision: revision },
    };
    this.keys.set(key, kv);
    return { type: 'PUT', kv } as unknown as IEvent;
  }

  header(revision = this.revision) {
    return { cluster_id: '1', member_id: '1', revision: String(revision), raft_term: '1' };
  }

  get stream(): FakeStream {
    return this.streams.at(-1)!;
  }

  /** A new connection to it. */
  connection(): Connection {
    const options = {};
    const fake = {
      endpoint: ENDPOINT,
      client: this.client(),
      call: async <T>(_timeoutMs: number, run: (client: Etcd3, options: object) => Promise<T>) => {
        try {
          return await run(this.client(), options);
        } catch (error) {
          throw toEtcdError(error, ENDPOINT, undefined);
        }
      },
      streamOptions: () => Promise.resolve(options),
      errorOf: (error: unknown): EtcdError => toEtcdError(error, ENDPOINT, undefined),
      close: () => undefined,
    };
    return fake as unknown as Connection;
  }

  private client(): Etcd3 {
    const watch = (): Promise<FakeStream> => {
      const stream = new FakeStream(this);
      this.streams.push(stream);
      return Promise.resolve(stream);
    };
    const client = { kv: { range: (request: IRangeRequest) => this.range(request) }, watchClient: { watch } };
    return client as unknown as Etcd3;
  }

  private range({ key, range_end: end, limit }: IRangeRequest): Promise<IRangeResponse> {
    const fault = this.faults.shift();
    if (fault !== undefined) return Promise.reject(fault);
    const from = String(key);
    const found = [...this.keys.values()]
      .filter((kv) => (end === undefined ? String(kv.key) === from : inRange(kv, from, String(end))))
      .sort((a, b) => Buffer.compare(a.key, b.key));
    const kvs = found.slice(0, Number(limit ?? 0) || found.length);
    return Promise.resolve({
      ...{ header: this.header(), kvs, more: kvs.length < found.length, count: String(found.length) },
    });
  }
}

const inRange = ({ key }: IKeyValue, from: string, end: string): boolean =>
  String(key) >= from && String(key) < end;
