import type { CommandRun } from '../command-spec.js';
import { leaseFacts } from '../leases/lease-table.js';
import { findNode, nodesOf } from '../leases/nodes.js';
import { readLeases, withExpiries } from '../leases/source.js';
import { show } from '../output/show.js';

export const run: CommandRun = async (context, [wanted = '']) => {
  const { leases } = await readLeases(context);
  const node = findNode(nodesOf(leases), wanted);
  const held = await withExpiries(context, node.leases);
  await show(context.io, context.settings.output, {
    data: { ...node, leases: held },
    text: () => held.map(leaseFacts).join('\n'),
  });
  return undefined;
};
