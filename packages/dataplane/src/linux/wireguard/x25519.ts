import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';

/** A PKCS #8 X25519 key (RFC 8410) up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;

/** A new private key, clamped (RFC 7748 section 5) as `wg genkey` does. */
export function newPrivateKey(): Buffer {
  const key = randomBytes(KEY_BYTES);
  key.writeUInt8(key.readUInt8(0) & 248, 0);
  key.writeUInt8((key.readUInt8(31) & 127) | 64, 31);
  return key;
}

/** The public key in base64 of 32 private bytes. The multiplication clamps: an unclamped key has the public key of the clamped one. */
export function publicKeyOf(privateKey: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, privateKey]), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES).toString('base64');
}
