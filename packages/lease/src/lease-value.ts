import type { Ipv6 } from '@overlay/cidr';
import { formatAddress, ipv4, OverlayError } from '@overlay/cidr';

import { goJson } from './go-json.js';
import { GoStruct } from './go-struct.js';
import { objectToJson, readJson, toJson } from './json-text.js';
import type { JsonNode } from './json-text.js';
import type { BackendOffer, Json, JsonObject, LeaseAttributes, OverlayExtension } from './model.js';
import { readIpv4, readIpv6 } from './prefix-text.js';

const SOURCE = { what: 'the lease value', code: 'OVL_LEASE_VALUE', maxLength: 8192 };
const FIELDS = ['PublicIP', 'PublicIPv6', 'BackendType', 'BackendData', 'BackendV6Data', 'Overlay'];
const OVERLAY_FIELDS = ['NodeID', 'Hostname', 'Version', 'Backends', 'MustRenumber'];
const OFFER_FIELDS = ['Id', 'Options', 'Data', 'V6Data'];

/**
 * Reads the value of a lease key as Flannel does (lease.LeaseAttrs): any case of keys, fields of old writers may be missing,
 * `{}` gives the public address 0.0.0.0. At most 8,192 characters. Throws OVL_LEASE_VALUE. Whether the addresses and the MAC make sense is decided by the LeaseSet.
 */
export function parseLeaseValue(text: string): LeaseAttributes {
  const struct = new GoStruct(readJson(text, SOURCE), FIELDS, SOURCE);
  const publicIp = struct.text('PublicIP', readIpv4) ?? ipv4(0);
  const publicIpv6 = struct.nullableText('PublicIPv6', readIpv6);
  const backendType = struct.string('BackendType') ?? '';
  const backendData = data(struct.raw('BackendData'));
  const backendV6Data = data(struct.raw('BackendV6Data'));
  const overlay = overlayOf(struct.raw('Overlay'));
  return {
    publicIp,
    ...(publicIpv6 && { publicIpv6 }),
    backendType,
    ...(backendData !== undefined && { backendData }),
    ...(backendV6Data !== undefined && { backendV6Data }),
    ...(overlay && { overlay }),
  };
}

/**
 * The value exactly as Flannel writes it: compact, its field order, `PublicIPv6` always there, empty fields left out, Go's
 * string escapes, the vxlan MAC in lower case. Our own field `Overlay` comes last, where Flannel ignores it. Throws OVL_LEASE_VALUE
 * when it is longer than the 8,192 characters that readers take.
 */
export function formatLeaseValue(attributes: LeaseAttributes): string {
  const { publicIp, publicIpv6, backendType, backendData, backendV6Data, overlay } = attributes;
  const text = goJson({
    PublicIP: formatAddress(publicIp),
    PublicIPv6: publicIpv6 === undefined ? null : goIpv6(publicIpv6),
    ...(backendType !== '' && { BackendType: backendType }),
    ...(backendData !== undefined && { BackendData: lowerMac(backendType, backendData) }),
    ...(backendV6Data !== undefined && { BackendV6Data: lowerMac(backendType, backendV6Data) }),
    ...(overlay && { Overlay: overlayJson(overlay) }),
  });
  if (text.length <= SOURCE.maxLength) return text;
  throw new OverlayError(
    SOURCE.code,
    `${SOURCE.what} is ${text.length} characters long, more than the ${SOURCE.maxLength} that peers read; use fewer backends`,
  );
}

function data(node: JsonNode | undefined): Json | undefined {
  return node && toJson(node, SOURCE);
}

/** Go prints an IPv4-mapped address as the IPv4 address, and reads it back as mapped. */
function goIpv6(address: Ipv6): string {
  return formatAddress(address).replace(/^::ffff:(?=.*\.)/, '');
}

function overlayOf(node: JsonNode | undefined): OverlayExtension | undefined {
  if (node === undefined || node.kind === 'null') return undefined;
  const struct = new GoStruct(node, OVERLAY_FIELDS, { ...SOURCE, what: 'Overlay in the lease value' });
  return {
    nodeId: struct.string('NodeID') ?? '',
    hostname: struct.string('Hostname') ?? '',
    version: struct.string('Version') ?? '',
    backends: offersOf(struct.raw('Backends')),
    ...(struct.boolean('MustRenumber', false) && { mustRenumber: true }),
  };
}

function offersOf(node: JsonNode | undefined): BackendOffer[] {
  if (node === undefined || node.kind === 'null') return [];
  if (node.kind !== 'object')
    throw new OverlayError(SOURCE.code, 'Overlay.Backends in the lease value must be a JSON object');
  const offers = new Map<string, BackendOffer>();
  for (const [key, value] of node.members) offers.set(key, offerOf(key, value));
  return [...offers.values()];
}

/** The key is the type; further entries of one type are `vxlan/2`, `vxlan/3`. */
function offerOf(key: string, node: JsonNode): BackendOffer {
  const source = { ...SOURCE, what: `Overlay.Backends.${key} in the lease value` };
  const struct = new GoStruct(node, OFFER_FIELDS, source);
  const id = struct.string('Id');
  const options = optionsOf(struct.raw('Options'), source.what);
  const own = data(struct.raw('Data'));
  const v6Data = data(struct.raw('V6Data'));
  return {
    type: key.split('/', 1)[0] ?? '',
    ...(id !== undefined && { id }),
    ...(options && { options }),
    ...(own !== undefined && { data: own }),
    ...(v6Data !== undefined && { v6Data }),
  };
}

function optionsOf(node: JsonNode | undefined, what: string): JsonObject | undefined {
  if (node === undefined || node.kind === 'null') return undefined;
  if (node.kind !== 'object') throw new OverlayError(SOURCE.code, `${what}: Options must be a JSON object`);
  return objectToJson(node, SOURCE);
}

function overlayJson(overlay: OverlayExtension): Json {
  const counts = new Map<string, number>();
  const backends = overlay.backends.map((offer): [string, Json] => {
    const count = (counts.get(offer.type) ?? 0) + 1;
    counts.set(offer.type, count);
    return [count === 1 ? offer.type : `${offer.type}/${count}`, offerJson(offer)];
  });
  return {
    NodeID: overlay.nodeId,
    Hostname: overlay.hostname,
    Version: overlay.version,
    Backends: Object.fromEntries(backends),
    ...(overlay.mustRenumber === true && { MustRenumber: true }),
  };
}

function offerJson({ type, id, options, data: own, v6Data }: BackendOffer): Json {
  return {
    ...(id !== undefined && { Id: id }),
    ...(options !== undefined && { Options: options }),
    ...(own !== undefined && { Data: lowerMac(type, own) }),
    ...(v6Data !== undefined && { V6Data: lowerMac(type, v6Data) }),
  };
}

function lowerMac(type: string, value: Json): Json {
  if (type !== 'vxlan' || typeof value !== 'object' || value === null || isList(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, Json] => [
    key,
    key === 'VtepMAC' && typeof member === 'string' ? member.toLowerCase() : member,
  ]);
  return Object.fromEntries(members);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
