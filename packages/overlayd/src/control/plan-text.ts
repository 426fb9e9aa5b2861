import type { PlanReply, PlannedChange } from '@overlay/api';
import { diff, type Change } from '@overlay/dataplane';
import type { Daemon } from '../daemon.js';
import { firewallInput } from '../plan/firewall-input.js';
import { objectText } from '../plan/object-text.js';
import { directPeers, plan } from '../plan/plan.js';
import { ownershipOf } from '../loop/ownership.js';

export const changeText = ({ op, object }: Change): PlannedChange => ({
  op,
  type: object.type,
  object: objectText(object),
});

/** What a full pass would do now; changes nothing. */
export async function planReply(daemon: Daemon): Promise<PlanReply> {
  const { node } = daemon.nodeLane;
  if (node === undefined) return { changes: [], objects: [], firewall: [] };
  const wanted = plan(node.input, node.backend, node.options, daemon.book.used());
  const actual = await daemon.adapters.kernel.read(
    ownershipOf(node, daemon.config.adoptFlannel),
    wanted.desired,
  );
  const direct = directPeers(wanted.peers.values());
  const silent = node.backend.type === 'alloc';
  return {
    changes: diff(wanted.desired, actual).changes.map(changeText),
    objects: [...wanted.desired.values()].map((object) => `${object.type} ${objectText(object)}`),
    firewall: silent
      ? []
      : await daemon.adapters.firewall.preview(
          firewallInput(node.input, node.backend, node.firewall, direct),
        ),
  };
}
