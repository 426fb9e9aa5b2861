import * as grpc from '@grpc/grpc-js';
import { Etcd3 } from 'etcd3';
import type { IOptions } from 'etcd3';
import type { Clusters } from './clusters.js';
import { EtcdError, isStaleToken, toEtcdError } from './errors.js';

/** What every connection of one store shares. */
export interface ConnectionSettings {
  readonly credentials?: NonNullable<IOptions['credentials']>;
  readonly login?: { readonly username: string; readonly password: string };
  /** Whether its endpoint may be used, by the cluster it says it is of; absent where nobody asks. */
  readonly clusters?: Judge;
}

type Judge = Pick<Clusters, 'admits' | 'isOurs' | 'reason'>;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

// etcd3's own retries hide which endpoint failed, and its circuit breaker refuses calls for 5 s after etcd is back.
// Its stream error handler relies on a policy that rejects and never throws.
const once = {
  execute: (fn: (context: object) => unknown) => new Promise((resolve) => resolve(fn({}))),
} as unknown as Policy;

let generation = 0;

/** One HTTP/2 connection to one endpoint, with the token that belongs to it. */
export class Connection {
  readonly client: Etcd3;
  private token: Promise<string | undefined> | undefined;
  private readonly calls = new Set<grpc.InterceptingCall>();
  private closed = false;
  /** The cluster that it belongs to, once that was asked. */
  private cluster: string | undefined;
  private admission: Promise<void> | undefined;
  /** Somebody found its endpoint in trouble: a call that had not been sent by then never will be. */
  retired = false;

  constructor(
    readonly endpoint: string,
    private readonly settings: ConnectionSettings,
  ) {
    generation += 1;
    this.client = new Etcd3({
      hosts: endpoint,
      ...(settings.credentials && { credentials: settings.credentials }),
      faultHandling: { global: once, host: () => once },
      grpcOptions: {
        'grpc.keepalive_time_ms': 3000,
        'grpc.keepalive_timeout_ms': 2000,
        'grpc.keepalive_permit_without_calls': 0,
        'grpc.max_receive_message_length': -1,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 2000,
        // grpc-js shares sockets between channels of equal options: this one makes a new connection really new.
        'overlay.generation': generation,
      },
    });
  }

  /** Runs one call with a deadline and our token; a stale token is replaced once. Rejects with EtcdError. */
  async call<T>(
    timeoutMs: number,
    run: (client: Etcd3, options: grpc.CallOptions) => Promise<T>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    try {
      await this.admitted(timeoutMs);
      try {
        return await run(this.client, { deadline, ...(await this.callOptions(deadline, headers)) });
      } catch (error) {
        if (!isStaleToken(error) || !this.settings.login) throw error;
        this.token = undefined;
        return await run(this.client, { deadline, ...(await this.callOptions(deadline, headers)) });
      }
    } catch (error) {
      throw toEtcdError(error, this.endpoint, this.settings.login?.password);
    }
  }

  /** Which cluster its endpoint is of; undefined when it does not say. Rejects with what a call fails with. */
  async clusterId(timeoutMs: number): Promise<string | undefined> {
    const deadline = Date.now() + timeoutMs;
    try {
      // Needs no quorum and no login: one that is not of our cluster must not get the password, or refuse us for a wrong one.
      const options = { deadline, interceptors: [this.intercept({})] };
      return (await this.client.maintenance.status(options)).header.cluster_id;
    } catch (error) {
      const failure = this.errorOf(error);
      // It is there and refuses us: the call itself is to say so.
      if (['OVL_ETCD_PERMISSION', 'OVL_ETCD_AUTH', 'OVL_ETCD_FAILED'].includes(failure.code))
        return undefined;
      throw failure;
    }
  }

  /**
   * Before anything is asked of an endpoint, and above all written there: is it of our cluster? Asked again when ours is another one now.
   */
  private admitted(timeoutMs: number): Promise<void> {
    const { clusters } = this.settings;
    if (clusters === undefined) return Promise.resolve();
    if (this.cluster !== undefined && !clusters.isOurs(this.cluster))
      this.admission = this.cluster = undefined;
    this.admission ??= this.admit(clusters, timeoutMs).catch((error: unknown) => {
      this.admission = undefined;
      throw error;
    });
    return this.admission;
  }

