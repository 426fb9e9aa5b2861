import { OverlayError } from '@overlay/cidr';
import { FLAGS, type FlagSpec } from './flags.js';

const BY_NAME = new Map(FLAGS.map((flag) => [flag.name, flag]));
const ALIASES = new Map([['h', 'help']]);

/** The error of a bad flag, variable or file key: exit code 2. */
export const usageError = (message: string): OverlayError => new OverlayError('OVL_USAGE', message);

const find = (name: string): FlagSpec => {
  const flag = BY_NAME.get(ALIASES.get(name) ?? name);
  if (flag === undefined) throw usageError(`unknown flag --${name}; \`overlayd --help\` lists the flags`);
  return flag;
};

/**
 * Reads `-flag value`, `--flag value`, `--flag=value` and `--bool` as Go's flag package does (Flannel section 3.1).
 * Returns the texts given for each flag, in order.
 */
export function parseArgv(argv: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const given = new Map<string, string[]>();
  for (let index = 0; index < argv.length; index += 1) {
    const match = /^--?([A-Za-z_][\w-]*)(?:=(.*))?$/s.exec(argv[index] ?? '');
    if (match === null)
      throw usageError(
        `unexpected argument "${argv[index] ?? ''}"; flags start with -- and overlayd takes no other arguments`,
      );
    const flag = find(match[1] ?? '');
    let value = match[2];
    if (value === undefined && flag.type === 'bool') value = 'true';
    if (value === undefined) {
      index += 1;
      value = argv[index];
      if (value === undefined) throw usageError(`--${flag.name} needs a value`);
    }
    given.set(flag.name, [...(given.get(flag.name) ?? []), value]);
  }
  return given;
}
