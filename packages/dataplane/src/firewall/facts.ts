import type { FirewallFacts, FirewallInput } from './model.js';
import type { Ruleset } from './ruleset.js';
import { isUnconditional, ruleTarget, ruleWords } from './ruleset.js';

export type Variant = 'nft' | 'legacy';

/** What was read of one address family. */
export interface FamilyReading {
  readonly family: 4 | 6;
  /** The ruleset of each iptables variant that is installed and was asked. */
  readonly rulesets: Readonly<Partial<Record<Variant, Ruleset>>>;
  /** Tables of a variant that are not in its ruleset although there may be rules in them. */
  readonly unreadable?: Readonly<Partial<Record<Variant, readonly string[]>>>;
  /** The variant that plain `iptables` means here. */
  readonly preferred: Variant | 'absent';
  /** All nftables tables of the family and of `inet`: `ip docker-bridges`. */
  readonly nftTables: readonly string[];
  /** `nft list table ip docker-bridges`, when there is one. */
  readonly dockerBridges?: string;
}

/** What is known of each address family; iptables and ip6tables can differ in everything. A family that could not be read is left out. */
export type FactsByFamily = Readonly<Partial<Record<4 | 6, FirewallFacts>>>;

const DOCKER_CHAINS = ['DOCKER', 'DOCKER-FORWARD', 'DOCKER-ISOLATION-STAGE-1'];

function chainRules(rules: Ruleset, table: string, chain: string): readonly string[] {
  return rules.get(table)?.get(chain)?.rules ?? [];
}

/** DOCKER-USER counts only while FORWARD still leads to it: a flush empties FORWARD and leaves the chain. */
function reachesDockerUser(rules: Ruleset): boolean {
  const filter = rules.get('filter');
  return (
    filter?.has('DOCKER-USER') === true && chainRules(rules, 'filter', 'FORWARD').some(jumpsToDockerUser)
  );
}

function jumpsToDockerUser(rule: string): boolean {
  return ruleTarget(rule) === 'DOCKER-USER';
}

function hasDocker(rules: Ruleset): boolean {
  return DOCKER_CHAINS.some((chain) => rules.get('filter')?.has(chain) === true);
}

/** Docker 28: `-d 172.17.0.2/32 ! -i docker0 -j DROP` in raw PREROUTING. */
function hasRawDrop(rules: Ruleset): boolean {
  return chainRules(rules, 'raw', 'PREROUTING').some((rule) => {
    const words = ruleWords(rule);
    return ruleTarget(rule) === 'DROP' && words.includes('-d') && words.join(' ').includes('! -i ');
  });
}

function forwardPolicy(rules: Ruleset): 'ACCEPT' | 'DROP' {
  return rules.get('filter')?.get('FORWARD')?.policy === 'DROP' ? 'DROP' : 'ACCEPT';
}

function dockerScore(rules: Ruleset | undefined): number {
  if (rules === undefined) return -1;
  return (reachesDockerUser(rules) ? 2 : 0) + (hasDocker(rules) ? 1 : 0);
}

/** The variant that holds Docker's chains, because an accept decides only beside the drop; without Docker, plain `iptables`. */
export function chooseVariant(reading: FamilyReading): Variant | 'absent' {
  const nft = dockerScore(reading.rulesets.nft);
  const legacy = dockerScore(reading.rulesets.legacy);
  if (nft === legacy) return reading.preferred;
  return nft > legacy ? 'nft' : 'legacy';
}

/** What decides for one family. */
export function familyFacts(reading: FamilyReading): FirewallFacts {
  const iptables = chooseVariant(reading);
  const rules = iptables === 'absent' ? undefined : reading.rulesets[iptables];
  const facts = {
    iptables,
    dockerUser: rules !== undefined && reachesDockerUser(rules),
    docker: rules !== undefined && hasDocker(rules),
    dockerNftables: reading.dockerBridges !== undefined,
    dockerRawDrop: rules !== undefined && hasRawDrop(rules),
    forwardPolicy: rules === undefined ? 'unknown' : forwardPolicy(rules),
  } as const;
  return { ...facts, obstacles: obstacles(reading, facts, rules) };
}

type Decided = Omit<FirewallFacts, 'obstacles'>;

function obstacles(reading: FamilyReading, facts: Decided, rules: Ruleset | undefined): readonly string[] {
  return [
    ...(rules === undefined ? [] : ruleObstacles(facts, rules)),
    ...variantObstacles(reading, facts),
    ...dockerNftablesObstacles(reading.dockerBridges),
    ...firewalldObstacles(reading),
  ];
}

