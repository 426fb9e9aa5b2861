const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** 32 bytes: 42 characters of six bits, one of four, padding. */
const KEY = /^[A-Za-z0-9+/]{43}=$/;
const ZERO = `${'A'.repeat(43)}=`;

/**
 * A WireGuard key as the kernel shows it, from base64 of 32 bytes; undefined for anything else and for the key of zeros, which stands for
 * none (uapi/linux/wireguard.h). The two bits that 43 characters have too many are cleared, as Go's decoder drops them.
 */
export function parseWireguardKey(text: string): string | undefined {
  if (!KEY.test(text)) return undefined;
  const last = ALPHABET.charAt(ALPHABET.indexOf(text.charAt(42)) & ~3);
  const key = `${text.slice(0, 42)}${last}=`;
  return key === ZERO ? undefined : key;
}

/**
 * Eight hex digits by which two hosts see whether they were given the same preshared key (FNV-1a, 32 bits). They are public, and harmless:
 * the key is 256 random bits, of which knowing 32 bits of a hash leaves 224 to guess; it cannot be computed back.
 */
export function fingerprint(key: string): string {
  let hash = 0x811c9dc5;
  for (const character of `overlay wireguard preshared key ${key}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
