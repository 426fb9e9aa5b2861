import type { NetlinkSocket } from '../netlink-socket.js';
import { NLM_F } from '../netlink/constants.js';
import { MessageWriter } from '../netlink/writer.js';
import { refusalOf, type Refusal } from '../refusal.js';
import type { Request } from './request.js';

/** One datagram: below the default send buffer of a netlink socket (208 KiB). A host with thousands of routes needs a second. */
const BATCH_BYTES = 128 * 1024;

const UNREACHABLE: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EINVAL']);

/**
 * Sends the requests in one system call, so that the kernel carries them out one right after the other whatever happens to this
 * process; returns what it refused, aside from what needed no doing.
 */
export function sendAll(socket: NetlinkSocket, requests: readonly Request[]): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const batch = new MessageWriter(BATCH_BYTES);
  let sent = new Map<number, Request>();
  let last = { start: 0, sequence: 0 };
  const fallbacks: Request[] = [];
  const flush = (): void => {
    if (sent.size === 0) return;
    batch.addFlag(last.start, NLM_F.ACK);
    for (const answer of socket.transact(batch, last.sequence)) {
      const refusal = refusalOf(answer);
      const request = sent.get(answer.sequence);
      if (request?.done.has(refusal.code) === true) continue;
      if (request?.fallback && UNREACHABLE.has(refusal.code)) fallbacks.push(request.fallback);
      else refusals.push(refusal);
    }
    batch.reset();
    sent = new Map();
  };
  for (const request of requests) {
    const sequence = socket.nextSequence();
    last = { start: batch.position, sequence };
    sent.set(sequence, request);
    const flags = request.flags | NLM_F.REQUEST;
    batch.message({ type: request.type, flags, sequence }, () => request.body(batch));
    if (batch.full) flush();
  }
  flush();
  return fallbacks.length === 0 ? refusals : [...refusals, ...sendAll(socket, fallbacks)];
}
