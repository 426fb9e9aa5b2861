/** Everything an operator can set, checked and frozen. Times are in the unit their name says. */
export interface Config {
  readonly instance: string;
  readonly etcdEndpoints: readonly string[];
  readonly etcdPrefix: string;
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  readonly etcdUsername?: string;
  readonly etcdPassword?: string;
  readonly etcdPasswordFile?: string;
  readonly iface: readonly string[];
  readonly ifaceRegex: readonly string[];
  readonly ifaceCanReach?: string;
  readonly publicIp?: string;
  readonly publicIpv6?: string;
  readonly subnetFile: string;
  readonly subnetLeaseTtlSeconds: number;
  readonly ipMasq: boolean;
  readonly ipMasqFullyRandomDisable: boolean;
  readonly iptablesResyncSeconds: number;
  readonly iptablesForwardRules: boolean;
  readonly ipBlackholeRoute: boolean;
  readonly ipForward: 'auto' | 'on' | 'off';
  readonly healthzIp: string;
  readonly healthzPort: number;
  readonly docker: 'off' | 'daemon-json' | 'network';
  readonly dockerSocket: string;
  readonly dockerNetwork?: string;
  readonly dockerRestart: 'never' | 'when-changed';
  readonly daemonJson: string;
  readonly adoptFlannel: boolean;
  /** A backend type, or a JSON object like Backend in the network config. */
  readonly backend?: string;
  readonly backendLingerSeconds: number;
  readonly wireguardKeyFile?: string;
  readonly allowExtension: boolean;
  readonly ovsSocket: string;
  readonly stateDir: string;
  readonly runDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly command: Command;
  readonly output: 'table' | 'json';
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** What this start is for: the daemon itself, or one thing and then the end. */
export type Command = 'run' | 'cleanup' | 'dry-run' | 'version' | 'help';
