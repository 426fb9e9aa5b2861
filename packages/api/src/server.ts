import type * as grpc from '@grpc/grpc-js';
import type { ControlHandlers } from './control.js';
import { CODE_KEY, toFault } from './faults.js';
import { METHODS, type Method } from './methods.js';
import { openSocket } from './socket.js';

const MAX_REQUEST_BYTES = 64 * 1024;
/** No client waits longer for one answer; a handler that does is told to stop. */
const HANDLER_TIMEOUT_MS = 70_000;
const CLOSE_GRACE_MS = 500;

type UnaryHandler = (request: object, signal: AbortSignal) => Promise<object>;
type StreamHandler = (request: object, signal: AbortSignal) => AsyncIterable<object>;

/** What every call of one server shares. */
interface Scope {
  readonly lib: typeof grpc;
  /** One for each call under way: all abort when the server closes. */
  readonly running: Set<AbortController>;
}

/**
 * Serves the control API on a unix socket (directory 0750, socket 0660). A request is 64 KiB at most.
 * @throws OverlayError `OVL_SOCKET_BUSY` when another daemon answers there, `OVL_SOCKET_FAILED` when it cannot be opened
 */
export async function serveControl(
  socketPath: string,
  handlers: ControlHandlers,
): Promise<{ close(): Promise<void> }> {
  const lib = await import('@grpc/grpc-js');
  const server = new lib.Server({
    'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
    'grpc.max_send_message_length': -1,
  });
  const running = new Set<AbortController>();
  register(server, handlers, { lib, running });
  const remove = await openSocket(socketPath, (path) => bind(server, lib, path)).catch((error: unknown) => {
    server.forceShutdown();
    throw error;
  });
  return {
    close: async () => {
      for (const call of running) call.abort();
      await shutDown(server);
      await remove();
    },
  };
}

function register(server: grpc.Server, handlers: ControlHandlers, scope: Scope): void {
  for (const [name, method] of Object.entries(METHODS) as [keyof typeof METHODS, Method][]) {
    // The generic handlers below see messages as objects; METHODS pairs each with its codec.
    const handler = handlers[name].bind(handlers) as unknown;
    const call = method.stream
      ? streamCall(handler as StreamHandler, scope)
      : unaryCall(handler as UnaryHandler, scope);
    server.addService({ [name]: definition(method) }, { [name]: call as grpc.UntypedHandleCall });
  }
}

function definition(method: Method): grpc.MethodDefinition<object, object> {
  return {
    path: method.path,
    requestStream: false,
    responseStream: method.stream,
    requestSerialize: method.request.encode,
    requestDeserialize: method.request.decode,
    responseSerialize: method.reply.encode,
    responseDeserialize: method.reply.decode,
  };
}

function bind(server: grpc.Server, lib: typeof grpc, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${path}`, lib.ServerCredentials.createInsecure(), (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function shutDown(server: grpc.Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), CLOSE_GRACE_MS);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}

/** Runs `work` with a signal that aborts when the call is cancelled, the server closes, or `timeoutMs` is over. */
async function withSignal(
  call: { on(event: 'cancelled', listener: () => void): unknown },
  running: Set<AbortController>,
  work: (signal: AbortSignal) => Promise<void>,
  timeoutMs?: number,
): Promise<void> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = timeoutMs === undefined ? undefined : setTimeout(abort, timeoutMs).unref();
  running.add(controller);
  call.on('cancelled', abort);
  try {
    await work(controller.signal);
  } finally {
    clearTimeout(timer);
    running.delete(controller);
  }
}

function statusOf(error: unknown, lib: typeof grpc): Partial<grpc.StatusObject> {
  const fault = toFault(error);
  const metadata = new lib.Metadata();
  metadata.set(CODE_KEY, fault.code);
  return { code: lib.status.UNKNOWN, details: fault.message, metadata };
}

function unaryCall(handler: UnaryHandler, { lib, running }: Scope): grpc.handleUnaryCall<object, object> {
  return (call, callback) => {
    withSignal(
      call,
      running,
      async (signal) => callback(null, await handler(call.request, signal)),
      HANDLER_TIMEOUT_MS,
    ).catch((error: unknown) => callback(statusOf(error, lib)));
  };
}

function streamCall(
  handler: StreamHandler,
  { lib, running }: Scope,
): grpc.handleServerStreamingCall<object, object> {
  return (call) => {
    withSignal(call, running, (signal) => pump(handler(call.request, signal), call, signal))
      .then(() => call.end())
      .catch((error: unknown) => call.emit('error', statusOf(error, lib)));
  };
}

/** Writes what the handler yields, no faster than the client reads, until it ends or the call is over. */
async function pump(
  replies: AsyncIterable<object>,
  call: grpc.ServerWritableStream<object, object>,
  signal: AbortSignal,
): Promise<void> {
  const over = once(signal);
  const iterator = replies[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([iterator.next(), over]);
    if (next === undefined || next.done === true) break;
    if (!call.write(next.value))
      await Promise.race([new Promise((resolve) => call.once('drain', resolve)), over]);
  }
  // Not awaited: a generator that ignores its signal must not keep the call open.
  if (signal.aborted) iterator.return?.().catch(() => undefined);
}

function once(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
