import type { CommandRun } from '../command-spec.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';

export const run: CommandRun = async (context) => {
  const daemon = await context.daemon();
  const data = await withProgress(context.io, 'taking another subnet', daemon.renumber({}));
  const now = [data.subnet, data.ipv6Subnet].filter(Boolean).join(',');
  await show(context.io, context.settings.output, {
    data,
    text: () => (data.previous === now ? `Kept ${now}.\n` : `${data.previous || 'none'} -> ${now}\n`),
  });
  return undefined;
};
