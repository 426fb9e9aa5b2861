import type { RuleText } from './model.js';

/** A chain as `iptables-save` prints it. `policy` is `-` for a chain that is not built in. */
interface SavedChain {
  readonly policy: string;
  readonly rules: readonly RuleText[];
}

/** Table name, then chain name. */
export type Ruleset = ReadonlyMap<string, ReadonlyMap<string, SavedChain>>;

interface OpenChain {
  policy: string;
  rules: string[];
}

/**
 * Reads what `iptables-save` or `ip6tables-save` prints (both the nft and the legacy variant). Lines it does not know are left out:
 * comments, counters in brackets, and what iptables itself calls incompatible (`unreadableTables`).
 */
export function parseSave(text: string): Ruleset {
  const tables = new Map<string, Map<string, OpenChain>>();
  let chains = new Map<string, OpenChain>();
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) {
      chains = new Map();
      tables.set(line.slice(1).trim(), chains);
    } else if (line.startsWith(':')) {
      const [name = '', policy = '-'] = line.slice(1).split(' ');
      chains.set(name, { policy, rules: [] });
    } else if (line.startsWith('-A ')) {
      addRule(chains, line.slice(3));
    }
  }
  return tables;
}

function addRule(chains: Map<string, OpenChain>, line: string): void {
  const space = line.indexOf(' ');
  const name = space < 0 ? line : line.slice(0, space);
  chains.get(name)?.rules.push(space < 0 ? '' : line.slice(space + 1));
}

/**
 * Tables that iptables-nft left out of what it prints because rules of nftables' own are in them: `# Table \`mangle' is incompatible, use
 * 'nft' tool.` It writes to them all the same, without a look.
 */
export function unreadableTables(output: string): readonly string[] {
  return [...output.matchAll(/^# Table `(\w+)' is incompatible/gm)].map(([, table = '']) => table);
}

/** The words of a rule, quotes removed: versions of iptables differ in which comments they quote. */
export function ruleWords(rule: RuleText): readonly string[] {
  const words = rule.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return words.map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word));
}

/** Whether two rules are the same but for quoting. */
export function sameRule(a: RuleText, b: RuleText): boolean {
  return a === b || ruleWords(a).join('\0') === ruleWords(b).join('\0');
}

/** What a rule jumps or goes to (`ACCEPT`, a chain), or '' when it has no target. */
export function ruleTarget(rule: RuleText): string {
  const words = ruleWords(rule);
  const at = words.findIndex((word) => word === '-j' || word === '-g');
  return at < 0 ? '' : (words[at + 1] ?? '');
}

/** Whether every packet that reaches the rule takes its target (a comment is no condition). */
export function isUnconditional(rule: RuleText): boolean {
  const rest = ruleWords(rule)
    .join('\0')
    .replace(/^-m\0comment\0--comment\0[^\0]*\0/, '');
  return rest.startsWith('-j\0') || rest.startsWith('-g\0');
}
