import { readFileSync } from 'node:fs';
import { parseArgv, usageError } from './argv.js';
import { buildConfig } from './build.js';
import { checkConfig } from './check.js';
import { parseConfigFile } from './file.js';
import type { Config } from './model.js';
import { resolveFlags } from './resolve.js';

const DEFAULT_FILE = '/etc/overlay/overlayd.yaml';

export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(
      `${what} ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The default file may be absent; one that was named may not. */
function readConfigFile(named: string | undefined): ReadonlyMap<string, readonly string[]> | undefined {
  if (named !== undefined) return parseConfigFile(readText(named, 'configuration file'));
  let content: string;
  try {
    content = readFileSync(DEFAULT_FILE, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw usageError(`configuration file ${DEFAULT_FILE} cannot be read: ${String(error)}`);
  }
  return parseConfigFile(content);
}

function password(values: ReadonlyMap<string, unknown>): string | undefined {
  const file = values.get('etcd-password-file');
  if (typeof file === 'string' && file !== '')
    return readText(file, 'etcd password file').replace(/\r?\n$/, '');
  const given = values.get('etcd-password');
  return typeof given === 'string' && given !== '' ? given : undefined;
}

/**
 * The configuration of this start, from the command line, the environment and the file.
 * @throws OverlayError OVL_USAGE: exit code 2
 */
export function loadConfig(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const typed = parseArgv(argv);
  const wantsText = typed.has('help') || typed.has('version');
  const file = wantsText ? undefined : readConfigFile(typed.get('config')?.at(-1));
  const { values, warnings } = resolveFlags({ argv, env, ...(file === undefined ? {} : { file }) });
  const config = buildConfig(values, wantsText ? undefined : password(values));
  return { config: wantsText ? config : checkConfig(config), warnings };
}

/** What systemd says of itself to a service (sd_notify(3), sd_watchdog_enabled(3)). */
export interface Supervisor {
  readonly notifySocket?: string;
  /** How often it wants to hear of us, in microseconds as a text. */
  readonly watchdogUsec?: string;
}

/** Reads NOTIFY_SOCKET and WATCHDOG_USEC. A watchdog that WATCHDOG_PID says is another process's does not concern us. */
export function loadSupervisor(env: NodeJS.ProcessEnv = process.env, pid: number = process.pid): Supervisor {
  const { NOTIFY_SOCKET: notifySocket = '', WATCHDOG_USEC: watchdogUsec, WATCHDOG_PID: watched } = env;
  const ours = watched === undefined || watched === '' || watched === String(pid);
  return {
    ...(notifySocket === '' ? {} : { notifySocket }),
    ...(watchdogUsec === undefined || !ours ? {} : { watchdogUsec }),
  };
}
