import type { TrackedFlow } from '../../firewall/stale-flows.js';
import { AF } from './constants.js';
import { readAddress, readAttributes } from './reader.js';
import type { MessageWriter } from './writer.js';

/** linux/netfilter/{nfnetlink,nfnetlink_conntrack}.h: NFNL_SUBSYS_CTNETLINK in the upper byte. */
export const CONNTRACK = { GET: 0x101, DELETE: 0x102 } as const;

const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, ID: 12, ZONE: 18 } as const;
const CTA_TUPLE = { IP: 1, PROTO: 2 } as const;
const CTA_IP = { V4_SRC: 1, V4_DST: 2, V6_SRC: 3, V6_DST: 4 } as const;
const CTA_PROTO_NUM = 1;
const UDP = 17;
/** NLA_F_NESTED */
const NESTED = 0x8000;
/** struct nfgenmsg: family, version, and a resource number that is 0. */
const HEADER_BYTES = 4;
/** What names an entry when it is to be removed. The kernel gives its id as it wants it back. */
const NAMES = [CTA.TUPLE_ORIG, CTA.ID, CTA.ZONE] as const;

/** An entry of connection tracking. */
export interface ConntrackEntry extends TrackedFlow {
  readonly family: 4 | 6;
  /** Attributes that name it, as they were read. */
  readonly name: readonly (readonly [number, Buffer])[];
}

export function writeConntrackHeader(writer: MessageWriter, family: 4 | 6): void {
  writer.u32(family === 4 ? AF.INET : AF.INET6);
}

/** The rest of the request that removes an entry, after the header. */
export function writeConntrackName(writer: MessageWriter, { name }: ConntrackEntry): void {
  for (const [type, bytes] of name)
    writer.attribute(type === CTA.TUPLE_ORIG ? type | NESTED : type, () => {
      for (const byte of bytes) writer.u8(byte);
    });
}

/** A UDP entry; undefined for other protocols and for what cannot be read. */
export function decodeUdpEntry(payload: Buffer): ConntrackEntry | undefined {
  const attributes = readAttributes(payload, HEADER_BYTES);
  const orig = readTuple(attributes.get(CTA.TUPLE_ORIG));
  const reply = readTuple(attributes.get(CTA.TUPLE_REPLY));
  if (orig?.protocol !== UDP || reply === undefined) return undefined;
  const name = NAMES.flatMap((type) => {
    const bytes = attributes.get(type);
    // The buffer that it was read into is used again.
    return bytes === undefined ? [] : [[type, Buffer.from(bytes)] as const];
  });
  return {
    family: orig.source.family,
    source: orig.source,
    destination: orig.destination,
    replySource: reply.source,
    replyDestination: reply.destination,
    name,
  };
}

function readTuple(tuple: Buffer | undefined) {
  if (tuple === undefined) return undefined;
  const parts = readAttributes(tuple);
  const [ip, proto] = [parts.get(CTA_TUPLE.IP), parts.get(CTA_TUPLE.PROTO)];
  if (ip === undefined || proto === undefined) return undefined;
  const addresses = readAttributes(ip);
  const source = readAddress(addresses.get(CTA_IP.V4_SRC) ?? addresses.get(CTA_IP.V6_SRC));
  const destination = readAddress(addresses.get(CTA_IP.V4_DST) ?? addresses.get(CTA_IP.V6_DST));
  if (source === undefined || destination === undefined) return undefined;
  return { source, destination, protocol: readAttributes(proto).get(CTA_PROTO_NUM)?.[0] };
}
