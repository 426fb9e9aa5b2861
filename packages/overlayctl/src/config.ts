import { OverlayError } from '@overlay/cidr';

export const OUTPUTS = ['table', 'wide', 'json', 'yaml'] as const;
export type Output = (typeof OUTPUTS)[number];

/** How to reach etcd, apart from the password file's content. */
export interface EtcdSettings {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly cafile?: string;
  readonly certfile?: string;
  readonly keyfile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

export interface Settings {
  readonly etcd: EtcdSettings;
  readonly instance: string;
  readonly socketPath: string;
  readonly output: Output;
  /** A flag names an etcd or a prefix, and none a daemon: leases come straight from that etcd. */
  readonly etcdAsked: boolean;
}

/** Flags by name without dashes, as typed: `{'etcd-prefix': '/x'}`. */
export type Flags = Readonly<Record<string, string | undefined>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** flanneld's default endpoints; the prefix is our own. */
const DEFAULT_ENDPOINTS = 'http://127.0.0.1:4001,http://127.0.0.1:2379';
const DEFAULT_PREFIX = '/atomic.io/network';

/** Of /etc/sysconfig/flanneld in the packages of Fedora and CentOS. */
const CLASSIC: Readonly<Record<string, string>> = {
  'etcd-endpoints': 'FLANNEL_ETCD_ENDPOINTS',
  'etcd-prefix': 'FLANNEL_ETCD_PREFIX',
};

interface Choice {
  readonly value: string;
  /** What to name in an error: `--etcd-prefix`, `FLANNELD_ETCD_PREFIX`. */
  readonly source: string;
  /** 0 is the flag; a higher one counts less. */
  readonly rank: number;
}

/** The environment of this process: only here. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * Settings from flags, then OVERLAYD_<NAME>, FLANNELD_<NAME>, the classic FLANNEL_* variables, then defaults. An empty
 * variable counts as unset, as with flanneld.
 * @throws OverlayError `OVL_OPTION_INVALID` naming the flag or variable and the bound broken
 */
export function resolveSettings(flags: Flags, env: Environment): Settings {
  const pick = (name: string): Choice | undefined => choose(name, flags, env);
  const instance = instanceOf(pick('instance'));
  const etcdAsked = ['etcd-endpoints', 'etcd-prefix'].some((name) => flags[name] !== undefined);
  const daemonAsked = ['instance', 'socket'].some((name) => flags[name] !== undefined);
  return {
    etcd: etcdSettings(pick),
    instance,
    socketPath: pick('socket')?.value ?? `/run/overlayd/${instance}/overlayd.sock`,
    output: outputOf(flags['output']),
    etcdAsked: etcdAsked && !daemonAsked,
  };
}

function choose(name: string, flags: Flags, env: Environment): Choice | undefined {
  const flag = flags[name];
  if (flag !== undefined) return { value: flag, source: `--${name}`, rank: 0 };
  const suffix = name.toUpperCase().replaceAll('-', '_');
  const variables = [`OVERLAYD_${suffix}`, `FLANNELD_${suffix}`, CLASSIC[name]];
  for (const [index, variable] of variables.entries()) {
    const value = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && value) return { value, source: variable, rank: index + 1 };
  }
  return undefined;
}

function etcdSettings(pick: (name: string) => Choice | undefined): EtcdSettings {
  const texts = {
    cafile: pick('etcd-cafile')?.value,
    certfile: pick('etcd-certfile')?.value,
    keyfile: pick('etcd-keyfile')?.value,
    username: pick('etcd-username')?.value,
    ...passwordOf(pick('etcd-password'), pick('etcd-password-file')),
  };
  if ((texts.certfile === undefined) !== (texts.keyfile === undefined)) {
    throw invalid('--etcd-certfile and --etcd-keyfile go together: one is given without the other');
  }
  const given = Object.entries(texts).filter(([, value]) => value !== undefined);
  return {
    // Their form is checked where they are used.
    endpoints: (pick('etcd-endpoints')?.value ?? DEFAULT_ENDPOINTS).split(','),
    prefix: prefixOf(pick('etcd-prefix')),
    ...(Object.fromEntries(given) as Partial<EtcdSettings>),
  };
}

/** The more explicit of the two; a file before a password at the same level, since a password in argv can be seen by all. */
function passwordOf(password?: Choice, file?: Choice): { password?: string; passwordFile?: string } {
  if (file !== undefined && (password === undefined || file.rank <= password.rank))
    return { passwordFile: file.value };
  return password === undefined ? {} : { password: password.value };
}

/** As Flannel's path join: double and trailing slashes go. */
function prefixOf(choice: Choice | undefined): string {
  const prefix = `/${choice?.value ?? DEFAULT_PREFIX}`.replace(/\/+/g, '/').replace(/\/$/, '');
  if (prefix === '')
    throw invalid(`${choice?.source ?? 'etcd-prefix'} is empty; one looks like ${DEFAULT_PREFIX}`);
  return prefix;
}

function instanceOf(choice: Choice | undefined): string {
  const name = choice?.value ?? 'default';
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/.test(name)) return name;
  const source = choice?.source ?? 'instance';
  throw invalid(
    `${source}: ${JSON.stringify(name)} is no instance name; use 1 to 32 of letters, digits, "_", "." and "-"`,
  );
}

function outputOf(text: string | undefined): Output {
  const output = OUTPUTS.find((one) => one === (text ?? 'table'));
  if (output === undefined)
    throw invalid(`--output: ${JSON.stringify(text)} is none of ${OUTPUTS.join(', ')}`);
  return output;
}

function invalid(message: string): OverlayError {
  return new OverlayError('OVL_OPTION_INVALID', message);
}
