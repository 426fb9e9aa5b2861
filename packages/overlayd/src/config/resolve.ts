import { parseArgv, usageError } from './argv.js';
import { FLAGS, type FlagSpec } from './flags.js';
import { toValue, type FlagValue } from './values.js';

export interface Sources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of the configuration file as flag name -> texts; undefined when there is none. */
  readonly file?: ReadonlyMap<string, readonly string[]>;
}

export interface Resolved {
  readonly values: ReadonlyMap<string, FlagValue>;
  /** Flags that were given and have no effect here, with the reason. */
  readonly warnings: readonly string[];
}

/** Variables of the classic /etc/sysconfig/flanneld. */
const CLASSIC: Readonly<Record<string, string>> = {
  'etcd-endpoints': 'FLANNEL_ETCD_ENDPOINTS',
  'etcd-prefix': 'FLANNEL_ETCD_PREFIX',
};

/** Variables of overlayctl that are no flags of the daemon: both may run in one environment. */
const OVERLAYCTLS: ReadonlySet<string> = new Set(['OVERLAYD_SOCKET']);

interface Given {
  readonly texts: readonly string[];
  readonly source: string;
}

function fromEnvironment(flag: FlagSpec, env: Sources['env']): Given | undefined {
  const suffix = flag.name.toUpperCase().replaceAll('-', '_');
  for (const name of [`OVERLAYD_${suffix}`, `FLANNELD_${suffix}`, CLASSIC[flag.name]]) {
    const text = name === undefined ? undefined : env[name];
    if (name !== undefined && text !== undefined && text !== '') return { texts: [text], source: name };
  }
  return undefined;
}

function locate(
  flag: FlagSpec,
  argv: ReadonlyMap<string, readonly string[]>,
  sources: Sources,
): Given | undefined {
  const typed = argv.get(flag.name);
  if (typed !== undefined) return { texts: typed, source: `--${flag.name}` };
  if (flag.commandLineOnly !== true) {
    const variable = fromEnvironment(flag, sources.env);
    if (variable !== undefined) return variable;
    const written = sources.file?.get(flag.name);
    if (written !== undefined) {
      const texts = flag.type === 'list' ? [written.join(',')] : written;
      return { texts, source: `configuration file, ${flag.name}` };
    }
  }
  return flag.default === undefined ? undefined : { texts: [flag.default], source: `--${flag.name}` };
}

/** An empty text is no value: `--etcd-prefix=` leaves the default. */
function unlessEmpty(flag: FlagSpec, given: Given | undefined): Given | undefined {
  const isFree = flag.type === 'text' && flag.choices === undefined;
  if (!isFree || flag.default === undefined || given?.texts.at(-1) !== '') return given;
  return { texts: [flag.default], source: given.source };
}

function checkFileKeys(file: Sources['file']): void {
  for (const key of file?.keys() ?? []) {
    const flag = FLAGS.find(({ name }) => name === key);
    if (flag === undefined)
      throw usageError(`configuration file: unknown key "${key}"; keys are the flags' names`);
    if (flag.commandLineOnly === true)
      throw usageError(`configuration file: "${key}" can only be given as --${key}`);
  }
}

/** Variables with our prefix that mean nothing are errors: a typing mistake must not be silent. */
function checkVariables(env: Sources['env']): void {
  const settable = FLAGS.filter(({ commandLineOnly }) => commandLineOnly !== true);
  const known = new Set(settable.map(({ name }) => `OVERLAYD_${name.toUpperCase().replaceAll('-', '_')}`));
  for (const name of Object.keys(env)) {
    if (OVERLAYCTLS.has(name)) continue;
    if (name.startsWith('OVERLAYD_') && !known.has(name))
      throw usageError(`unknown variable ${name}; \`overlayd --help\` lists the flags`);
  }
}

/** Flag, then OVERLAYD_<NAME>, then FLANNELD_<NAME> and the classic names, then the file, then the default. */
export function resolveFlags(sources: Sources): Resolved {
  const argv = parseArgv(sources.argv);
  checkFileKeys(sources.file);
  checkVariables(sources.env);
  const values = new Map<string, FlagValue>();
  const warnings: string[] = [];
  for (const flag of FLAGS) {
    const given = unlessEmpty(flag, locate(flag, argv, sources));
    if (given === undefined) continue;
    if (flag.ignored === undefined) values.set(flag.name, toValue(flag, given.texts, given.source));
    else warnings.push(`${given.source} has no effect: ${flag.ignored}`);
  }
  return { values, warnings };
}
