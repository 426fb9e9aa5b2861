import type { CommandRun } from '../command-spec.js';
import type { LeaseView } from '../leases/entry.js';
import { followLeases } from '../leases/follow.js';
import { leaseChanges, type LeaseChange } from '../leases/lease-changes.js';
import { subnetText } from '../leases/lease-table.js';
import { colourOf, paint } from '../output/colour.js';
import { showNext } from '../output/show.js';
import type { TableStyle } from '../output/table.js';
import { printable } from '../output/text.js';

export const run: CommandRun = async (context) => {
  const { io, settings } = context;
  let before: LeaseView = { source: 'etcd', revision: '0', leases: [] };
  for await (const view of followLeases(context)) {
    for (const change of leaseChanges(before, view)) {
      await showNext(io, settings.output, { data: change, text: (style) => changeLine(change, style) });
    }
    before = view;
  }
  return undefined;
};

/** `added    10.5.34.0/24  node1  172.31.0.1  vxlan  used` */
export function changeLine({ type, lease }: LeaseChange, style: TableStyle): string {
  const state = type === 'removed' ? '' : lease.state;
  const words = [
    type.padEnd(7),
    subnetText(lease),
    lease.node ?? '-',
    lease.publicIp ?? '-',
    lease.backend ?? '-',
  ];
  const shown = style.colour ? paint(state, colourOf(state)) : state;
  const tail = lease.reason === null || type === 'removed' ? [] : [`(${printable(lease.reason)})`];
  return `${[...words.map(printable), ...(state ? [shown] : []), ...tail].join('  ')}\n`;
}
