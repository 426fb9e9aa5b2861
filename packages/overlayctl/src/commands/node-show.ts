import { OverlayError } from '@overlay/cidr';
import type { CommandRun } from '../command-spec.js';
import { leaseFacts } from '../leases/lease-table.js';
import { findNodes, nodesOf } from '../leases/nodes.js';
import { readLeases, withExpiries } from '../leases/source.js';
import { show } from '../output/show.js';

export const run: CommandRun = async (context, [wanted = '']) => {
  const { leases } = await readLeases(context);
  const [node, second] = findNodes(nodesOf(leases), wanted);
  if (node === undefined)
    throw new OverlayError('OVL_NOT_FOUND', `no node ${wanted}; see overlayctl node list`);
  if (second !== undefined) {
    throw new OverlayError('OVL_CONFLICT', `more than one node is ${wanted}; name it by its public address`);
  }
  const held = await withExpiries(context, node.leases);
  await show(context.io, context.settings.output, {
    data: { ...node, leases: held },
    text: () => held.map(leaseFacts).join('\n'),
  });
  return undefined;
};
