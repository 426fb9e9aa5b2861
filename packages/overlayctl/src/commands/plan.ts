import type { PlanReply } from '@overlay/api';
import type { CommandRun } from '../command-spec.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';
import { renderTable, type TableStyle } from '../output/table.js';
import { printable } from '../output/text.js';

export const run: CommandRun = async (context) => {
  const daemon = await context.daemon();
  const data = await withProgress(context.io, 'planning', daemon.plan({}));
  await show(context.io, context.settings.output, { data, text: (style) => planText(data, style) });
  return undefined;
};

/** What would change now; with `wide` also all that should be there. */
export function planText({ changes, objects, firewall }: PlanReply, style: TableStyle): string {
  const table = renderTable(
    [
      { title: 'CHANGE', value: ({ op }) => op },
      { title: 'TYPE', value: ({ type }) => type },
      { title: 'OBJECT', value: ({ object }) => object },
    ],
    changes,
    style,
  );
  const now = changes.length === 0 ? 'Nothing to change.\n' : table;
  return style.wide ? now + list('Wanted objects', objects) + list('Wanted firewall', firewall) : now;
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n${lines.map((line) => `  ${printable(line)}\n`).join('')}`;
}
