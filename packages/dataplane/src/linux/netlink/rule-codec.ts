import type { Prefix } from '@overlay/cidr';
import { ROUTE_PROTOCOL } from '../../ownership.js';
import type { RuleObject } from '../../model.js';
import type { RuleState } from '../../snapshot.js';
import { AF, FRA, FR_ACT_TO_TBL } from './constants.js';
import { readAddress, readAttributes, readU32 } from './reader.js';
import type { MessageWriter } from './writer.js';

/** Body of RTM_NEWRULE and RTM_DELRULE (struct fib_rule_hdr), with our protocol number. */
export function writeRule(writer: MessageWriter, rule: RuleObject): void {
  writer.u8(rule.family === 4 ? AF.INET : AF.INET6);
  writer.u8(rule.destination?.length ?? 0);
  writer.u8(rule.source?.length ?? 0);
  writer.u8(0);
  writer.u8(rule.table < 256 ? rule.table : 0);
  writer.u16(0);
  writer.u8(FR_ACT_TO_TBL);
  writer.u32(0);
  if (rule.source) writer.attributeAddress(FRA.SRC, rule.source);
  if (rule.destination) writer.attributeAddress(FRA.DST, rule.destination);
  writer.attributeU32(FRA.PRIORITY, rule.priority);
  if (rule.table >= 256) writer.attributeU32(FRA.TABLE, rule.table);
  writer.attributeU8(FRA.PROTOCOL, ROUTE_PROTOCOL);
}

/** Body of a dump of the rules of one family. */
export function writeRuleDump(writer: MessageWriter, family: 4 | 6): void {
  writer.u32(family === 4 ? AF.INET : AF.INET6);
  writer.u32(0);
  writer.u32(0);
}

/** Decodes the body of RTM_NEWRULE. */
export function decodeRule(payload: Buffer): RuleState {
  const attributes = readAttributes(payload, 12);
  const prefix = (type: number, length: number): Prefix | undefined => {
    const address = readAddress(attributes.get(type));
    return address ? { ...address, length } : undefined;
  };
  const destination = prefix(FRA.DST, payload.readUInt8(1));
  const source = prefix(FRA.SRC, payload.readUInt8(2));
  return {
    family: payload.readUInt8(0) === AF.INET ? 4 : 6,
    priority: readU32(attributes.get(FRA.PRIORITY)) ?? 0,
    table: readU32(attributes.get(FRA.TABLE)) ?? payload.readUInt8(4),
    protocol: attributes.get(FRA.PROTOCOL)?.[0] ?? 0,
    ...(source ? { source } : {}),
    ...(destination ? { destination } : {}),
  };
}
