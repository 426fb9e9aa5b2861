import type { X509Certificate } from 'node:crypto';
import type { Warning } from '../model.js';

const DAY_MS = 86_400_000;
/** A month to replace a certificate in. */
const WARN_MS = 30 * DAY_MS;

/** Certificates of one file. */
export interface CertificateFile {
  readonly file: string;
  readonly what: 'client certificate' | 'CA';
  readonly certificates: readonly Pick<X509Certificate, 'validFrom' | 'validTo'>[];
}

const endOf = ({ validTo }: Pick<X509Certificate, 'validTo'>): number => Date.parse(validTo);

/** When a file is of no use any more, ms of the wall clock: a client certificate, the first in its file, or the last CA of a bundle. */
function endOfFile({ what, certificates }: CertificateFile): number {
  const ends = certificates.map(endOf);
  return what === 'CA' ? Math.max(...ends) : (ends[0] ?? NaN);
}

/** Why a file cannot be taken now; undefined when it can. `nowMs`: of the wall clock. */
export function notValidNow(one: CertificateFile, nowMs: number): string | undefined {
  const { file, what, certificates } = one;
  if (endOfFile(one) <= nowMs) return `the etcd TLS file ${file} has expired: ${dateOf(endOfFile(one))}`;
  const begins = Date.parse(certificates[0]?.validFrom ?? '');
  if (what === 'CA' || begins <= nowMs) return undefined;
  return `the etcd TLS file ${file} is not valid before ${dateOf(begins)}`;
}

/** When the first of the files ends, ms of the wall clock; undefined without any. */
export function firstEnd(files: readonly CertificateFile[]): number | undefined {
  return files.length === 0 ? undefined : Math.min(...files.map(endOfFile));
}

/** A warning when the first of the files to end does so within 30 days, or has. */
export function endWarning(files: readonly CertificateFile[], nowMs: number): Warning | undefined {
  const [first] = files.toSorted((a, b) => endOfFile(a) - endOfFile(b));
  if (first === undefined) return undefined;
  const leftMs = endOfFile(first) - nowMs;
  if (!(leftMs < WARN_MS)) return undefined;
  const days = Math.floor(leftMs / DAY_MS);
  const when = leftMs <= 0 ? 'has expired' : `ends in ${days} day${days === 1 ? '' : 's'}`;
  return {
    code: 'OVL_ETCD_CERTIFICATE',
    message:
      `the ${first.what} for etcd in ${first.file} ${when} (${dateOf(endOfFile(first))}): ` +
      'put a new one in its place; it is taken without a restart',
  };
}

const dateOf = (ms: number): string => new Date(ms).toISOString();
