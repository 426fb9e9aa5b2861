import type { Ipv4, Ipv6 } from '@overlay/cidr';
import { OverlayError } from '@overlay/cidr';

import { completeIpv4Pool, completeIpv6Pool } from './config-pool.js';
import { configWarnings } from './config-warnings.js';
import { GoStruct } from './go-struct.js';
import { objectToJson, readJson } from './json-text.js';
import type { JsonNode } from './json-text.js';
import type { JsonObject, NetworkConfig } from './model.js';
import { OWN_KEYS, readOwnKeys } from './own-keys.js';
import { readIpv4, readIpv4Prefix, readIpv6, readIpv6Prefix } from './prefix-text.js';

const SOURCE = { what: 'the network config', code: 'OVL_CONFIG_INVALID', maxLength: 65536 };
const FIELDS = [
  ...['EnableIPv4', 'EnableIPv6', 'EnableNFTables', 'Network', 'SubnetMin', 'SubnetMax', 'SubnetLen'],
  ...['IPv6Network', 'IPv6SubnetMin', 'IPv6SubnetMax', 'IPv6SubnetLen', 'Backend'],
  ...OWN_KEYS,
];

/**
 * Reads the JSON under `<prefix>/config` with the verdicts and values of Flannel (encoding/json into subnet.Config, then
 * CheckNetworkConfig), at most 65,536 characters, and our own keys, which Flannel passes over. Throws OVL_CONFIG_INVALID naming the
 * key and the bound.
 */
export function parseNetworkConfig(text: string): NetworkConfig {
  const struct = new GoStruct(readJson(text, SOURCE), FIELDS, SOURCE);
  const enableIpv4 = struct.boolean('EnableIPv4', true);
  const enableIpv6 = struct.boolean('EnableIPv6', false);
  const enableNFTables = struct.boolean('EnableNFTables', false);
  const ipv4Request = ipv4PoolOf(struct);
  const ipv6Request = ipv6PoolOf(struct);
  const backendNode = struct.raw('Backend');
  const backend = backendOf(backendNode);
  const config = {
    enableNFTables,
    ...(enableIpv4 && { ipv4: completeIpv4Pool(ipv4Request) }),
    ...(enableIpv6 && { ipv6: completeIpv6Pool(ipv6Request) }),
    backendType: backend.type.toLowerCase(),
    backend: backend.options,
    ...readOwnKeys(struct, SOURCE),
  };
  const written = {
    hasBackend: backendNode !== undefined,
    unknown: struct.unknown,
    repeated: struct.repeated,
  };
  return { ...config, warnings: configWarnings(config, written) };
}

function ipv4PoolOf(struct: GoStruct): Parameters<typeof completeIpv4Pool>[0] {
  const set = (address: Ipv4 | undefined): Ipv4 | undefined => (address?.bits === 0 ? undefined : address);
  return {
    network: struct.text('Network', readIpv4Prefix),
    subnetMin: set(struct.text('SubnetMin', readIpv4)),
    subnetMax: set(struct.text('SubnetMax', readIpv4)),
    subnetLen: struct.uint('SubnetLen'),
  };
}

function ipv6PoolOf(struct: GoStruct): Parameters<typeof completeIpv6Pool>[0] {
  const set = (address: Ipv6 | undefined): Ipv6 | undefined => (address?.bits === 0n ? undefined : address);
  return {
    network: struct.text('IPv6Network', readIpv6Prefix),
    subnetMin: set(struct.nullableText('IPv6SubnetMin', readIpv6)),
    subnetMax: set(struct.nullableText('IPv6SubnetMax', readIpv6)),
    subnetLen: struct.uint('IPv6SubnetLen'),
  };
}

function backendOf(node: JsonNode | undefined): { readonly type: string; readonly options: JsonObject } {
  if (node === undefined) return { type: 'udp', options: {} };
  const source = { ...SOURCE, what: 'Backend in the network config' };
  const type = new GoStruct(node, ['Type'], source).string('Type') ?? '';
  if (node.kind === 'null') return { type, options: {} };
  if (node.kind !== 'object')
    throw new OverlayError(SOURCE.code, 'Backend in the network config must be a JSON object');
  return { type, options: objectToJson(node, source) };
}
