import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createSecureContext, rootCertificates } from 'node:tls';
import { OverlayError } from '@overlay/cidr';
import type { IOptions } from 'etcd3';
import type { StoreOptions } from '../store.js';

type TlsFiles = Pick<StoreOptions, 'cafile' | 'certfile' | 'keyfile'>;

/** The first TLS file given, if any: giving one asks for TLS. */
export function firstTlsFile(files: TlsFiles): string | undefined {
  return files.cafile ?? files.certfile ?? files.keyfile;
}

/**
 * Reads and checks the TLS files. A CA alone is enough; a client certificate needs its key. Without a CA the system's roots hold.
 * Throws OVL_ETCD_TLS naming the file that is missing, unreadable, not PEM, or does not fit the other.
 */
export function loadCredentials(files: TlsFiles): NonNullable<IOptions['credentials']> {
  const { cafile, certfile, keyfile } = files;
  if ((certfile === undefined) !== (keyfile === undefined)) {
    const [given, missing] = certfile === undefined ? [keyfile, 'certificate'] : [certfile, 'key'];
    throw tlsError(given ?? '', `is given without its ${missing}: a client certificate needs both files`);
  }
  const rootCertificate =
    cafile === undefined ? Buffer.from(rootCertificates.join('\n')) : readCertificates(cafile);
  if (certfile === undefined || keyfile === undefined) return { rootCertificate };
  const certChain = readCertificates(certfile);
  const privateKey = readPem(keyfile);
  checkPair(certfile, certChain, keyfile, privateKey);
  return { rootCertificate, certChain, privateKey };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw tlsError(
      file,
      `cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'}): check the path and the permissions`,
      cause,
    );
  }
}

function readCertificates(file: string): Buffer {
  const pem = readPem(file);
  try {
    certificatesIn(pem);
    createSecureContext({ ca: pem });
  } catch (cause) {
    throw tlsError(
      file,
      'holds no valid PEM certificate: check that it is complete and begins with -----BEGIN CERTIFICATE-----',
      cause,
    );
  }
  return pem;
}

const BEGIN = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;
const BEFORE_EACH = new RegExp(`(?=${BEGIN.source})`);

/**
 * All certificates of a file, which may hold a key as well, before or after them. Throws when one of them is broken, be it the last: OpenSSL
 * would leave that one out without a word.
 */
export function certificatesIn(pem: Buffer): readonly X509Certificate[] {
  const parts = pem.toString('latin1').split(BEFORE_EACH);
  const blocks = parts.filter((part) => BEGIN.test(part));
  if (blocks.length === 0) throw new Error('no certificate');
  return blocks.map((block) => new X509Certificate(block));
}

function checkPair(certfile: string, cert: Buffer, keyfile: string, key: Buffer): void {
  let matches;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw tlsError(keyfile, 'holds no usable PEM private key: it must be complete and not encrypted', cause);
  }
  if (!matches)
    throw tlsError(keyfile, `is not the key of the certificate in ${certfile}: give the files of one pair`);
}

/** Whether a plain http endpoint in fact wants TLS: asked only to explain why it does not answer. Takes at most half a second. */
export function speaksTls(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/[[\]]/g, ''),
      port: Number(port),
      rejectUnauthorized: false,
    });
    const answer = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(500, () => answer(false));
    socket.on('secureConnect', () => answer(true));
    socket.on('error', () => answer(false));
  });
}

function tlsError(file: string, problem: string, cause?: unknown): OverlayError {
  return new OverlayError('OVL_ETCD_TLS', `the etcd TLS file ${file} ${problem}`, { cause });
}
