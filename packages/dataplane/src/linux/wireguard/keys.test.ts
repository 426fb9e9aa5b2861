import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OverlayError } from '@overlay/cidr';
import fc from 'fast-check';
import { loadOrCreateWireguardKey, loadPrivateKey } from './keys.js';
import { newPrivateKey, publicKeyOf } from './x25519.js';

describe('the WireGuard key file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wg-keys-'));
    file = join(folder, 'below/wgkey');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const refusal = (load: (path: string) => unknown): string => {
    try {
      load(file);
      return 'nothing was refused';
    } catch (error) {
      const { code, message } = error as OverlayError;
      return `${code} ${message}`;
    }
  };
  const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  it('G02 is made once: 0600 in a folder 0700, whatever the umask, base64 without a newline, nothing else left', () => {
    const umask = process.umask(0);
    try {
      const key = loadOrCreateWireguardKey(file);
      expect(key.publicKey).toBe(publicKeyOf(Buffer.from(readFileSync(file, 'latin1'), 'base64')));
      expect(loadOrCreateWireguardKey(file)).toEqual(key);
    } finally {
      process.umask(umask);
    }
    expect([mode(file), mode(join(folder, 'below'))]).toEqual(['600', '700']);
    expect(readFileSync(file, 'latin1')).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(readdirSync(join(folder, 'below'))).toEqual(['wgkey']);
  });

  it('G02 a file of no bytes, which a power cut leaves, gets a key', () => {
    mkdirSync(join(folder, 'below'));
    writeFileSync(file, '');
    expect(loadOrCreateWireguardKey(file).publicKey).toHaveLength(44);
    expect([mode(file), readdirSync(join(folder, 'below'))]).toEqual(['600', ['wgkey']]);
  });

  it('a key with a newline, as wg genkey writes it, is taken', () => {
    mkdirSync(join(folder, 'below'));
    writeFileSync(file, 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n');
    expect(loadOrCreateWireguardKey(file).publicKey).toBe('HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=');
  });

  it.each(['garbage', '\n', 'AAAA', `${'A'.repeat(43)}=x`, `${'A'.repeat(86)}==`])(
    'a file of %j is an error that does not show it, and stays as it is',
    (content) => {
      mkdirSync(join(folder, 'below'));
      writeFileSync(file, content);
      for (const load of [loadOrCreateWireguardKey, loadPrivateKey])
        expect(refusal(load)).toContain(`OVL_WIREGUARD_KEY_FILE the WireGuard key file ${file}`);
      expect(refusal(loadPrivateKey)).not.toContain(content.trim() || 'no content');
      expect(readFileSync(file, 'latin1')).toBe(content);
    },
  );

  it('a file that cannot be read or made is one clear error', () => {
    mkdirSync(file, { recursive: true });
    expect(() => loadOrCreateWireguardKey(file)).toThrow(/cannot be read.*EISDIR/);
    expect(() => loadOrCreateWireguardKey('/sys/none/wgkey')).toThrow(/cannot be written/);
    expect(() => loadOrCreateWireguardKey(join(__filename, 'wgkey'))).toThrow(/cannot be read.*ENOTDIR/);
  });

  it('a key and its clamped form have one public key; new keys are clamped', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const clamped = Buffer.from(bytes);
        clamped[0]! &= 248;
        clamped[31] = (clamped[31]! & 127) | 64;
        expect(publicKeyOf(bytes)).toBe(publicKeyOf(clamped));
      }),
    );
    const key = newPrivateKey();
    expect([key[0]! & 7, key[31]! & 192]).toEqual([0, 64]);
  });
});
