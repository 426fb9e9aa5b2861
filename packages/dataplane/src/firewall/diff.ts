import type { OwnedChain, RuleText } from './model.js';
import type { OwnedTable } from './names.js';
import { chainName, clampChainName, isOverlayChain, TABLES } from './names.js';
import type { Ruleset } from './ruleset.js';
import { isUnconditional, ruleTarget, sameRule } from './ruleset.js';
import { commentMatch } from './rules.js';

/** Input for `iptables-restore --noflush`, and the tables it changes. Empty when nothing differs. */
export interface Restore {
  readonly tables: readonly OwnedTable[];
  readonly payload: string;
}

/**
 * What turns the ruleset into one where the chains of an instance are exactly the given ones. A table is one transaction: a chain is
 * never seen empty, a jump never missing. Rules that are not ours are neither changed nor moved.
 */
export function diffChains(instance: string, wanted: readonly OwnedChain[], actual: Ruleset): Restore {
  return restoreOf(
    TABLES.map((table) => ({
      table,
      lines: tableLines(
        chainName(table, instance),
        wanted.find((chain) => chain.table === table),
        actual.get(table) ?? new Map(),
      ),
    })),
  );
}

/** As `diffChains`, of the one chain that clamps. */
export function diffClamp(instance: string, wanted: OwnedChain | undefined, actual: Ruleset): Restore {
  const table = 'mangle';
  return restoreOf([
    { table, lines: tableLines(clampChainName(instance), wanted, actual.get(table) ?? new Map()) },
  ]);
}

interface TableChange {
  readonly table: OwnedTable;
  readonly lines: readonly string[];
}

function restoreOf(all: readonly TableChange[]): Restore {
  const changes = all.filter(({ lines }) => lines.length > 0);
  return {
    tables: changes.map(({ table }) => table),
    payload: changes.map(({ table, lines }) => `*${table}\n${lines.join('\n')}\nCOMMIT\n`).join(''),
  };
}

type SavedTable = NonNullable<ReturnType<Ruleset['get']>>;

function tableLines(name: string, wanted: OwnedChain | undefined, actual: SavedTable): readonly string[] {
  const jumps = [...actual].flatMap(([from, chain]) => jumpsIn(from, chain.rules, name));
  const removal = jumps.map((jump) => `-D ${jump.from} ${jump.rule}`);
  if (wanted === undefined) return actual.has(name) ? [`:${name} - [0:0]`, ...removal, `-X ${name}`] : [];
  const content = contentLines(wanted, actual.get(name)?.rules);
  const fromRules = actual.get(wanted.jump.from)?.rules ?? [];
  if (jumpIsRight(wanted, jumps, fromRules)) return content;
  const declaration = content.length === 0 && !actual.has(name) ? [`:${name} - [0:0]`] : [];
  return [...declaration, ...content, ...removal, insertion(wanted, fromRules)];
}

/** Declaring a chain empties it within the transaction; then come all its rules. */
function contentLines(wanted: OwnedChain, rules: readonly RuleText[] | undefined): readonly string[] {
  const same =
    rules?.length === wanted.rules.length &&
    rules.every((rule, index) => sameRule(rule, wanted.rules[index] ?? ''));
  if (same) return [];
  return [`:${wanted.name} - [0:0]`, ...wanted.rules.map((rule) => `-A ${wanted.name} ${rule}`)];
}

interface Jump {
  readonly from: string;
  readonly rule: RuleText;
}

function jumpsIn(from: string, rules: readonly RuleText[], name: string): readonly Jump[] {
  return rules.filter((rule) => ruleTarget(rule) === name).map((rule) => ({ from, rule }));
}

function jumpRule(wanted: OwnedChain): RuleText {
  return `${commentMatch(wanted.comment)} -j ${wanted.name}`;
}

/** Jumps of other instances count as ours here: each instance wanting to be the very first would never end. */
function isForeign(rule: RuleText): boolean {
  return !isOverlayChain(ruleTarget(rule));
}

function jumpIsRight(wanted: OwnedChain, jumps: readonly Jump[], fromRules: readonly RuleText[]): boolean {
  const [only] = jumps;
  if (
    only === undefined ||
    jumps.length > 1 ||
    only.from !== wanted.jump.from ||
    !sameRule(only.rule, jumpRule(wanted))
  )
    return false;
  const at = fromRules.findIndex((rule) => ruleTarget(rule) === wanted.name);
  const foreignBefore = fromRules.slice(0, at).filter(isForeign).length;
  return foreignBefore === wantedIndex(wanted, fromRules.filter(isForeign));
}

/** How many of these rules come before the jump. */
function wantedIndex(wanted: OwnedChain, rules: readonly RuleText[]): number {
  if (wanted.jump.position === 'first') return 0;
  const end = rules.findIndex(endsChain);
  return end < 0 ? rules.length : end;
}

/** No packet gets past it, and it does not drop: a jump must come before. A drop for all is the user's word, and stays. */
function endsChain(rule: RuleText): boolean {
  return isUnconditional(rule) && ['RETURN', 'ACCEPT'].includes(ruleTarget(rule));
}

function insertion(wanted: OwnedChain, fromRules: readonly RuleText[]): string {
  const rest = fromRules.filter((rule) => ruleTarget(rule) !== wanted.name);
  const index = wantedIndex(wanted, rest);
  const { from } = wanted.jump;
  if (index === rest.length) return `-A ${from} ${jumpRule(wanted)}`;
  return `-I ${from} ${index + 1} ${jumpRule(wanted)}`;
}
