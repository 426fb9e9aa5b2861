import type { PlanReply, PlannedChange } from '@overlay/api';
import { diff, type Change, type Conflict, type Difference } from '@overlay/dataplane';
import type { Daemon } from '../daemon.js';
import { firewallInput } from '../plan/firewall-input.js';
import { objectText } from '../plan/object-text.js';
import { directPeers, plan } from '../plan/plan.js';

export const changeText = ({ op, object }: Change): PlannedChange => ({
  op,
  type: object.type,
  object: objectText(object),
});

const blockedText = ({ object, reason }: Conflict): PlannedChange => ({
  op: 'blocked',
  type: object.type,
  object: `${objectText(object)}: ${reason}`,
});

/** What would be changed, then what is wanted and cannot be because something that is not ours is in its place (`blocked`). */
export const differenceText = ({ changes, conflicts }: Difference): readonly PlannedChange[] => [
  ...changes.map(changeText),
  ...conflicts.map(blockedText),
];

/** What a full pass would do now; changes nothing. */
export async function planReply(daemon: Daemon): Promise<PlanReply> {
  const { node } = daemon.nodeLane;
  if (node === undefined) return { changes: [], objects: [], firewall: [] };
  const wanted = plan(node, daemon.book.used(), daemon.kernelLane.held);
  const actual = await daemon.adapters.kernel.look(daemon.ownership(node), wanted.desired);
  const direct = directPeers(wanted.peers.values());
  const input = firewallInput(node, node.firewall, direct, daemon.guard.fence.prefixes());
  return {
    changes: [...differenceText(diff(wanted.desired, actual))],
    objects: [...wanted.desired.values()].map((object) => `${object.type} ${objectText(object)}`),
    firewall: [...(await daemon.adapters.firewall.preview(input))],
  };
}
