import { createConnection, type Socket } from 'node:net';
import { OverlayError } from '@overlay/cidr';
import { JsonStream } from './json-stream.js';

/** A bridge with 10,000 ports is about 10 MB. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;
const ANSWER_MS = 10_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

interface Connection {
  readonly socket: Socket;
  readonly path: string;
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/**
 * JSON-RPC 1.0 over a UNIX socket, as ovsdb-server and the control sockets of Open vSwitch's programs speak it (RFC 7047 section 4).
 * Connects when it is called, and again after the connection broke.
 */
export class JsonRpc {
  private connection: Promise<Connection> | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  /** `path` is asked before each connection. */
  constructor(private readonly path: () => string) {}

  /**
   * The result of one call. Throws OVL_OVS_UNAVAILABLE when nobody answers, OVL_OVS_REFUSED with the error that was answered; after a
   * connection that broke it is not known whether the call was carried out.
   */
  async call(method: string, params: readonly unknown[], timeoutMs = ANSWER_MS): Promise<unknown> {
    const { socket, path } = await (this.connection ?? this.open());
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      const late = (): void => {
        this.waiting.delete(id);
        reject(unavailable(`${path} gave no answer to ${method} in ${timeoutMs} ms`));
      };
      this.waiting.set(id, { resolve, reject, timer: setTimeout(late, timeoutMs) });
      socket.write(JSON.stringify({ id, method, params }));
    });
  }

  close(): void {
    const { connection } = this;
    this.connection = undefined;
    void connection?.then(
      ({ socket }) => socket.destroy(),
      () => undefined,
    );
  }

  private open(): Promise<Connection> {
    const opening: Promise<Connection> = this.connect(() => this.forget(opening));
    this.connection = opening;
    opening.catch(() => this.forget(opening));
    return opening;
  }

  private forget(connection: Promise<Connection>): void {
    if (this.connection === connection) this.connection = undefined;
  }

  private connect(ended: () => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const path = this.path();
      const socket = createConnection(path);
      let reason: Error | undefined;
      socket.on('connect', () => resolve({ socket, path }));
      socket.on('data', this.receiver(socket));
      socket.on('error', (error) => (reason = error));
      socket.on('close', () => {
        ended();
        this.lost(unavailable(`the connection to ${path} ended${because(reason)}`, reason));
        reject(unavailable(`${path} cannot be reached${because(reason)}`, reason));
      });
      socket.unref();
    });
  }

  private receiver(socket: Socket): (chunk: Buffer) => void {
    const stream = new JsonStream(MAX_MESSAGE_BYTES);
    return (chunk) => {
      try {
        for (const message of stream.push(chunk)) this.take(message as Message, socket);
      } catch (error) {
        socket.destroy(error as Error);
      }
    };
  }

  private lost(error: Error): void {
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.waiting.clear();
  }

  /** A server that gets no answer to its echo takes the connection for dead. */
  private take({ id, method, params, result, error }: Message, socket: Socket): void {
    if (method === 'echo') socket.write(JSON.stringify({ id, result: params, error: null }));
    if (method !== undefined || typeof id !== 'number') return;
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error === null || error === undefined) waiting.resolve(result);
    else waiting.reject(refused(error));
  }
}

const because = (reason: Error | undefined): string => (reason ? `: ${reason.message}` : '');

/** Nobody answers: not installed, not running, or gone meanwhile. */
export function unavailable(problem: string, cause?: unknown): OverlayError {
  return new OverlayError('OVL_OVS_UNAVAILABLE', problem, { cause });
}

function refused(error: unknown): OverlayError {
  const text = typeof error === 'string' ? error.trim() : JSON.stringify(error);
  return new OverlayError('OVL_OVS_REFUSED', `Open vSwitch refused: ${text}`);
}
