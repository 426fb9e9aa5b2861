import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './etcd.js';
import { run } from './processes.js';

/** A certificate authority of its own in a temporary directory. */
export class Authority {
  private constructor(readonly directory: string) {}

  static async make(days = 2): Promise<Authority> {
    const authority = new Authority(temporaryDirectory());
    await authority.openssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        String(days),
      ],
      ...['-subj', '/CN=overlay test CA', '-keyout', 'ca.key', '-out', 'ca.crt'],
    );
    return authority;
  }

  get ca(): string {
    return this.path('ca.crt');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Issues `<name>.crt` and `<name>.key` for one subject alternative name, such as `IP:127.0.0.1`. */
  async issue(name: string, alternative: string, days = 2): Promise<{ certfile: string; keyfile: string }> {
    writeFileSync(this.path(`${name}.ext`), `subjectAltName=${alternative}\n`);
    await this.openssl(
      ...[
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-subj',
        `/CN=${name}`,
      ],
      ...['-keyout', `${name}.key`, '-out', `${name}.csr`],
    );
    await this.openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', String(days), '-extfile', `${name}.ext`, '-out', `${name}.crt`],
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
