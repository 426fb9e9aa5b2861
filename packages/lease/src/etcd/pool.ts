import type { CallOptions } from '@grpc/grpc-js';
import type { Etcd3 } from 'etcd3';
import { Clusters } from './clusters.js';
import type { Condition } from './condition.js';
import { Connection } from './connection.js';
import type { ConnectionSettings } from './connection.js';
import { EtcdError, isEndpointTrouble } from './errors.js';
import type { Credentials, TlsFiles } from './tls-files.js';
import { speaksTls } from './tls.js';

/** One try of a call on one endpoint. */
export interface Attempt {
  readonly client: Etcd3;
  readonly options: CallOptions;
  readonly endpoint: string;
  /** An earlier try of the same call failed after it may have been carried out. */
  readonly inDoubt: boolean;
}

/** How long an endpoint may take to say which cluster it is of, while another one waits to be compared. */
const ASK_MS = 2000;
const ASK_LATER_MS = 1000;
const RECHECK_MS = 10_000;

/** What all connections of one store share. */
export interface PoolSettings {
  readonly login?: NonNullable<ConnectionSettings['login']>;
  readonly tls?: TlsFiles;
  /** A deadline for each call. */
  readonly timeoutMs: number;
  readonly condition: Condition;
}

/** The endpoints of one store and the connections for its unary calls. */
export class Pool {
  private readonly connections = new Map<string, Connection>();
  private readonly clusters: Clusters;
  /** Those who are to connect anew when the TLS files were replaced. */
  private readonly renewals = new Set<() => void>();
  /** Endpoints that were left for another one, soon to be asked which cluster they are of. */
  private readonly left = new Map<string, NodeJS.Timeout>();
  private readonly recheck: NodeJS.Timeout | undefined;
  private first = 0;
  private closed = false;

  constructor(
    private readonly endpoints: readonly string[],
    private readonly settings: PoolSettings,
  ) {
    this.clusters = new Clusters(
      endpoints,
      (endpoint) => this.clusterOf(endpoint),
      (message) => this.strangersChanged(message),
    );
    // Nobody uses these, so nobody else would see that one was corrected, or that most are of another cluster than the first to answer.
    if (this.clusters.several)
      this.recheck = setInterval(() => void this.clusters.askUnused(), RECHECK_MS).unref();
  }

  get condition(): Condition {
    return this.settings.condition;
  }

  /** The endpoint that worked last. */
  current(): string {
    return this.endpoints[this.first % this.endpoints.length] ?? '';
  }

  /** Prefers another endpoint from now on, and forgets the connection to this one. */
  avoid(endpoint: string): void {
    this.askLater(endpoint);
    this.connections.get(endpoint)?.retire();
    this.connections.delete(endpoint);
    if (this.current() === endpoint) this.first = (this.first + 1) % this.endpoints.length;
    // The CA may have been replaced, and the file with it; new files are tried on the endpoint that is preferred now.
    this.settings.tls?.look();
  }

  /** A connection of its own, which the caller closes. */
  open(endpoint: string): Connection {
    const { clusters } = this;
    return this.connect(endpoint, clusters.several ? { clusters } : {});
  }

  /** Tells when connections are to be made anew, until what it returns is called. */
  onRenewal(renew: () => void): () => void {
    this.renewals.add(renew);
    return () => void this.renewals.delete(renew);
  }

  /** Looks at the TLS files this often from now on, and takes new ones once a connection with them was answered. */
  watchTls(everyMs: number): void {
    let proven: Connection | undefined;
    this.settings.tls?.watch(
      {
        prove: async (fresh) => {
          proven = await this.prove(fresh);
        },
        taken: () => this.renew(proven),
      },
      everyMs,
    );
  }

  private connect(endpoint: string, more: Partial<ConnectionSettings> = {}): Connection {
    const { login, tls } = this.settings;
    return new Connection(endpoint, {
      ...(tls && { credentials: tls.credentials }),
      ...(login && { login }),
      ...more,
    });
  }

  private askLater(endpoint: string): void {
    if (!this.clusters.several || this.left.has(endpoint) || this.closed) return;
    const ask = (): void => {
      this.left.delete(endpoint);
      void this.clusters.askAgain(endpoint);
    };
    this.left.set(endpoint, setTimeout(ask, ASK_LATER_MS).unref());
  }

  private strangersChanged(message: string | undefined): void {
    const warning = message === undefined ? undefined : { code: 'OVL_ETCD_CLUSTER', message };
    this.condition.settle('cluster', warning);
  }

  /**
   * A connection with new TLS files that was answered. Rejects with EtcdError, also when nobody answers: that says nothing against the
   * files and nothing for them, so they are tried again at the next look, on whichever endpoint is preferred then.
   */
  private async prove(credentials: Credentials): Promise<Connection> {
    const { clusters } = this;
    const connection = this.connect(this.current(), { credentials, ...(clusters.several && { clusters }) });
    try {
      await connection.clusterId(this.settings.timeoutMs);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** The new connection is there: the old ones take no more calls, and end with those under way. */
  private renew(proven: Connection | undefined): void {
    for (const connection of this.connections.values()) connection.retire();
    this.connections.clear();
    if (this.closed) proven?.close();
    else if (proven !== undefined) this.connections.set(proven.endpoint, proven);
    for (const renew of this.renewals) renew();
  }

  private async clusterOf(endpoint: string): Promise<string | undefined> {
    if (this.closed) return undefined;
    const connection = this.connect(endpoint);
    try {
      return await connection.clusterId(Math.min(ASK_MS, this.settings.timeoutMs / 3));
    } catch {
      return undefined;
    } finally {
      connection.close();
    }
  }

  /**
   * Runs a call on the endpoint that worked last, then on the others while they are in trouble; a single endpoint is tried
   * once more when its connection broke. All within the store's timeout. Rejects with EtcdError, `inDoubt` if any try was.
   */
  async call<T>(run: (attempt: Attempt) => Promise<T>, timeoutMs = this.settings.timeoutMs): Promise<T> {
    const end = performance.now() + timeoutMs;
    let failure: EtcdError | undefined;
    let inDoubt = false;
    for (let left = Math.max(this.endpoints.length, 2); left > 0; left -= 1) {
      if (failure && !this.worthAnotherTry(failure, end)) break;
      const endpoint = this.current();
      const remaining = Math.max(end - performance.now(), 500);
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
    this.settings.tls?.close();
    clearInterval(this.recheck);
    for (const timer of this.left.values()) clearTimeout(timer);
    for (const connection of this.connections.values()) connection.close();
    this.connections.clear();
  }

  private worthAnotherTry(failure: EtcdError, end: number): boolean {
    if (this.closed || performance.now() >= end) return false;
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
  connection.retired && !error.inDoubt && performance.now() < end;

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
