import type { DockerMode } from '../model.js';

/** Where systemd and the init scripts keep dockerd's command line. */
export interface UnitFiles {
  /** The unit, most important first: only the first that exists counts (systemd.unit(5)). */
  readonly units: readonly string[];
  /** Directories of `*.conf` drop-ins; all count, in the order of their file names. */
  readonly dropIns: readonly string[];
  /** Read when there is no unit at all. */
  readonly defaults: string;
}

export interface DockerAgentOptions {
  readonly mode: DockerMode;
  /** JSON file in which the daemon-json mode records what it wrote and what was there before. */
  readonly stateFile: string;
  /** Default `/var/run/docker.sock`. */
  readonly socketPath?: string;
  /** Default `/etc/docker/daemon.json`. */
  readonly daemonJson?: string;
  /** The longest that one `ensure` or `cleanup` takes, in milliseconds; default 5000. */
  readonly timeoutMs?: number;
  /** For `--validate`; default `dockerd` on the PATH. */
  readonly dockerdPath?: string;
  /** Pid file of dockerd; default `/var/run/docker.pid`. */
  readonly pidFile?: string;
  readonly unitFiles?: UnitFiles;
  /** What restarts Docker; default `systemctl restart docker` where systemd runs, else nothing. */
  readonly restartCommand?: readonly string[];
}

export type Settings = Required<Omit<DockerAgentOptions, 'restartCommand'>> &
  Pick<DockerAgentOptions, 'restartCommand'>;

const SYSTEMD = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];

const DEFAULTS: Omit<Settings, 'mode' | 'stateFile'> = {
  socketPath: '/var/run/docker.sock',
  daemonJson: '/etc/docker/daemon.json',
  timeoutMs: 5000,
  dockerdPath: 'dockerd',
  pidFile: '/var/run/docker.pid',
  unitFiles: {
    units: SYSTEMD.map((directory) => `${directory}/docker.service`),
    dropIns: SYSTEMD.map((directory) => `${directory}/docker.service.d`),
    defaults: '/etc/default/docker',
  },
};

export function withDefaults(options: DockerAgentOptions): Settings {
  return { ...DEFAULTS, ...options };
}
