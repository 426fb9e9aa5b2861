import { readFileSync, writeFileSync } from 'node:fs';
import { inNamespace } from './namespace.js';

const path = (key: string): string => `/proc/sys/${key}`;

/** Values of the keys that exist, white space normalised. Keys have slashes: `net/ipv4/ip_forward`. */
export function readSysctls(keys: readonly string[], netns?: string): Map<string, string> {
  const values = new Map<string, string>();
  if (keys.length === 0) return values;
  inNamespace(netns, () => {
    for (const key of keys) {
      const value = readValue(key);
      if (value !== undefined) values.set(key, value);
    }
  });
  return values;
}

function readValue(key: string): string | undefined {
  try {
    return readFileSync(path(key), 'utf8').trim().replace(/\s+/g, ' ');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a value and reads it back: the kernel silently keeps the old one of some keys. Returns the value it then has. */
export function writeSysctl(key: string, value: string, netns?: string): string | undefined {
  return inNamespace(netns, () => {
    writeFileSync(path(key), value);
    return readValue(key);
  });
}