  private async admit(clusters: Judge, timeoutMs: number): Promise<void> {
    const id = await this.clusterId(timeoutMs);
    if (id === undefined) return;
    if (!(await clusters.admits(this.endpoint, id)))
      throw new EtcdError('OVL_ETCD_CLUSTER', `etcd at ${this.endpoint}: ${clusters.reason(id)}`, false);
    this.cluster = id;
  }

  /**
   * A name may lead elsewhere when gRPC makes a broken connection again, which it does by itself, and then nobody has asked: what such an
   * endpoint answers counts for nothing, but the one call that found out was sent to it.
   */
  private isElsewhere(message: unknown): boolean {
    const { header } = (message ?? {}) as { readonly header?: { readonly cluster_id?: string } | null };
    return (
      this.cluster !== undefined && header?.cluster_id !== undefined && header.cluster_id !== this.cluster
    );
  }

  /** Options of a stream: our token and headers, and no deadline. Rejects with EtcdError. */
  async streamOptions(
    timeoutMs: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<grpc.CallOptions> {
    try {
      return await this.callOptions(Date.now() + timeoutMs, headers);
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  errorOf(error: unknown): ReturnType<typeof toEtcdError> {
    return toEtcdError(error, this.endpoint, this.settings.login?.password);
  }

  /** Takes no new calls; those under way may finish. */
  retire(): void {
    this.retired = true;
    this.client.close();
  }

  /** Ends the calls under way, too. */
  close(): void {
    this.closed = true;
    for (const call of this.calls) call.cancelWithStatus(grpc.status.CANCELLED, 'the store was closed');
    this.client.close();
  }

  private async callOptions(
    deadline: number,
    headers: Readonly<Record<string, string>>,
  ): Promise<grpc.CallOptions> {
    const token = await this.currentToken(deadline);
    if (this.closed) throw new Error('1 CANCELLED: the store was closed');
    return { interceptors: [this.intercept(token === undefined ? headers : { ...headers, token })] };
  }

  private currentToken(deadline: number): Promise<string | undefined> {
    const { login } = this.settings;
    if (!login) return Promise.resolve(undefined);
    this.token ??= this.authenticate(login, deadline).catch((error: unknown) => {
      this.token = undefined;
      throw error;
    });
    return this.token;
  }

  private async authenticate(
    login: NonNullable<ConnectionSettings['login']>,
    deadline: number,
  ): Promise<string | undefined> {
    const request = { name: login.username, password: login.password };
    try {
      return (await this.client.auth.authenticate(request, { deadline, interceptors: [this.intercept({})] }))
        .token;
    } catch (error) {
      // A cluster without authentication takes anybody; etcd's own client ignores the login there, too.
      if (error instanceof Error && error.message.includes('authentication is not enabled')) return undefined;
      throw error;
    }
  }

  /** Adds headers, and keeps hold of the call so that close() can end it. */
  private intercept(headers: Readonly<Record<string, string>>): grpc.Interceptor {
    return (options, nextCall) => {
      const call = new grpc.InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) => {
          for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
          next(metadata, {
            onReceiveMetadata: (received, done) => done(received),
            onReceiveMessage: (message: unknown, done) => {
              if (this.isElsewhere(message))
                call.cancelWithStatus(grpc.status.UNAVAILABLE, 'the endpoint leads to another cluster now');
              done(message);
            },
            onReceiveStatus: (status, done) => {
              this.calls.delete(call);
              done(hideStaleToken(status));
            },
          });
        },
      });
      this.calls.add(call);
      return call;
    };
  }
}

// etcd3 repeats a call with a stale token by itself, without end: it knows nothing of our token. So it must not recognise this text.
function hideStaleToken(status: grpc.StatusObject): grpc.StatusObject {
  if (!status.details.includes('invalid auth token')) return status;
  return { ...status, code: grpc.status.UNAUTHENTICATED, details: 'the auth token is no longer valid' };
}
