import { OverlayError } from '@overlay/cidr';
import type { CommandRun } from '../command-spec.js';
import { readConfig } from '../config-input.js';
import { configChange, configChangeText } from '../leases/config-change.js';
import { configOrNone } from '../leases/from-etcd.js';
import { show } from '../output/show.js';
import { count } from '../output/text.js';

export const run: CommandRun = async (context, [argument = '-'], options) => {
  const { io, settings } = context;
  const { text, config } = await readConfig(io, argument);
  const store = await context.store();
  const [current, { leases }] = await Promise.all([store.config(), store.list()]);
  const change = configChange(configOrNone(current?.text), config, leases);
  if (change.misfits.length > 0 && options['force'] !== true) {
    io.stderr.write(configChangeText(change, { wide: false, colour: false }));
    throw new OverlayError(
      'OVL_CONFLICT',
      `${count(change.misfits.length, 'lease')} would no longer fit; nothing is written; repeat with --force to write it all the same`,
    );
  }
  const written = current?.text !== text;
  if (written && !(await store.putConfig(text, current?.modRevision ?? '0'))) {
    throw new OverlayError('OVL_CONFLICT', 'the config changed meanwhile; look at it again');
  }
  await show(io, settings.output, {
    data: { written, ...change },
    text: (style) => (written ? `${configChangeText(change, style)}Written.\n` : 'Nothing changed.\n'),
  });
  return undefined;
};
