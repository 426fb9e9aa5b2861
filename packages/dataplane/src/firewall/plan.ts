import { formatPrefix } from '@overlay/cidr';
import { clampChain } from './clamp.js';
import type { FactsByFamily } from './facts.js';
import type {
  FirewallFacts,
  FirewallInput,
  FirewallState,
  OverlayTraffic,
  OwnedChain,
  RuleText,
} from './model.js';
import { chainName, ruleComment, type OwnedTable } from './names.js';
import { planTable } from './nft.js';
import {
  commentMatch,
  fencedIn,
  fencedOut,
  flowRule,
  inbound,
  local,
  MARK,
  networksOf,
  outbound,
  subnetsOf,
  toDirectPeers,
  within,
} from './rules.js';

/**
 * Which chains and tables let the overlay's traffic, and only that, through this host's firewall.
 *
 * - filter: an accept is final only in the hook where the drop would be, so it hangs in Docker's DOCKER-USER (after the user's own
 *   rules) or, without one, first in FORWARD. An accept in an nftables table of our own would decide nothing.
 * - raw: Docker 28.0 drops packets to published containers that do not come through their bridge, 28.2 to all of them.
 * - nat: between overlay addresses no masquerade, ours or Docker's; `ACCEPT` ends the nat hook for the flow, `RETURN` would fall into
 *   Docker's rule.
 * - mangle, and the beginning of raw: the drops of what another host owns. A drop is final wherever it is, these come before every
 *   accept and every translation, and see what this host sends itself.
 *
 * @throws OverlayError OVL_FIREWALL_INSTANCE, OVL_FIREWALL_INTERFACE
 */
export function planFirewall(input: FirewallInput, facts: FactsByFamily): FirewallState {
  const plans = input.traffic.flatMap((traffic) => {
    const known = facts[traffic.family];
    return known === undefined ? [] : [{ traffic, facts: known }];
  });
  return {
    chains: plans.flatMap((plan) => familyChains(input, plan.traffic, plan.facts)),
    clamps: plans
      .filter((plan) => !usesNftables(input, plan.facts))
      .flatMap((plan) => clampChain(input, plan.traffic) ?? []),
    tables: plans
      .filter((plan) => usesNftables(input, plan.facts))
      .map((plan) => planTable(input, plan.traffic, plan.facts.dockerNftables)),
  };
}

/**
 * Docker's nftables backend masquerades at the priority of iptables' nat, so there only a table of ours that comes earlier keeps
 * sources; and a host without iptables has nothing else.
 */
function usesNftables(input: FirewallInput, facts: FirewallFacts): boolean {
  return input.nftables || facts.dockerNftables || facts.iptables === 'absent';
}

function familyChains(
  input: FirewallInput,
  traffic: OverlayTraffic,
  facts: FirewallFacts,
): readonly OwnedChain[] {
  if (facts.iptables === 'absent') return [];
  const comment = ruleComment(input.instance);
  const chains: OwnedChain[] = [];
  const add = (table: OwnedTable, rules: readonly RuleText[], jump: OwnedChain['jump']): void => {
    if (rules.length === 0) return;
    chains.push({
      family: traffic.family,
      table,
      name: chainName(table, input.instance),
      rules,
      jump,
      comment,
    });
  };
  const inNft = usesNftables(input, facts);
  const fence = inNft ? [] : fencedIn(traffic).map((flow) => flowRule(flow, comment, 'DROP'));
  const accepts = input.forward && facts.docker ? rawRules(traffic, comment) : [];
  add('raw', [...fence, ...accepts], { from: 'PREROUTING', position: 'first' });
  if (!inNft) {
    const drops = fencedOut(traffic).map((flow) => flowRule(flow, comment, 'DROP'));
    add('mangle', drops, { from: 'POSTROUTING', position: 'first' });
    add('nat', natRules(input, traffic, comment), { from: 'POSTROUTING', position: 'first' });
  }
  if (input.forward && needsFilter(input, facts)) {
    add('filter', filterRules(traffic, facts, comment), filterJump(facts));
  }
  return chains;
}

/** With nftables asked for, iptables is left alone unless something in it drops. */
function needsFilter(input: FirewallInput, facts: FirewallFacts): boolean {
  return !input.nftables || facts.docker || facts.dockerUser || facts.forwardPolicy === 'DROP';
}

function filterJump(facts: FirewallFacts): OwnedChain['jump'] {
  return facts.dockerUser
    ? { from: 'DOCKER-USER', position: 'last-before-return' }
    : { from: 'FORWARD', position: 'first' };
}

function filterRules(traffic: OverlayTraffic, facts: FirewallFacts, comment: string): readonly RuleText[] {
  const rules = [
    ...local(traffic).map((flow) => flowRule(flow, comment, 'RETURN')),
    ...[...inbound(traffic), ...outbound(traffic)].map((flow) => flowRule(flow, comment, 'ACCEPT')),
  ];
  // Without Docker nobody else opens a FORWARD policy DROP for the containers' way out.
  if (!facts.docker && facts.forwardPolicy === 'DROP') {
    for (const subnet of subnetsOf(traffic).map(formatPrefix))
      rules.push(
        `-s ${subnet} ${commentMatch(comment)} -j ACCEPT`,
        `-d ${subnet} -m conntrack --ctstate RELATED,ESTABLISHED ${commentMatch(comment)} -j ACCEPT`,
      );
  }
  return rules;
}

function rawRules(traffic: OverlayTraffic, comment: string): readonly RuleText[] {
  return [
    ...local(traffic).map((flow) => flowRule(flow, comment, 'RETURN')),
    ...inbound(traffic).map((flow) => flowRule(flow, comment, 'ACCEPT')),
  ];
}

function natRules(input: FirewallInput, traffic: OverlayTraffic, comment: string): readonly RuleText[] {
  const kept = [
    ...local(traffic).map((flow) => flowRule(flow, comment, 'RETURN')),
    ...within(traffic).map((flow) => flowRule(flow, comment, 'ACCEPT')),
    ...toDirectPeers(traffic).map((flow) => flowRule(flow, comment, 'ACCEPT')),
  ];
  if (!input.masquerade) return kept;
  const subnets = subnetsOf(traffic).map(formatPrefix);
  const multicast = traffic.family === 4 ? '224.0.0.0/4' : 'ff00::/8';
  const mark = `0x${MARK.toString(16)}`;
  const match = commentMatch(comment);
  const masquerade = `${match} -j MASQUERADE${input.randomFully ? ' --random-fully' : ''}`;
  return [
    `-m mark --mark ${mark}/${mark} ${match} -j RETURN`,
    ...kept,
    ...networksOf(traffic)
      .map(formatPrefix)
      .flatMap((network) => [
        ...subnets.map((subnet) => `! -s ${network} -d ${subnet} ${match} -j RETURN`),
        `-s ${network} ! -d ${multicast} ${masquerade}`,
        `! -s ${network} -d ${network} ${masquerade}`,
      ]),
  ];
}
