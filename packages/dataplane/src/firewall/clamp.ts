import { formatPrefix } from '@overlay/cidr';
import type { FirewallInput, OverlayTraffic, OwnedChain, RuleText } from './model.js';
import { checkedInterface, clampChainName, ruleComment } from './names.js';
import { commentMatch, within, type Flow } from './rules.js';

/**
 * Packets whose way may be narrower than the containers' own network: all that goes into a tunnel or comes out of one, and what goes
 * between overlay addresses over the underlay. Both directions, because the peer may be one that clamps nothing.
 */
export function narrowFlows(traffic: OverlayTraffic): readonly Partial<Flow>[] {
  const tunnels = traffic.tunnels.map(checkedInterface);
  const flows: Partial<Flow>[] = tunnels.flatMap((tunnel) => [{ input: tunnel }, { output: tunnel }]);
  if (traffic.underlay === undefined) return flows;
  const underlay = checkedInterface(traffic.underlay);
  const direct = within(traffic).flatMap((flow) => [
    { ...flow, input: underlay },
    { ...flow, output: underlay },
  ]);
  return [...flows, ...direct];
}

/**
 * The chain that tells both ends of a TCP connection the largest segment that fits (xt_TCPMSS.c takes the smaller of the two routes):
 * containers that were started with a larger MTU than the way to a peer has now need no message that says so, which may be lost. Only
 * SYN packets are looked at. Undefined where nothing is forwarded.
 */
export function clampChain(input: FirewallInput, traffic: OverlayTraffic): OwnedChain | undefined {
  const comment = ruleComment(input.instance);
  const rules = input.forward ? narrowFlows(traffic).map((flow) => clampRule(flow, comment)) : [];
  if (rules.length === 0) return undefined;
  return {
    family: traffic.family,
    table: 'mangle',
    name: clampChainName(input.instance),
    rules,
    jump: { from: 'FORWARD', position: 'first' },
    comment,
  };
}

/** In the very words and order of `iptables-save`. */
function clampRule({ source, destination, input, output }: Partial<Flow>, comment: string): RuleText {
  const words = [
    ...(source === undefined ? [] : [`-s ${formatPrefix(source)}`]),
    ...(destination === undefined ? [] : [`-d ${formatPrefix(destination)}`]),
    ...(input === undefined ? [] : [`-i ${input}`]),
    ...(output === undefined ? [] : [`-o ${output}`]),
  ];
  const syn = '-p tcp -m tcp --tcp-flags SYN,RST SYN';
  return `${[...words, syn].join(' ')} ${commentMatch(comment)} -j TCPMSS --clamp-mss-to-pmtu`;
}

const IS_SYN = {
  match: { op: 'in', left: { payload: { protocol: 'tcp', field: 'flags' } }, right: 'syn' },
};
const SET_SIZE = {
  mangle: { key: { 'tcp option': { name: 'maxseg', field: 'size' } }, value: { rt: { key: 'mtu' } } },
};

/** The same in the JSON of libnftables-json(5); it only ever lowers (nft_exthdr.c), to what the smaller of the routes carries (nft_rt.c). */
export const CLAMP: readonly Readonly<Record<string, unknown>>[] = [IS_SYN, SET_SIZE];
