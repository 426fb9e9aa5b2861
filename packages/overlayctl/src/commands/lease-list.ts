import type { CommandRun } from '../command-spec.js';
import type { LeaseView } from '../leases/entry.js';
import { followLeases } from '../leases/follow.js';
import { leaseTable } from '../leases/lease-table.js';
import { readLeases, withExpiries } from '../leases/source.js';
import { show, showNext, type View } from '../output/show.js';

export const run: CommandRun = async (context, _args, options) => {
  const { io, settings } = context;
  if (options['watch'] === true) {
    let first = true;
    for await (const view of followLeases(context)) {
      const separator = !first && ['table', 'wide'].includes(settings.output) ? '\n' : '';
      io.stdout.write(separator);
      await showNext(io, settings.output, listView(view));
      first = false;
    }
    return undefined;
  }
  const view = await readLeases(context);
  await show(io, settings.output, listView({ ...view, leases: await withExpiries(context, view.leases) }));
  return undefined;
};

function listView(view: LeaseView): View {
  return { data: view, text: (style) => leaseTable(view.leases, style) };
}
