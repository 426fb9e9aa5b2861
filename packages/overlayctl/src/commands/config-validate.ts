import { normaliseConfig } from '@overlay/lease';
import type { CommandRun } from '../command-spec.js';
import { readConfig } from '../config-input.js';
import { show } from '../output/show.js';

export const run: CommandRun = async ({ io, settings }, [argument = '-']) => {
  const { config } = await readConfig(io, argument);
  const data = normaliseConfig(config);
  await show(io, settings.output, { data, text: () => `${JSON.stringify(data, undefined, 2)}\n` });
  return undefined;
};
