import type { FlagValue } from './values.js';
import { usageError } from './argv.js';
import type { Command, Config } from './model.js';

type Values = ReadonlyMap<string, FlagValue>;

const COMMANDS: readonly Command[] = ['help', 'version', 'cleanup', 'dry-run'];

function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function command(values: Values): Command {
  const asked = COMMANDS.filter((name) => values.get(name) === true);
  if (asked.includes('help') || asked.length <= 1) return asked[0] ?? 'run';
  throw usageError(`--${asked.join(' and --')} cannot be given together`);
}

/** Defaults that hang on the instance: a second one gets folders and a subnet file of its own. */
function derived(values: Values): Partial<Record<keyof Config, FlagValue>> {
  const instance = String(values.get('instance'));
  const subnetFile = instance === 'default' ? 'subnet.env' : `subnet-${instance}.env`;
  return {
    stateDir: `/var/lib/overlayd/${instance}`,
    runDir: `/run/overlayd/${instance}`,
    subnetFile: `/run/flannel/${subnetFile}`,
    iface: [],
    ifaceRegex: [],
  };
}

/** Builds the record from resolved flags: `--etcd-prefix` becomes `etcdPrefix`. An empty text counts as not given. */
export function buildConfig(values: Values, etcdPassword: string | undefined): Config {
  const record: Record<string, FlagValue> = { ...(derived(values) as Record<string, FlagValue>) };
  for (const [name, value] of values) if (value !== '') record[camel(name)] = value;
  const { subnetLeaseTtl, iptablesResync, backendLinger, ...rest } = record;
  return {
    ...rest,
    subnetLeaseTtlSeconds: subnetLeaseTtl,
    iptablesResyncSeconds: iptablesResync,
    backendLingerSeconds: backendLinger,
    ...(etcdPassword === undefined ? {} : { etcdPassword }),
    command: command(values),
  } as unknown as Config;
}
