import * as fc from 'fast-check';
import { diffChains } from './diff.js';
import type { OwnedChain } from './model.js';
import type { Ruleset } from './ruleset.js';
import { ruleTarget } from './ruleset.js';

const JUMP = '-m comment --comment "overlayd:default" -j OVERLAY-FWD';
const RULES = ['-s 10.5.0.0/16 -j ACCEPT', '-d 10.5.0.0/16 -j ACCEPT'];

type Chains = Readonly<Record<string, readonly string[]>>;

function ruleset(chains: Chains): Ruleset {
  return new Map([
    ['filter', new Map(Object.entries(chains).map(([name, rules]) => [name, { policy: '-', rules }]))],
  ]);
}

function wanted(jump: OwnedChain['jump']): OwnedChain {
  return { family: 4, table: 'filter', name: 'OVERLAY-FWD', rules: RULES, jump, comment: 'overlayd:default' };
}

const LAST = wanted({ from: 'DOCKER-USER', position: 'last-before-return' });
const FIRST = wanted({ from: 'FORWARD', position: 'first' });

/** `iptables-restore --noflush` as far as we use it; a line that would fail there throws. */
function restore(chains: Chains, payload: string): Chains {
  const state = new Map(Object.entries(chains).map(([name, rules]) => [name, [...rules]]));
  const chain = (name: string): string[] => {
    const rules = state.get(name);
    if (rules === undefined) throw new Error(`no chain ${name}`);
    return rules;
  };
  for (const line of payload.split('\n')) {
    const [, declared] = /^:(\S+) /.exec(line) ?? [];
    const [, op, name = '', rest = ''] = /^-([ADIX]) (\S+) ?(.*)$/.exec(line) ?? [];
    if (declared !== undefined) state.set(declared, []);
    if (op === 'A') chain(name).push(rest);
    if (op === 'I') insert(chain(name), rest);
    if (op === 'D') remove(chain(name), rest);
    if (op === 'X') state.delete(name);
  }
  return Object.fromEntries(state);
}

function insert(rules: string[], rest: string): void {
  const [, number = '', rule = ''] = /^(\d+) (.*)$/.exec(rest) ?? [];
  if (Number(number) < 1 || Number(number) > rules.length + 1) throw new Error(`bad index ${number}`);
  rules.splice(Number(number) - 1, 0, rule);
}

function remove(rules: string[], rule: string): void {
  const at = rules.indexOf(rule);
  if (at < 0) throw new Error(`no rule ${rule}`);
  rules.splice(at, 1);
}

function applied(chains: Chains, chain: OwnedChain | undefined): Chains {
  return restore(chains, diffChains('default', chain ? [chain] : [], ruleset(chains)).payload);
}

test('a table is one transaction: chain, rules and jump together', () => {
  expect(
    diffChains(
      'default',
      [LAST],
      ruleset({ FORWARD: [], 'DOCKER-USER': ['-s 1.1.1.1/32 -j DROP', '-j RETURN'] }),
    ),
  ).toEqual({
    tables: ['filter'],
    payload: `*filter
:OVERLAY-FWD - [0:0]
-A OVERLAY-FWD ${RULES[0]!}
-A OVERLAY-FWD ${RULES[1]!}
-I DOCKER-USER 2 ${JUMP}
COMMIT
`,
  });
});

test('only what differs is written: the chain alone, the jump alone, nothing', () => {
  const right = { 'DOCKER-USER': [JUMP], 'OVERLAY-FWD': RULES };
  const payload = (chains: Chains): string => diffChains('default', [LAST], ruleset(chains)).payload;
  expect(payload(right)).toBe('');
  expect(payload({ ...right, 'OVERLAY-FWD': RULES.slice(1) })).not.toContain('DOCKER-USER');
  expect(payload({ ...right, 'DOCKER-USER': [] })).not.toContain(':OVERLAY-FWD');
});

test('a quoted and an unquoted comment are the same jump', () => {
  const bare = JUMP.replaceAll('"', '');
  expect(
    diffChains('default', [LAST], ruleset({ 'DOCKER-USER': [bare], 'OVERLAY-FWD': RULES })).payload,
  ).toBe('');
});

