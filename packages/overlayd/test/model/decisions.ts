import { chooseLease, formatLeaseName, type LeaseDecision } from '@overlay/lease';
import { attributesOf, configOf, memo, nodeId, rawOf, SUBNETS, valueOf } from './encoding.js';
import { KEY_NAMES, KEYS, type KeyIndex, type Listing, type Node, type Stored } from './world.js';

/** Which lease a node takes: the code itself is asked, as in compares.ts and judging.ts. */

export type Choice =
  | { readonly kind: 'reuse' | 'create'; readonly key: KeyIndex }
  /** Nothing can be had now. */
  | { readonly kind: 'none' };

const indexOf = (name: string): KeyIndex => KEY_NAMES.indexOf(name as (typeof KEY_NAMES)[number]) as KeyIndex;

function choiceOf(decision: LeaseDecision): Choice {
  switch (decision.kind) {
    case 'reuse':
      return { kind: 'reuse', key: indexOf(decision.lease.name) };
    case 'create':
      return { kind: 'create', key: indexOf(formatLeaseName(decision.subnets)) };
    case 'exhausted':
      return { kind: 'none' };
    default:
      throw new Error(`the model has no place for ${decision.kind}`);
  }
}

/** Every decision that chance allows. */
function decideAll(owner: number, { wide, previous }: Node, { keys }: Listing): readonly Choice[] {
  const leases = KEYS.flatMap((key) => (keys[key] === undefined ? [] : [rawOf(key, keys[key])]));
  leases.sort((a, b) => (a.name < b.name ? -1 : 1));
  let bound = 1;
  const choices: Choice[] = [];
  for (let draw = 0; draw < bound; draw += 1) {
    const random = (below: number): number => {
      bound = below;
      return draw;
    };
    const wish = previous === undefined ? {} : { previous: SUBNETS[previous]! };
    const { publicIp } = attributesOf(owner, 0);
    const request = { config: configOf(wide), leases, publicIp, nodeId: nodeId(owner), ...wish, random };
    choices.push(choiceOf(chooseLease(request)));
  }
  return choices;
}
const decided = memo(decideAll);

export function choose(owner: number, node: Node, listing: Listing): readonly Choice[] {
  const seen = listing.keys.map((one) => one?.owner ?? '-').join();
  return decided(`${owner} ${node.wide} ${node.previous} ${seen}`, owner, node, listing);
}

/** As Attempt.reuse: whether the key says already what we want on the etcd lease we have. */
export const saysSame = (owner: number, node: Node, stored: Stored, lease: number): boolean =>
  valueOf(stored.owner, stored.version) === valueOf(owner, node.version) && stored.lease === lease;
