import { OverlayError } from '@overlay/cidr';
import { normaliseConfig } from '@overlay/lease';
import type { CommandRun } from '../command-spec.js';
import { configOrNone } from '../leases/from-etcd.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';

export const run: CommandRun = async (context) => {
  const { io, settings } = context;
  const store = await context.store();
  const found = await withProgress(io, 'reading the config', store.config());
  if (found === undefined) {
    throw new OverlayError(
      'OVL_NOT_FOUND',
      `no network config at ${settings.etcd.prefix}/config; write one with overlayctl config set`,
    );
  }
  const { text, modRevision } = found;
  const config = configOrNone(text);
  const data = { modRevision, text, normalised: config === undefined ? null : normaliseConfig(config) };
  // As written, so that it can be edited and set again.
  await show(io, settings.output, { data, text: () => (text.endsWith('\n') ? text : `${text}\n`) });
  return undefined;
};
