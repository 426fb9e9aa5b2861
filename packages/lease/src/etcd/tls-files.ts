import { readFileSync } from 'node:fs';
import { OverlayError } from '@overlay/cidr';
import type { IOptions } from 'etcd3';
import type { StoreOptions } from '../store.js';
import { endWarning, firstEnd, notValidNow, type CertificateFile } from './certificate-end.js';
import { certificatesIn, loadCredentials } from './tls.js';
import type { Condition } from './condition.js';

export type Credentials = NonNullable<IOptions['credentials']>;
type Files = Pick<StoreOptions, 'cafile' | 'certfile' | 'keyfile'>;

/** Who connects by them. */
export interface TlsUser {
  /** Tries new files on a real connection. Rejects with an OverlayError when etcd does not take them. */
  prove(fresh: Credentials): Promise<void>;
  /** They are the `credentials` now. */
  taken(): void;
}

/**
 * The TLS files as they were when they last fitted each other, and watches them by their content: what is half written, of two pairs or
 * out of date is not taken, and the last ones stay in use (A14).
 */
export class TlsFiles {
  credentials: Credentials;
  /** What the files held when they were taken. */
  private taken: string;
  private timer: NodeJS.Timeout | undefined;
  private user: TlsUser | undefined;
  private looking: Promise<void> | undefined;

  /** Throws OVL_ETCD_TLS as `loadCredentials`. */
  constructor(
    private readonly files: Files,
    private readonly condition: Condition,
  ) {
    this.credentials = loadCredentials(files);
    this.taken = contentOf(files);
    this.warnOfEnd();
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
    const content = contentOf(this.files);
    if (content === this.taken) {
      this.unchanged();
      return;
    }
    try {
      const fresh = this.load(content);
      await user.prove(fresh);
      this.credentials = fresh;
      this.taken = content;
      this.unchanged();
      user.taken();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${reason}; the TLS files read before stay in use`;
      this.condition.settle('tls-files', { code: 'OVL_ETCD_TLS', message });
    }
  }

  private load(content: string): Credentials {
    const fresh = loadCredentials(this.files);
    const late = this.certificateFiles(fresh).map((one) => notValidNow(one, Date.now()));
    // Read twice, and the same: not in the middle of being written.
    const same = contentOf(this.files) === content;
    const reason = same ? late.find((one) => one !== undefined) : 'the etcd TLS files are being written';
    if (reason !== undefined) throw new OverlayError('OVL_ETCD_TLS', reason);
    return fresh;
  }

  private unchanged(): void {
    this.condition.settle('tls-files', undefined);
    this.warnOfEnd();
  }

  private warnOfEnd(): void {
    const files = this.certificateFiles(this.credentials);
    this.condition.settle('certificate', endWarning(files, Date.now()));
    this.condition.certificatesEnd(firstEnd(files));
  }

  private certificateFiles({ rootCertificate, certChain }: Credentials): readonly CertificateFile[] {
    const { cafile, certfile } = this.files;
    const of = (what: CertificateFile['what'], file: string | undefined, pem: Buffer | undefined) =>
      file === undefined || pem === undefined ? [] : [{ file, what, certificates: certificatesIn(pem) }];
    return [...of('client certificate', certfile, certChain), ...of('CA', cafile, rootCertificate)];
  }
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
