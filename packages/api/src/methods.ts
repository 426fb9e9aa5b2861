import type { IConversionOptions, Reader, Writer } from 'protobufjs';
import { overlay } from './generated/overlay.js';

const { v1 } = overlay;

/** What pbjs generates for a message, as far as it is used here. */
interface MessageType {
  encode(message: object): Writer;
  decode(bytes: Reader | Uint8Array): object;
  toObject(message: never, options: IConversionOptions): object;
}

interface Codec {
  readonly encode: (message: object) => Buffer;
  readonly decode: (bytes: Uint8Array) => object;
}

/** One rpc of overlay.proto. `timeoutMs` is the client's deadline; without one a stream lives until somebody ends it. */
export interface Method {
  readonly path: string;
  readonly stream: boolean;
  readonly request: Codec;
  readonly reply: Codec;
  readonly timeoutMs?: number;
}

function codec(type: MessageType): Codec {
  return {
    encode: (message) => Buffer.from(type.encode(message).finish()),
    decode: (bytes) =>
      type.toObject(type.decode(bytes) as never, { defaults: true, arrays: true, longs: Number }),
  };
}

function method(
  name: string,
  types: readonly [MessageType, MessageType],
  stream: boolean,
  timeoutMs?: number,
): Method {
  const [request, reply] = types;
  const rest = timeoutMs === undefined ? {} : { timeoutMs };
  return {
    path: `/overlay.v1.Overlay/${name}`,
    stream,
    request: codec(request),
    reply: codec(reply),
    ...rest,
  };
}

/** Renumbering and a full pass wait for etcd and the kernel; a doctor's probe for every peer. */
export const METHODS = {
  status: method('Status', [v1.StatusRequest, v1.StatusReply], false, 5_000),
  leases: method('Leases', [v1.LeasesRequest, v1.LeasesReply], false, 15_000),
  explain: method('Explain', [v1.ExplainRequest, v1.ExplainReply], false, 10_000),
  plan: method('Plan', [v1.PlanRequest, v1.PlanReply], false, 30_000),
  renumber: method('Renumber', [v1.RenumberRequest, v1.RenumberReply], false, 60_000),
  resync: method('Resync', [v1.ResyncRequest, v1.ResyncReply], false, 60_000),
  watchLeases: method('WatchLeases', [v1.LeasesRequest, v1.LeasesReply], true),
  doctor: method('Doctor', [v1.DoctorRequest, v1.Check], true, 120_000),
} satisfies Record<string, Method>;
