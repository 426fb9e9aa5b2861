import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './etcd.js';
import { run } from './processes.js';

/** From when (now, when left out) and until when a certificate is valid, in whole seconds. */
export interface Validity {
  readonly from?: Date;
  readonly to: Date;
}

const DAY_MS = 86_400_000;
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
/** What `openssl ca` has to be told in a file; unlike `openssl x509` it takes times to the second. */
const CONFIG = `[ca]
default_ca = all
[all]
database = index
new_certs_dir = .
default_md = sha256
rand_serial = yes
unique_subject = no
policy = any
[any]
commonName = supplied
`;

/** A certificate authority of its own in a directory, a temporary one unless told otherwise. Issues one certificate at a time. */
export class Authority {
  private constructor(readonly directory: string) {}

  static async make(days = 2, directory = temporaryDirectory()): Promise<Authority> {
    const authority = new Authority(directory);
    const subject = ['-subj', '/CN=overlay test CA', '-days', String(days)];
    await authority.openssl('req', '-x509', ...KEY, ...subject, '-keyout', 'ca.key', '-out', 'ca.crt');
    writeFileSync(authority.path('ca.cnf'), CONFIG);
    writeFileSync(authority.path('index'), '');
    return authority;
  }

  get ca(): string {
    return this.path('ca.crt');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Issues `<name>.crt` and `<name>.key` for subject alternative names, such as `IP:127.0.0.1`; a number is days from now. */
  async issue(
    name: string,
    alternative: string,
    validity: Validity | number = 2,
  ): Promise<{ certfile: string; keyfile: string }> {
    // Without the key's id, a CA of the same name would be as good as this one.
    const extensions = `subjectAltName=${alternative}\nauthorityKeyIdentifier=keyid:always\n`;
    writeFileSync(this.path(`${name}.ext`), extensions);
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    await this.openssl('req', ...KEY, '-subj', `/CN=${name}`, ...files);
    await this.openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key'],
      ...['-in', `${name}.csr`, '-extfile', `${name}.ext`, ...dates(validity), '-out', `${name}.crt`],
    );
    return { certfile: this.path(`${name}.crt`), keyfile: this.path(`${name}.key`) };
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async openssl(...args: string[]): Promise<void> {
    await run('sh', ['-c', 'cd "$0" && exec openssl "$@"', this.directory, ...args]);
  }
}

function dates(validity: Validity | number): string[] {
  const { from, to } =
    typeof validity === 'number' ? { to: new Date(Date.now() + validity * DAY_MS) } : validity;
  return [...(from === undefined ? [] : ['-startdate', asn1(from)]), '-enddate', asn1(to)];
}

/** `20261122013000Z` */
const asn1 = (date: Date): string => date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
