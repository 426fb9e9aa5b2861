import { readFileSync } from 'node:fs';
import { OverlayError } from '@overlay/cidr';
import type { IOptions } from 'etcd3';
import type { StoreOptions } from '../store.js';
import { endWarning, firstEnd, notValidNow, type CertificateFile } from './certificate-end.js';
import { certificatesIn, loadCredentials } from './tls.js';
import type { Condition } from './condition.js';

export type Credentials = NonNullable<IOptions['credentials']>;
type Files = Pick<StoreOptions, 'cafile' | 'certfile' | 'keyfile'>;

/** What was read at once. */
interface Reading {
  readonly credentials: Credentials;
  readonly certificates: readonly CertificateFile[];
  /** What the files held just before. */
  readonly content: string;
}

/** Who connects by them. */
export interface TlsUser {
  /** Tries new files on a real connection. Rejects with an OverlayError when etcd does not take them, or does not answer. */
  prove(fresh: Credentials): Promise<void>;
  /** They are the `credentials` now. */
  taken(): void;
}

/**
 * The TLS files as they were when they last fitted each other, and watches them by their content: what is half written, of two pairs or
 * out of date is not taken, and the last ones stay in use (A14).
 */
export class TlsFiles {
  private taken: Reading;
  private timer: NodeJS.Timeout | undefined;
  private user: TlsUser | undefined;
  private looking: Promise<void> | undefined;

  /** Throws OVL_ETCD_TLS as `loadCredentials`. */
  constructor(
    private readonly files: Files,
    private readonly condition: Condition,
  ) {
    this.taken = read(files);
    this.warnOfEnd();
  }

  get credentials(): Credentials {
    return this.taken.credentials;
  }

  /** Looks this often, which keeps no process alive. */
  watch(user: TlsUser, everyMs: number): void {
    this.user = user;
    this.timer = setInterval(() => this.look(), everyMs).unref();
  }

  close(): void {
    clearInterval(this.timer);
    this.user = undefined;
  }

  /** Takes the files if they changed and are sound. */
  look(): void {
    if (this.user === undefined) return;
    this.looking ??= this.lookOnce(this.user).finally(() => (this.looking = undefined));
  }

  private async lookOnce(user: TlsUser): Promise<void> {
    if (contentOf(this.files) === this.taken.content) {
      this.unchanged();
      return;
    }
    try {
      const fresh = this.load();
      await user.prove(fresh.credentials);
      this.taken = fresh;
      this.unchanged();
      user.taken();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${reason}; the TLS files read before stay in use`;
      this.condition.settle('tls-files', { code: 'OVL_ETCD_TLS', message });
    }
  }

  private load(): Reading {
    const fresh = read(this.files);
    const late = fresh.certificates.map((one) => notValidNow(one, Date.now()));
    // Read twice, and the same: not in the middle of being written.
    const same = contentOf(this.files) === fresh.content;
    const reason = same ? late.find((one) => one !== undefined) : 'the etcd TLS files are being written';
    if (reason !== undefined) throw new OverlayError('OVL_ETCD_TLS', reason);
    return fresh;
  }

  private unchanged(): void {
    this.condition.settle('tls-files', undefined);
    this.warnOfEnd();
  }

  private warnOfEnd(): void {
    const { certificates } = this.taken;
    this.condition.settle('certificate', endWarning(certificates, Date.now()));
    this.condition.certificatesEnd(firstEnd(certificates));
  }
}

/** The content comes first: what is replaced meanwhile differs from it at the next look. */
function read(files: Files): Reading {
  const content = contentOf(files);
  const credentials = loadCredentials(files);
  return { content, credentials, certificates: certificateFiles(files, credentials) };
}

function certificateFiles(
  { cafile, certfile }: Files,
  { rootCertificate, certChain }: Credentials,
): readonly CertificateFile[] {
  const of = (what: CertificateFile['what'], file: string | undefined, pem: Buffer | undefined) =>
    file === undefined || pem === undefined ? [] : [{ file, what, certificates: certificatesIn(pem) }];
  return [...of('client certificate', certfile, certChain), ...of('CA', cafile, rootCertificate)];
}

/** What the files hold, to be compared; one that cannot be read is as good as empty. */
function contentOf({ cafile, certfile, keyfile }: Files): string {
  return [cafile, certfile, keyfile].map((file) => (file === undefined ? '' : readText(file))).join('\0');
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
