import type { CallOptions } from '@grpc/grpc-js';
import type { Etcd3 } from 'etcd3';
import { Connection } from './connection.js';
import type { ConnectionSettings } from './connection.js';
import { EtcdError, isEndpointTrouble } from './errors.js';
import { speaksTls } from './tls.js';

/** One try of a call on one endpoint. */
export interface Attempt {
  readonly client: Etcd3;
  readonly options: CallOptions;
  readonly endpoint: string;
  /** An earlier try of the same call failed after it may have been carried out. */
  readonly inDoubt: boolean;
}

/** The endpoints of one store and the connections for its unary calls. */
export class Pool {
  private readonly connections = new Map<string, Connection>();
  private first = 0;
  private closed = false;

  constructor(
    private readonly endpoints: readonly string[],
    private readonly settings: ConnectionSettings,
    private readonly timeoutMs: number,
  ) {}

  /** The endpoint that worked last. */
  current(): string {
    return this.endpoints[this.first % this.endpoints.length] ?? '';
  }

  /** Prefers another endpoint from now on, and forgets the connection to this one. */
  avoid(endpoint: string): void {
    this.connections.get(endpoint)?.retire();
    this.connections.delete(endpoint);
    if (this.current() === endpoint) this.first = (this.first + 1) % this.endpoints.length;
  }

  /** A connection of its own, which the caller closes. */
  open(endpoint: string): Connection {
    return new Connection(endpoint, this.settings);
  }

  /**
   * Runs a call on the endpoint that worked last, then on the others while they are in trouble; a single endpoint is tried
   * once more when its connection broke. All within the store's timeout. Rejects with EtcdError, `inDoubt` if any try was.
   */
  async call<T>(run: (attempt: Attempt) => Promise<T>, timeoutMs = this.timeoutMs): Promise<T> {
    const end = Date.now() + timeoutMs;
    let failure: EtcdError | undefined;
    let inDoubt = false;
    for (let left = Math.max(this.endpoints.length, 2); left > 0; left -= 1) {
      if (failure && !this.worthAnotherTry(failure, end)) break;
      const endpoint = this.current();
      const remaining = Math.max(end - Date.now(), 500);
      const share = this.endpoints.length > 1 && left > 1 ? Math.max(remaining / 2, 500) : remaining;
      const connection = this.connection(endpoint);
      try {
        const before = inDoubt;
        return await connection.call(share, (client, options) =>
          run({ client, options, endpoint, inDoubt: before }),
        );
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        // Retired under our feet by another call: this was no try of ours.
        left += takenAway(connection, error, end) ? 1 : 0;
        failure = error;
        inDoubt ||= error.inDoubt;
        if (!this.leave(connection, error)) break;
      }
    }
    throw await explain(summary(failure, inDoubt, this.endpoints), this.current());
  }

  /** After a failure: whether the endpoint is to blame. A connection that another call opened meanwhile stays. */
  private leave(connection: Connection, error: EtcdError): boolean {
    const { endpoint } = connection;
    const trouble = isEndpointTrouble(error);
    if (trouble && this.connections.get(endpoint) === connection) this.avoid(endpoint);
    return trouble;
  }

  close(): void {
    this.closed = true;
    for (const connection of this.connections.values()) connection.close();
    this.connections.clear();
  }

  private worthAnotherTry(failure: EtcdError, end: number): boolean {
    if (this.closed || Date.now() >= end) return false;
    return this.endpoints.length > 1 || failure.code === 'OVL_ETCD_UNREACHABLE';
  }

  private connection(endpoint: string): Connection {
    if (this.closed)
      throw new EtcdError('OVL_ETCD_FAILED', 'the etcd store was closed: open a new one', false);
    const connection = this.connections.get(endpoint) ?? this.open(endpoint);
    this.connections.set(endpoint, connection);
    return connection;
  }
}

const takenAway = (connection: Connection, error: EtcdError, end: number): boolean =>
  connection.retired && !error.inDoubt && Date.now() < end;

function summary(failure: EtcdError | undefined, inDoubt: boolean, endpoints: readonly string[]): EtcdError {
  const { code = 'OVL_ETCD_FAILED', message = 'etcd: no endpoint' } = failure ?? {};
  const all = failure && isEndpointTrouble(failure) && endpoints.length > 1;
  const text = all ? `${message} (none of ${endpoints.join(', ')} answered)` : message;
  return new EtcdError(code, text, inDoubt, failure?.cause);
}

/** Says so when a plain endpoint does not answer because it wants TLS. */
export async function explain(error: EtcdError, endpoint: string): Promise<EtcdError> {
  const puzzling = error.code === 'OVL_ETCD_UNREACHABLE' && !error.message.includes('ECONNREFUSED');
  if (!puzzling || !endpoint.startsWith('http:') || !(await speaksTls(endpoint))) return error;
  const text = `etcd at ${endpoint} wants TLS but the endpoint says http: write https:// and give the CA`;
  return new EtcdError('OVL_ETCD_TLS', text, false, error);
}
