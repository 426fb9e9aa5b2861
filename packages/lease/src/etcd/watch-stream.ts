import type { IDuplexStream, IWatchRequest, IWatchResponse } from 'etcd3';
import type { Connection } from './connection.js';
import type { FollowedKeys } from './paths.js';
import { rangeEnd } from './paths.js';
import type { Cursor } from './watch-response.js';

/** A raw watch stream on all that is followed. */
export interface WatchStream {
  /** Asks etcd to answer now: a sign of life, never a resume point (etcd#15220). */
  requestProgress(): void;
  cancel(): void;
}

interface StreamHandlers {
  response(response: IWatchResponse): void;
  /** The stream failed or ended. */
  ended(error: Error): void;
}

/** Opens one stream with a watch of each thing followed, from `cursor` on; only on a member that has a leader. */
export async function openWatchStream(
  connection: Connection,
  paths: FollowedKeys,
  cursor: Cursor,
  timeoutMs: number,
  handlers: StreamHandlers,
): Promise<WatchStream> {
  const options = await connection.streamOptions(timeoutMs, { hasleader: 'true' });
  const stream = await connection.client.watchClient.watch(options);
  let live = true;
  const end = (error: Error): void => {
    if (live) handlers.ended(error);
    live = false;
  };
  stream.on('data', (response) => live && handlers.response(response));
  stream.on('error', end);
  stream.on('end', () => end(new Error('14 UNAVAILABLE: etcd ended the watch stream')));
  const subnets = Buffer.from(paths.subnets);
  send(stream, subnets, rangeEnd(paths.subnets), cursor.leases);
  send(stream, Buffer.from(paths.config), undefined, cursor.config);
  if (paths.request !== undefined) send(stream, Buffer.from(paths.request), undefined, cursor.request);
  return {
    requestProgress: () => live && stream.write({ progress_request: {} }),
    cancel: () => {
      live = false;
      stream.cancel();
    },
  };
}

/**
 * Begins one revision before the first that is wanted, which is not told again: of the compacted revision itself etcd before 3.4.36 does not
 * tell what it deleted, and does not say so (etcd#19179). That way a watch never begins there with anything still to be told.
 */
function send(
  stream: IDuplexStream<IWatchRequest, IWatchResponse>,
  key: Buffer,
  end: Buffer | undefined,
  start: bigint,
): void {
  stream.write({
    create_request: {
      key,
      ...(end && { range_end: end }),
      start_revision: (start > 1n ? start - 1n : start).toString(),
    },
  });
}
