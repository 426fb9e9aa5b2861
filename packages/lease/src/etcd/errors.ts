import { OverlayError } from '@overlay/cidr';

/** A failed call of etcd. */
export class EtcdError extends OverlayError {
  /** The request may have been carried out although it failed. */
  readonly inDoubt: boolean;

  constructor(code: string, message: string, inDoubt: boolean, cause?: unknown) {
    super(code, message, { cause });
    this.name = 'EtcdError';
    this.inDoubt = inDoubt;
  }
}

/** What a failure means, decided from the gRPC status and its text alone. */
interface Meaning {
  readonly code: string;
  readonly inDoubt: boolean;
  readonly advice: string;
}

const NEVER_SENT =
  /No connection established|Name resolution failed|before call started|waiting for name resolution|Waiting for LB pick$/;
const TLS = /certificate|self.signed|SSL|TLS|wrong version number|altname|EPROTO/i;

const UNREACHABLE = 'check the endpoint, the network and that etcd runs';

/** Known texts of etcd, in order: they say more than the gRPC status they come with. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /authentication failed|invalid auth token|user name is empty|auth store is old|UNAUTHENTICATED/,
    { code: 'OVL_ETCD_AUTH', inDoubt: false, advice: 'check the etcd user name and password' },
  ],
  [
    /permission denied|PERMISSION_DENIED/i,
    {
      code: 'OVL_ETCD_PERMISSION',
      inDoubt: false,
      advice: 'grant the etcd user a role for the keys under the prefix',
    },
  ],
  [
    /database space exceeded/,
    { code: 'OVL_ETCD_NOSPACE', inDoubt: false, advice: 'compact, defragment, then `etcdctl alarm disarm`' },
  ],
  [
    /requested lease not found/,
    { code: 'OVL_ETCD_LEASE_GONE', inDoubt: false, advice: 'grant a new etcd lease and write again' },
  ],
  [
    /etcdserver: (no leader|leader changed|request timed out|not capable|server stopped|raft)|context deadline exceeded/,
    { code: 'OVL_ETCD_TIMEOUT', inDoubt: true, advice: 'check that a majority of the etcd members is up' },
  ],
  // A connection that broke in another way than by a reset is an internal error to grpc-js.
  [
    /internal client error: (read|write) E(CONNABORTED|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH|NETDOWN)\b/,
    { code: 'OVL_ETCD_UNREACHABLE', inDoubt: true, advice: UNREACHABLE },
  ],
  [/client was already closed/, { code: 'OVL_ETCD_UNREACHABLE', inDoubt: false, advice: UNREACHABLE }],
];

/** Decides what a failure of etcd means. `text` is `<status number> <STATUS>: <details>`, as grpc-js writes it. */
export function meaningOf(text: string): Meaning {
  const known = TEXTS.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  const status = Number(/^(\d+) /.exec(text)?.[1] ?? -1);
  const sent = !NEVER_SENT.test(text);
  if (status === 14 && TLS.test(text)) {
    return {
      code: 'OVL_ETCD_TLS',
      inDoubt: false,
      advice: 'check the CA, the client certificate, and the name in the endpoint',
    };
  }
  if (status === 14 || (status === 4 && !sent))
    return { code: 'OVL_ETCD_UNREACHABLE', inDoubt: sent, advice: UNREACHABLE };
  if (status === 4)
    return { code: 'OVL_ETCD_TIMEOUT', inDoubt: true, advice: 'check the load and the health of etcd' };
  return { code: 'OVL_ETCD_FAILED', inDoubt: [1, 2, 13].includes(status), advice: 'see the log of etcd' };
}

/** Turns what a call threw into the error of the store: one line with the endpoint, the reason and what to do; no secret in it. */
export function toEtcdError(cause: unknown, endpoint: string, secret: string | undefined): EtcdError {
  if (cause instanceof EtcdError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const { code, inDoubt, advice } = meaningOf(text);
  const reason = shorten(secret ? text.replaceAll(secret, '***') : text);
  return new EtcdError(code, `etcd at ${endpoint}: ${reason}: ${advice}`, inDoubt, cause);
}

/** The part of a gRPC message that a person can use, on one line. */
function shorten(text: string): string {
  const reason = text
    .replace(/^\d+ [A-Z_]+: /, '')
    .replace(/^No connection established\. Last error: (Error: )?/, '')
    .replace(/\.? Resolution note:.*$/s, '')
    .replace(/^etcdserver: /, '')
    .replace(/[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):.*$/s, 'TLS: $1')
    .replace(/\s+/g, ' ')
    .trim();
  return reason.slice(0, 300) || 'no reason given';
}

const TROUBLE: readonly string[] = [
  'OVL_ETCD_UNREACHABLE',
  'OVL_ETCD_TIMEOUT',
  'OVL_ETCD_TLS',
  'OVL_ETCD_CLUSTER',
];

/** Another member may do better. */
export function isEndpointTrouble(error: EtcdError): boolean {
  return TROUBLE.includes(error.code);
}

/** The token is of an earlier life of etcd, or too old: a new one helps. */
export function isStaleToken(cause: unknown): boolean {
  return cause instanceof Error && /invalid auth token|auth store is old|UNAUTHENTICATED/.test(cause.message);
}
