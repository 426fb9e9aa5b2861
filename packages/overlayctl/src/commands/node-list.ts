import type { CommandRun } from '../command-spec.js';
import { nodesOf, nodeTable } from '../leases/nodes.js';
import { readLeases } from '../leases/source.js';
import { show } from '../output/show.js';

export const run: CommandRun = async (context) => {
  const { leases, source, revision } = await readLeases(context);
  const nodes = nodesOf(leases);
  await show(context.io, context.settings.output, {
    data: { source, revision, nodes },
    text: (style) => nodeTable(nodes, style),
  });
  return undefined;
};
