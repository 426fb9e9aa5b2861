import type { LeaseStore, RenumberStore, StoreOptions } from '../store.js';
import { Condition } from './condition.js';
import { EtcdStore } from './etcd-store.js';
import { Pool } from './pool.js';
import { parseEndpoints, pathsUnder } from './paths.js';
import { firstTlsFile } from './tls.js';
import { TlsFiles } from './tls-files.js';

/**
 * Opens the leases under a prefix of etcd. Connects on the first call only. Throws OVL_ETCD_ENDPOINT for a malformed endpoint and
 * OVL_ETCD_TLS for TLS files that are missing or do not fit.
 */
export function openLeaseStore(options: StoreOptions): LeaseStore & RenumberStore {
  const { urls, secure } = parseEndpoints(options.endpoints, firstTlsFile(options));
  const { username, password = '' } = options;
  if (username !== undefined && !secure && !urls.every(isLoopback)) {
    options.log?.('warn', `etcd at ${urls.join(', ')}: the password is sent in plain text: use https`);
  }
  const condition = new Condition();
  const pool = new Pool(urls, {
    ...(secure && { tls: new TlsFiles(options, condition) }),
    ...(username !== undefined && { login: { username, password } }),
    timeoutMs: options.timeoutMs ?? 5000,
    condition,
  });
  pool.watchTls(options.tlsLookMs ?? 10_000);
  return new EtcdStore(pool, pathsUnder(options.prefix), options);
}

function isLoopback(url: string): boolean {
  return /^http:\/\/(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(url);
}
