/** Rules by `table chain`, in their order, without counters. A chain that is empty has an empty list. */
export type Ruleset = ReadonlyMap<string, readonly string[]>;

/** Reads what `iptables-save` printed. */
export function readRuleset(text: string): Ruleset {
  const found = new Map<string, string[]>();
  let table = '';
  for (const line of text.split('\n')) {
    const [, name = ''] = /^\*(\S+)/.exec(line) ?? [];
    if (name !== '') table = name;
    const [, chain] = /^:(\S+)/.exec(line) ?? [];
    if (chain !== undefined) found.set(`${table} ${chain}`, []);
    const [, of = '', rule = ''] = /^-A (\S+) (.*)$/.exec(line) ?? [];
    if (of !== '') found.get(`${table} ${of}`)?.push(rule.trimEnd());
  }
  return found;
}

const isOurs = (rule: string): boolean => rule.includes('"overlayd:');

const isOurChain = (name: string): boolean => name.includes(' OVERLAY-');

/** Chains of the kernel's own are there as soon as anybody uses their table. */
const BUILT_IN = / (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/;

/** What of the output of `iptables-save` is not ours: rules, chains and policies, in one order. */
export function foreignRules(text: string): readonly string[] {
  const policies = [...text.matchAll(/^:(\S+) DROP/gm)].map(([, chain = '']) => `policy of ${chain}: DROP`);
  const chains = [...readRuleset(text)].filter(([name]) => !isOurChain(name));
  const rules = chains.flatMap(([name, chain]) => [
    ...(BUILT_IN.test(name) ? [] : [name]),
    ...chain.filter((rule) => !isOurs(rule)).map((rule) => `${name}: ${rule}`),
  ]);
  return [...policies, ...rules].sort();
}

/**
 * Without drops of ours for a subnet that another host has: they may stay for a while after this host lost it. A chain that held nothing
 * else goes with its jump.
 */
export function withoutFences(rules: Ruleset, others: ReadonlySet<string>): Ruleset {
  const isFence = (rule: string): boolean =>
    rule.endsWith(' -j DROP') &&
    [...rule.matchAll(/-[sd] (\S+)/g)].some(([, subnet = '']) => others.has(subnet));
  const kept = [...rules].map(([name, chain]): [string, readonly string[]] => [
    name,
    isOurChain(name) ? chain.filter((rule) => !isFence(rule)) : chain,
  ]);
  const gone = kept.flatMap(([name, chain]) =>
    chain.length === 0 && rules.get(name)?.length !== 0 ? [`-j ${name.split(' ')[1] ?? ''}`] : [],
  );
  return new Map(
    kept.map(([name, chain]) => [name, chain.filter((rule) => !gone.some((jump) => rule.endsWith(jump)))]),
  );
}

/** What is ours, as {@link wantedRules} says it. */
export function ourRules(rules: Ruleset): readonly string[] {
  return [...rules].flatMap(([name, chain]) =>
    isOurChain(name)
      ? chain.map((rule, index) => `${name} ${index + 1}: ${rule}`)
      : chain.flatMap((rule, index) => jump(name, chain, rule, index)),
  );
}

/** In DOCKER-USER ours come after the user's own rules, elsewhere before all others. */
function jump(name: string, chain: readonly string[], rule: string, index: number): readonly string[] {
  if (!isOurs(rule)) return [];
  const target = /-j (\S+)$/.exec(rule)?.[1] ?? rule;
  const user = name.endsWith('DOCKER-USER');
  const right = user ? chain.slice(index + 1).every((other) => other === '-j RETURN') : index === 0;
  return [`jump ${name} ${right ? '' : 'not '}${user ? 'last' : 'first'} ${target}`];
}
