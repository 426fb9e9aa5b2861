import type { CommandRun } from '../command-spec.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';
import { count } from '../output/text.js';

export const run: CommandRun = async (context) => {
  const daemon = await context.daemon();
  const data = await withProgress(context.io, 'comparing everything', daemon.resync({}));
  await show(context.io, context.settings.output, {
    data,
    text: () =>
      data.changes === 0 ? 'Everything was in place.\n' : `Made ${count(data.changes, 'change')}.\n`,
  });
  return undefined;
};
