import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority, type Validity } from '../../../../packages/lease/test/rig/certificates';

/** Files that are written over while they are in use. */
interface TlsFiles {
  readonly cafile: string;
  readonly certfile: string;
  readonly keyfile: string;
}

const CA_DAYS = 1000;
const HOUR_MS = 3_600_000;
/** Far from the end that is warned of. */
const CERTIFICATE_HOURS = 100 * 24;

/** What the members of etcd show and trust, and what one client of theirs does. All of it can be replaced while they run. */
export class Certificates {
  /** One certificate for all members. They trust the CA in use and the one after it. */
  readonly server: TlsFiles;
  readonly client: TlsFiles;
  private issued = 0;

  private constructor(
    private readonly directory: string,
    private readonly members: string,
    private current: Authority,
    private next: Authority,
  ) {
    this.server = filesIn(directory, 'server');
    this.client = filesIn(directory, 'client');
  }

  /** @param addresses the members' IPv4 addresses */
  static async make(directory: string, addresses: readonly string[]): Promise<Certificates> {
    const tls = join(directory, 'tls');
    const members = addresses.map((address) => `IP:${address}`).join(',');
    const certificates = new Certificates(tls, members, await authorityIn(tls), await authorityIn(tls));
    certificates.dropAuthority();
    await certificates.renewClient();
    await certificates.renewServer();
    return certificates;
  }

  /** The client has another certificate, one that lasts; gives its end, which no other one has. */
  async renewClient(validity = this.lasting()): Promise<Date> {
    put(await this.current.issue('client', 'DNS:client', validity), this.client);
    return validity.to;
  }

  /** Members show another certificate, one that lasts unless told otherwise. */
  async renewServer(validity: Validity = this.lasting()): Promise<void> {
    put(await this.current.issue('server', this.members, validity), this.server);
  }

  /** The client trusts the next CA too, has a certificate of it, and that one is the CA in use. Gives its certificate's end. */
  async addAuthority(): Promise<Date> {
    writeFileSync(this.client.cafile, bundle(this.current, this.next));
    [this.current, this.next] = [this.next, await authorityIn(this.directory)];
    return this.renewClient();
  }

  /** The client trusts the CA in use alone; members do not trust the one before it once they have started again. */
  dropAuthority(): void {
    writeFileSync(this.client.cafile, bundle(this.current));
    writeFileSync(this.server.cafile, bundle(this.current, this.next));
  }

  private lasting(): { readonly to: Date } {
    this.issued += 1;
    return { to: new Date(Date.now() + (CERTIFICATE_HOURS + this.issued) * HOUR_MS) };
  }
}

const filesIn = (directory: string, name: string): TlsFiles => ({
  cafile: join(directory, `${name}-ca.crt`),
  certfile: join(directory, `${name}.crt`),
  keyfile: join(directory, `${name}.key`),
});

let authorities = 0;

function authorityIn(directory: string): Promise<Authority> {
  authorities += 1;
  const own = join(directory, `authority-${authorities}`);
  mkdirSync(own, { recursive: true });
  return Authority.make(CA_DAYS, own);
}

const bundle = (...authorities: readonly Authority[]): string =>
  authorities.map(({ ca }) => readFileSync(ca, 'utf8')).join('');

function put(from: Omit<TlsFiles, 'cafile'>, into: TlsFiles): void {
  copyFileSync(from.certfile, into.certfile);
  copyFileSync(from.keyfile, into.keyfile);
}
