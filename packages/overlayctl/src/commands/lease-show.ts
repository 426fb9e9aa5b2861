import type { CommandRun } from '../command-spec.js';
import { findLease } from '../leases/find.js';
import { leaseFacts } from '../leases/lease-table.js';
import { readLeases, withExpiries } from '../leases/source.js';
import { show } from '../output/show.js';

export const run: CommandRun = async (context, [subnet = '']) => {
  const { leases } = await readLeases(context);
  const found = findLease(leases, subnet);
  const [lease = found] = await withExpiries(context, [found]);
  await show(context.io, context.settings.output, { data: lease, text: () => leaseFacts(lease) });
  return undefined;
};