test("the jump stays behind the user's rules and before a RETURN or ACCEPT for all", () => {
  const drop = '-s 1.1.1.1/32 -j DROP';
  expect(applied({ 'DOCKER-USER': [JUMP, drop, '-j RETURN'] }, LAST)['DOCKER-USER']).toEqual([
    drop,
    JUMP,
    '-j RETURN',
  ]);
  expect(applied({ 'DOCKER-USER': [drop, JUMP] }, LAST)['DOCKER-USER']).toEqual([drop, JUMP]);
  expect(applied({ 'DOCKER-USER': [JUMP, drop] }, LAST)['DOCKER-USER']).toEqual([drop, JUMP]);
  expect(applied({ 'DOCKER-USER': ['-j ACCEPT', drop] }, LAST)['DOCKER-USER']).toEqual([
    JUMP,
    '-j ACCEPT',
    drop,
  ]);
});

test('E04 E05 a jump that Docker or a flush removed is put back, though the chain is as it should be', () => {
  const chains = { FORWARD: ['-j X'], 'DOCKER-USER': ['-j RETURN'], 'OVERLAY-FWD': RULES };
  expect(applied(chains, LAST)).toEqual({ ...chains, 'DOCKER-USER': [JUMP, '-j RETURN'] });
  expect(applied(chains, FIRST)).toEqual({ ...chains, FORWARD: [JUMP, '-j X'] });
});

test('E09 rules that stand there twice, in another order or with another among them are made right by one write', () => {
  for (const rules of [[...RULES, ...RULES], RULES.toReversed(), [RULES[0]!, '-j DROP', RULES[1]!]]) {
    const right = { 'DOCKER-USER': [JUMP], 'OVERLAY-FWD': RULES };
    expect(applied({ ...right, 'OVERLAY-FWD': rules }, LAST)).toEqual(right);
  }
});

test("a user's drop for all packets is not stepped over", () => {
  expect(applied({ 'DOCKER-USER': ['-j DROP'] }, LAST)['DOCKER-USER']).toEqual(['-j DROP', JUMP]);
});

test('jumps of another instance do not count: two instances do not fight over the first place', () => {
  const other = '-m comment --comment "overlayd:blue" -j OVERLAY-FWD-blue';
  const right = { FORWARD: [other, JUMP, '-j X'], 'OVERLAY-FWD': RULES, 'OVERLAY-FWD-blue': [] };
  expect(diffChains('default', [FIRST], ruleset(right)).payload).toBe('');
});

test('without a wanted chain ours goes, with every jump to it, and nothing else', () => {
  const chains = {
    FORWARD: ['-j OVERLAY-FWD', '-j X', JUMP],
    'DOCKER-USER': [JUMP],
    'OVERLAY-FWD': RULES,
    'OVERLAY-FWD-blue': RULES,
  };
  expect(applied(chains, undefined)).toEqual({
    FORWARD: ['-j X'],
    'DOCKER-USER': [],
    'OVERLAY-FWD-blue': RULES,
  });
  expect(diffChains('default', [], ruleset({ FORWARD: ['-j X'] })).payload).toBe('');
});

const anyRule = fc.constantFrom(
  JUMP,
  '-j OVERLAY-FWD',
  '-j RETURN',
  '-j ACCEPT',
  '-j DROP',
  '-i eth0 -j RETURN',
  '-j OVERLAY-FWD-blue',
  '-s 1.1.1.1/32 -j DROP',
);
const anyRules = fc.array(anyRule, { maxLength: 6 });
const anyChains = fc
  .record({ FORWARD: anyRules, 'DOCKER-USER': anyRules })
  .chain((base) =>
    fc
      .option(fc.subarray([...RULES, '-j DROP']))
      .map((own) => (own === null ? withoutOurs(base) : { ...base, 'OVERLAY-FWD': own })),
  );

function foreign(rules: readonly string[]): readonly string[] {
  return rules.filter((rule) => ruleTarget(rule) !== 'OVERLAY-FWD');
}

/** A jump to a chain that is not there cannot be. */
function withoutOurs(chains: Chains): Chains {
  return Object.fromEntries(Object.entries(chains).map(([name, rules]) => [name, foreign(rules)]));
}

test('I7 whatever was there, one write makes it right, a second is not needed, and foreign rules keep their order', () => {
  fc.assert(
    fc.property(anyChains, fc.constantFrom(FIRST, LAST, undefined), (chains, chain) => {
      const after = applied(chains, chain);
      expect(diffChains('default', chain ? [chain] : [], ruleset(after)).payload).toBe('');
      expect(after['OVERLAY-FWD']).toEqual(chain?.rules);
      for (const name of ['FORWARD', 'DOCKER-USER'])
        expect(foreign(after[name]!)).toEqual(foreign(chains[name] ?? []));
    }),
  );
});
