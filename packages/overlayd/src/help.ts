import { FLAGS, type FlagSpec } from './config/flags.js';

function describe(flag: FlagSpec): string {
  const argument = flag.type === 'bool' ? '' : ` ${flag.choices?.join('|') ?? flag.type.toUpperCase()}`;
  const value =
    flag.default === undefined || flag.commandLineOnly === true ? '' : ` (default ${flag.default})`;
  return `  --${flag.name}${argument}\n        ${flag.help}${value}`;
}

/** The text of `overlayd --help`. */
export function helpText(): string {
  const flags = FLAGS.filter(({ ignored }) => ignored === undefined).map(describe);
  return [
    'overlayd: the network daemon of an Overlay host',
    '',
    'Usage: overlayd [flags]. Each flag is also OVERLAYD_<NAME> (or FLANNELD_<NAME>) in the environment',
    'and a key in /etc/overlay/overlayd.yaml. One or two dashes, `--flag=value` or `--flag value`.',
    '',
    ...flags,
    '',
  ].join('\n');
}
