import { formatPrefix } from '@overlay/cidr';
import type { Prefix } from '@overlay/cidr';
import { CLAMP, narrowFlows } from './clamp.js';
import type { FirewallInput, NftTable, OverlayTraffic } from './model.js';
import { nftTableName, ruleComment } from './names.js';
import type { Flow } from './rules.js';
import {
  fencedIn,
  fencedOut,
  inbound,
  local,
  MARK,
  networksOf,
  subnetsOf,
  toDirectPeers,
  within,
} from './rules.js';

/** Ten before srcnat (100): before Docker's and iptables' own source NAT, which then leaves the flow alone. */
const BEFORE_SRCNAT = 90;
const MANGLE = -150;
const RAW = -300;

type Expression = Readonly<Record<string, unknown>>;
type NftFamily = 'ip' | 'ip6';

/**
 * The nftables table of one family: source NAT, and with Docker's nftables backend the mark that its `bridge-accept-fwmark` lets in.
 * Nothing is accepted in the forward chain: that would decide nothing, since a drop in any other table wins. For the same reason what is
 * fenced needs no other place than this table.
 *
 * Within the overlay the source is kept by an identity SNAT: an `accept` here would not keep Docker's later chain from masquerading.
 */
export function planTable(input: FirewallInput, traffic: OverlayTraffic, mark: boolean): NftTable {
  const family = traffic.family === 4 ? 'ip' : 'ip6';
  const table = { family, name: nftTableName(input.instance) } as const;
  const rule = (chain: string, expr: readonly Expression[]): unknown => ({
    add: { rule: { family, table: table.name, chain, comment: ruleComment(input.instance), expr } },
  });
  const chain = (name: string, type: string, hook: string, prio: number): unknown => ({
    add: { chain: { family, table: table.name, name, type, hook, prio, policy: 'accept' } },
  });
  const natRules = sourceNat(input, traffic, family, mark).map((expr) => rule('postrouting', expr));
  const markRules = inbound(traffic).map((flow) => rule('prerouting', [...matches(family, flow), SET_MARK]));
  const nat = chain('postrouting', 'nat', 'postrouting', BEFORE_SRCNAT);
  const drop = (name: string) => (flow: Flow) => rule(name, [...matches(family, flow), DROP]);
  const fenced = fencedIn(traffic);
  const clamps = input.forward ? narrowFlows(traffic) : [];
  const chains = [
    nat,
    ...(mark ? [chain('prerouting', 'filter', 'prerouting', MANGLE)] : []),
    ...(fenced.length === 0
      ? []
      : [
          chain('fence-in', 'filter', 'prerouting', RAW),
          chain('fence-out', 'filter', 'postrouting', MANGLE),
        ]),
    ...(clamps.length === 0 ? [] : [chain('forward', 'filter', 'forward', MANGLE)]),
  ];
  const clampRules = clamps.map((flow) => rule('forward', [...matches(family, flow), ...CLAMP]));
  const rules = [...natRules, ...(mark ? markRules : [])];
  const drops = [...fenced.map(drop('fence-in')), ...fencedOut(traffic).map(drop('fence-out'))];
  return { ...table, contents: [...chains, ...rules, ...drops, ...clampRules] };
}

const MARK_BITS: Expression = { '&': [{ meta: { key: 'mark' } }, MARK] };
const IS_MARKED: Expression = { match: { op: '==', left: MARK_BITS, right: MARK } };
const SET_MARK: Expression = {
  mangle: { key: { meta: { key: 'mark' } }, value: { '|': [{ meta: { key: 'mark' } }, MARK] } },
};
const RETURN: Expression = { return: null };
const DROP: Expression = { drop: null };

function sourceNat(
  input: FirewallInput,
  traffic: OverlayTraffic,
  family: NftFamily,
  marksOurs: boolean,
): readonly (readonly Expression[])[] {
  const keep: Expression = { snat: { addr: { payload: { protocol: family, field: 'saddr' } } } };
  const subnets = subnetsOf(traffic);
  const kept = [
    ...local(traffic).map((flow) => [...matches(family, flow), RETURN]),
    ...within(traffic).map((flow) => [...matches(family, flow), keep]),
    ...toDirectPeers(traffic).map((flow) => [...matches(family, flow), keep]),
  ];
  if (!input.masquerade) return kept;
  const multicast = { prefix: family === 'ip' ? { addr: '224.0.0.0', len: 4 } : { addr: 'ff00::', len: 8 } };
  const masquerade: Expression = { masquerade: input.randomFully ? { flags: 'fully-random' } : null };
  const translated = networksOf(traffic).flatMap((network) => {
    const outside = address(family, 'saddr', '!=', prefixValue(network));
    const inside = address(family, 'saddr', '==', prefixValue(network));
    return [
      ...subnets.map((subnet) => [outside, address(family, 'daddr', '==', prefixValue(subnet)), RETURN]),
      [inside, address(family, 'daddr', '!=', multicast), masquerade],
      [outside, address(family, 'daddr', '==', prefixValue(network)), masquerade],
    ];
  });
  return [
    // The mark means "kube-proxy masquerades this" (Flannel's first rule), unless it is ours.
    ...(marksOurs ? [] : [[IS_MARKED, RETURN]]),
    ...kept,
    ...translated,
  ];
}

function matches(family: NftFamily, flow: Partial<Flow>): readonly Expression[] {
  const list: Expression[] = [];
  if (flow.input !== undefined) list.push(device('iifname', flow.input));
  if (flow.output !== undefined) list.push(device('oifname', flow.output));
  if (flow.source !== undefined) list.push(address(family, 'saddr', '==', prefixValue(flow.source)));
  if (flow.destination !== undefined)
    list.push(address(family, 'daddr', '==', prefixValue(flow.destination)));
  return list;
}

function device(key: 'iifname' | 'oifname', name: string): Expression {
  return { match: { op: '==', left: { meta: { key } }, right: name } };
}

function address(family: NftFamily, field: 'saddr' | 'daddr', op: '==' | '!=', right: unknown): Expression {
  return { match: { op, left: { payload: { protocol: family, field } }, right } };
}

/** nft prints a host's prefix as the bare address, so that is how it is written. */
function prefixValue(prefix: Prefix): unknown {
  const [addr = ''] = formatPrefix(prefix).split('/');
  return prefix.length === (prefix.family === 4 ? 32 : 128) ? addr : { prefix: { addr, len: prefix.length } };
}

/** The transaction that makes a table exactly what is wanted, whatever it was; nothing is ever half there. */
export function replaceTable(table: NftTable): readonly unknown[] {
  const { family, name } = table;
  const id = { table: { family, name } };
  return [{ add: id }, { delete: id }, { add: id }, ...table.contents];
}

/** The contents of the only table in `nft -j list table` output, as text to compare with `tableText`. */
export function listedText(json: string): string {
  const { nftables } = JSON.parse(json) as {
    readonly nftables: readonly Readonly<Record<string, unknown>>[];
  };
  return canonical(nftables.filter((object) => !('metainfo' in object) && !('table' in object)));
}

/** The wanted contents in the form of `listedText`. */
export function tableText(table: NftTable): string {
  return canonical(table.contents.map((command) => (command as { readonly add: unknown }).add));
}

/** JSON with sorted keys and without handles, which differ with every load. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) => {
    if (key === 'handle') return undefined;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
