import type * as grpc from '@grpc/grpc-js';
import type { CallOptions, ControlClient } from './control.js';
import { CODE_KEY, STATUS, fromFailure, type CallFailure, type Peer } from './faults.js';
import { METHODS, type Method } from './methods.js';

/** The library and the connection, opened at the first call: a command that needs no daemon pays nothing. */
interface Connection {
  readonly lib: typeof grpc;
  readonly client: grpc.Client;
}

/**
 * A client of the daemon behind `socketPath`; nothing is opened before the first call. `instance` names the daemon in
 * messages. Close it, or the process stays.
 */
export function connectControl(
  socketPath: string,
  options: { readonly instance?: string } = {},
): ControlClient {
  const peer: Peer = { socketPath, ...options };
  let opened: Promise<Connection> | undefined;
  const open = (): Promise<Connection> => (opened ??= openConnection(socketPath));
  const calls = Object.entries(METHODS).map(([name, method]: [string, Method]) => [
    name,
    method.stream
      ? (request: object, call: CallOptions = {}) => stream(open, method, request, { ...call, peer })
      : (request: object, call: CallOptions = {}) => unary(open, method, request, { ...call, peer }),
  ]);
  const close = (): void => void opened?.then(({ client }) => client.close());
  return { ...Object.fromEntries(calls), close } as ControlClient;
}

async function openConnection(socketPath: string): Promise<Connection> {
  const lib = await import('@grpc/grpc-js');
  const client = new lib.Client(`unix:${socketPath}`, lib.credentials.createInsecure(), {
    // 65,536 leases are some 30 MB.
    'grpc.max_receive_message_length': -1,
    'grpc.enable_retries': 0,
    // Without it the socket's path would be the host name, which HTTP/2 refuses.
    'grpc.default_authority': 'localhost',
  });
  return { lib, client };
}

type Call = CallOptions & { readonly peer: Peer };

function deadline(method: Method, call: Call): grpc.CallOptions {
  const timeoutMs = call.timeoutMs ?? method.timeoutMs;
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

async function unary(
  open: () => Promise<Connection>,
  method: Method,
  request: object,
  call: Call,
): Promise<object> {
  const { lib, client } = await open();
  const { encode } = method.request;
  return new Promise((resolve, reject) => {
    const running = client.makeUnaryRequest(
      method.path,
      encode,
      method.reply.decode,
      request,
      new lib.Metadata(),
      deadline(method, call),
      (error, reply) => {
        if (error) reject(fromFailure(failureOf(error), call.peer, error));
        else resolve(reply ?? {});
      },
    );
    onAbort(call.signal, () => running.cancel());
  });
}

async function* stream(
  open: () => Promise<Connection>,
  method: Method,
  request: object,
  call: Call,
): AsyncGenerator<object> {
  const { lib, client } = await open();
  const { encode } = method.request;
  const metadata = new lib.Metadata();
  const running = client.makeServerStreamRequest(
    method.path,
    encode,
    method.reply.decode,
    request,
    metadata,
    deadline(method, call),
  );
  onAbort(call.signal, () => running.cancel());
  try {
    for await (const reply of running) yield reply as object;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.status === STATUS.cancelled && call.signal?.aborted === true) return;
    throw fromFailure(failure, call.peer, error);
  } finally {
    running.cancel();
  }
}

function onAbort(signal: AbortSignal | undefined, cancel: () => void): void {
  if (signal?.aborted === true) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
}

function failureOf(error: unknown): CallFailure {
  const { code, details, metadata, message } = error as Partial<grpc.ServiceError>;
  const overlayCode = metadata?.get(CODE_KEY)[0];
  return {
    status: code ?? STATUS.unknown,
    details: details ?? message ?? String(error),
    ...(overlayCode === undefined ? {} : { code: overlayCode.toString() }),
  };
}