function ruleObstacles(facts: Decided, rules: Ruleset): readonly string[] {
  const lines: string[] = [];
  if (rules.get('filter')?.has('DOCKER-USER') === true && !facts.dockerUser) {
    lines.push(
      "Docker's chains are there but FORWARD does not lead to them (flushed?): published ports and isolation are off until dockerd restarts",
    );
  }
  const forward = chainRules(rules, 'filter', 'FORWARD');
  const blocked = [
    ...before(forward, jumpsToDockerUser, facts.dockerUser),
    ...chainRules(rules, 'filter', 'DOCKER-USER'),
  ].find(isDropForAll);
  if (blocked !== undefined) {
    lines.push(
      `a rule for every packet comes before ours and is not ours to change: "${blocked}" in FORWARD or DOCKER-USER`,
    );
  }
  return lines;
}

function before(
  rules: readonly string[],
  isEnd: (rule: string) => boolean,
  applies: boolean,
): readonly string[] {
  return applies ? rules.slice(0, rules.findIndex(isEnd)) : [];
}

function isDropForAll(rule: string): boolean {
  return isUnconditional(rule) && ['DROP', 'REJECT'].includes(ruleTarget(rule));
}

function variantObstacles(reading: FamilyReading, facts: Decided): readonly string[] {
  if (facts.iptables === 'absent') {
    return [
      'no iptables is installed: our rules are in nftables only, and cannot undo a drop in another table',
    ];
  }
  const other = facts.iptables === 'nft' ? 'legacy' : 'nft';
  const rules = reading.rulesets[other];
  if (rules === undefined || !hasRules(rules)) return [];
  const policy =
    forwardPolicy(rules) === 'DROP' ? '; its FORWARD policy is DROP, which drops overlay traffic too' : '';
  return [
    `rules in both iptables-nft and iptables-legacy: ours are in iptables-${facts.iptables}, clear iptables-${other}${policy}`,
  ];
}

function hasRules(rules: Ruleset): boolean {
  return [...rules.values()].some((chains) =>
    [...chains.values()].some((chain) => chain.rules.length > 0 || chain.policy === 'DROP'),
  );
}

function dockerNftablesObstacles(listing: string | undefined): readonly string[] {
  if (listing === undefined) return [];
  const lines: string[] = [];
  if (!/mark[^\n]*accept/.test(listing)) {
    lines.push(
      'Docker filters with nftables, which no rule of ours can undo: set "bridge-accept-fwmark": "0x4000/0x4000" in daemon.json and restart dockerd',
    );
  }
  if (/chain raw-PREROUTING \{[^}]*\bdrop\b/.test(listing)) {
    lines.push(
      'Docker drops packets to containers before its filter: set "allow-direct-routing": true in daemon.json and restart dockerd',
    );
  }
  return lines;
}

function firewalldObstacles(reading: FamilyReading): readonly string[] {
  if (!reading.nftTables.includes('inet firewalld')) return [];
  return [
    'firewalld rejects forwarded packets after our accept: add the overlay network to its zone "trusted" (firewall-cmd --permanent --zone=trusted --add-source=NETWORK)',
  ];
}

/** What is in the way because of what the operator chose. */
export function choiceObstacles(input: FirewallInput, facts: FirewallFacts): readonly string[] {
  if (input.forward || !(facts.dockerRawDrop || facts.docker || facts.forwardPolicy === 'DROP')) return [];
  return [
    '--iptables-forward-rules is off, and Docker or a FORWARD policy DROP drops overlay traffic: turn it on or add your own accept rules',
  ];
}

const UNREAD: FirewallFacts = {
  iptables: 'absent',
  dockerUser: false,
  docker: false,
  dockerNftables: false,
  dockerRawDrop: false,
  forwardPolicy: 'unknown',
  obstacles: [],
};

/** The facts of the families as one, for a report; IPv4 first. */
export function mergeFacts(byFamily: FactsByFamily): FirewallFacts {
  const { 4: v4, 6: v6 } = byFamily;
  if (v4 === undefined || v6 === undefined) return v4 ?? v6 ?? UNREAD;
  return {
    iptables: v4.iptables,
    dockerUser: v4.dockerUser || v6.dockerUser,
    docker: v4.docker || v6.docker,
    dockerNftables: v4.dockerNftables || v6.dockerNftables,
    dockerRawDrop: v4.dockerRawDrop || v6.dockerRawDrop,
    forwardPolicy: v4.forwardPolicy === 'DROP' ? 'DROP' : v6.forwardPolicy,
    obstacles: [
      ...v4.obstacles.map((line) => `IPv4: ${line}`),
      ...v6.obstacles.map((line) => `IPv6: ${line}`),
    ],
  };
}
