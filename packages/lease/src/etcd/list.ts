import type { IKeyValue, IRangeResponse, IResponseHeader } from 'etcd3';
import type { LeaseSnapshot, RawLease } from '../model.js';
import type { Connection } from './connection.js';
import { EtcdError } from './errors.js';
import { rangeEnd } from './paths.js';
import type { FollowedKeys, Paths } from './paths.js';
import { toRawLease } from './watch-response.js';

const PAGE = 2000;
const TRIES = 3;

/** A complete list and the config of the same revision. */
export interface Listing extends LeaseSnapshot {
  readonly header: IResponseHeader;
  readonly config: string | undefined;
  /** The request to the node that follows. */
  readonly request?: IKeyValue;
}

/** Runs one request, with whatever deadline and failover its owner has. */
export type Call = <T>(run: Parameters<typeof Connection.prototype.call<T>>[1]) => Promise<T>;

/** Lists all leases and the config at one revision, in pages; starts over when that revision is compacted away meanwhile. */
export async function listAll(call: Call, paths: FollowedKeys): Promise<Listing> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await listOnce(call, paths);
    } catch (error) {
      if (left <= 1 || !(error instanceof EtcdError) || !/compacted|future revision/.test(error.message))
        throw error;
    }
  }
}

async function listOnce(call: Call, paths: FollowedKeys): Promise<Listing> {
  const leases: RawLease[] = [];
  const first = await page(call, Buffer.from(paths.subnets), paths, '0');
  const { header } = first;
  for (let answer = first; ;) {
    for (const kv of answer.kvs) leases.push(toRawLease(kv, paths.subnets));
    const last = answer.kvs.at(-1);
    if (!answer.more || !last) break;
    answer = await page(call, Buffer.concat([last.key, Buffer.of(0)]), paths, header.revision);
  }
  const config = await call((client, options) =>
    client.kv.range({ key: Buffer.from(paths.config), revision: header.revision }, options),
  );
  const request = paths.request === undefined ? undefined : await requestAt(call, paths.request, header);
  return {
    leases,
    revision: header.revision,
    header,
    config: config.kvs[0]?.value.toString(),
    ...(request && { request }),
  };
}

/** A role made for Flannel's keys alone may not read ours; then nobody can make requests, and that is all. */
async function requestAt(call: Call, key: string, header: IResponseHeader): Promise<IKeyValue | undefined> {
  try {
    const range = { key: Buffer.from(key), revision: header.revision };
    return (await call((client, options) => client.kv.range(range, options))).kvs[0];
  } catch (error) {
    if (error instanceof EtcdError && error.code === 'OVL_ETCD_PERMISSION') return undefined;
    throw error;
  }
}

function page(call: Call, key: Buffer, paths: Paths, revision: string): Promise<IRangeResponse> {
  return call((client, options) =>
    client.kv.range({ key, range_end: rangeEnd(paths.subnets), limit: PAGE, revision }, options),
  );
}
