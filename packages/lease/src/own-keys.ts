import type { Prefix } from '@overlay/cidr';
import { OverlayError, parsePrefix } from '@overlay/cidr';

import { GoStruct } from './go-struct.js';
import { objectToJson } from './json-text.js';
import type { JsonNode, JsonSource } from './json-text.js';
import type { JsonObject, NetworkConfig } from './model.js';

/** Keys of the network config that Flannel does not know and passes over. */
export const OWN_KEYS = ['Backends', 'EncryptTo', 'TrustedPrefixes', 'FormerNetworks'] as const;

export type OwnKeys = Pick<
  NetworkConfig,
  'alsoBackends' | 'encryptTo' | 'trustedPrefixes' | 'formerNetworks'
>;

/** Each backend is a set of devices on every host, and an entry in every lease. */
const MOST_BACKENDS = 8;
const MOST_PREFIXES = 256;
const ENCRYPT_TO: readonly OwnKeys['encryptTo'][] = ['nobody', 'untrusted', 'all'];

/** Our own keys, null and absent alike giving the default. Throws with the code of the source, naming the key. */
export function readOwnKeys(struct: GoStruct, source: JsonSource): OwnKeys {
  return {
    alsoBackends: itemsOf(struct, 'Backends', MOST_BACKENDS, source).map((node, at) =>
      backendOf(node, { ...source, what: `Backends[${at}] in ${source.what}` }),
    ),
    encryptTo: encryptToOf(struct.string('EncryptTo'), source),
    trustedPrefixes: prefixesOf(struct, 'TrustedPrefixes', source),
    formerNetworks: formerNetworksOf(struct, source),
  };
}

function itemsOf(struct: GoStruct, key: string, most: number, source: JsonSource): readonly JsonNode[] {
  const node = struct.raw(key);
  if (node === undefined || node.kind === 'null') return [];
  if (node.kind !== 'array') throw invalid(source, `${key} must be a JSON array`);
  if (node.items.length > most) {
    throw invalid(source, `${key} has ${node.items.length} entries, more than the ${most} allowed`);
  }
  return node.items;
}

function backendOf(node: JsonNode, source: JsonSource): JsonObject {
  if (node.kind !== 'object')
    throw new OverlayError(source.code, `${source.what} must be a JSON object like Backend`);
  const type = new GoStruct(node, ['Type'], source).string('Type') ?? '';
  if (type === '')
    throw new OverlayError(source.code, `${source.what} has no Type; add one, such as "Type": "vxlan"`);
  return objectToJson(node, source);
}

function encryptToOf(written: string | undefined, source: JsonSource): OwnKeys['encryptTo'] {
  if (written === undefined) return 'nobody';
  const known = ENCRYPT_TO.find((value) => value === written);
  if (known !== undefined) return known;
  const allowed = ENCRYPT_TO.map((value) => `"${value}"`).join(', ');
  throw invalid(source, `EncryptTo ${JSON.stringify(written)} is none of ${allowed}`);
}

function formerNetworksOf(struct: GoStruct, source: JsonSource): Prefix[] {
  const networks = prefixesOf(struct, 'FormerNetworks', source);
  const all = networks.findIndex(({ length }) => length === 0);
  if (all >= 0) throw invalid(source, `FormerNetworks[${all}] is every address there is; name a network`);
  return networks;
}

function prefixesOf(struct: GoStruct, key: string, source: JsonSource): Prefix[] {
  return itemsOf(struct, key, MOST_PREFIXES, source).map((node, at) => {
    const wrong = (problem: string, cause?: unknown): OverlayError =>
      invalid(source, `${key}[${at}] is wrong: ${problem}`, cause);
    if (node.kind !== 'string') throw wrong('a network such as "10.5.0.0/16" is needed');
    try {
      return parsePrefix(node.value);
    } catch (cause) {
      throw wrong(cause instanceof Error ? cause.message : String(cause), cause);
    }
  });
}

function invalid(source: JsonSource, problem: string, cause?: unknown): OverlayError {
  return new OverlayError(source.code, `${source.what}: ${problem}`, { cause });
}
