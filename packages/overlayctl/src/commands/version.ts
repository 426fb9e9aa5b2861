import type { CommandRun } from '../command-spec.js';
import { show } from '../output/show.js';
import { ownVersion } from '../own-version.js';

export const run: CommandRun = async ({ io, settings }) => {
  const version = ownVersion();
  const data = { version, node: process.version, platform: `${process.platform}/${process.arch}` };
  await show(io, settings.output, {
    data,
    text: ({ wide }) => `overlayctl ${version}${wide ? ` (node ${data.node}, ${data.platform})` : ''}\n`,
  });
  return undefined;
};
