/**
 * How a flag's text becomes a value. `list` is comma separated; `repeat` may also be given several times, and so may `pattern`,
 * to which commas belong.
 */
type FlagType = 'text' | 'bool' | 'number' | 'list' | 'repeat' | 'pattern';

export interface FlagSpec {
  readonly name: string;
  readonly type: FlagType;
  readonly help: string;
  readonly default?: string;
  /** The only texts allowed. */
  readonly choices?: readonly string[];
  /** Lowest and highest number, inclusive. */
  readonly range?: readonly [number, number];
  /** Never read from the environment or the file. */
  readonly commandLineOnly?: boolean;
  /** Accepted so that a flanneld unit starts unchanged; why it has no effect. */
  readonly ignored?: string;
}

const text = (name: string, help: string, value?: string): FlagSpec => ({
  name,
  type: 'text',
  help,
  ...(value === undefined ? {} : { default: value }),
});
const bool = (name: string, help: string, value = 'false'): FlagSpec => ({
  name,
  type: 'bool',
  help,
  default: value,
});
const number = (name: string, help: string, value: string, range: readonly [number, number]): FlagSpec => ({
  name,
  type: 'number',
  help,
  default: value,
  range,
});
const choice = (name: string, help: string, choices: readonly [string, ...string[]]): FlagSpec => ({
  name,
  type: 'text',
  help,
  default: choices[0],
  choices,
});
const command = (name: string, help: string): FlagSpec => ({ ...bool(name, help), commandLineOnly: true });
const ignored = (name: string, type: FlagType, why: string): FlagSpec => ({
  name,
  type,
  help: why,
  ignored: why,
});

const KUBERNETES = 'only for Kubernetes, which Overlay does not run in';

/** Every flag of overlayd: Flannel's (same names and meaning), then ours. */
export const FLAGS: readonly FlagSpec[] = [
  {
    name: 'etcd-endpoints',
    type: 'list',
    default: 'http://127.0.0.1:4001,http://127.0.0.1:2379',
    help: 'etcd endpoints, comma separated',
  },
  text('etcd-prefix', 'where in etcd the network lives', '/atomic.io/network'),
  text('etcd-cafile', 'PEM file with the CA that signed the etcd servers'),
  text('etcd-certfile', 'PEM file with the client certificate for etcd'),
  text('etcd-keyfile', 'PEM file with the key of the client certificate'),
  text('etcd-username', 'etcd user name'),
  text('etcd-password', 'etcd password (prefer --etcd-password-file: arguments are public)'),
  text('etcd-password-file', 'file with the etcd password'),
  {
    name: 'iface',
    type: 'repeat',
    help: 'underlay interface, by name or address; repeatable, first match wins',
  },
  {
    name: 'iface-regex',
    type: 'pattern',
    help: 'regular expression for an interface address or name; after --iface',
  },
  text('iface-can-reach', 'take the interface that would be used to reach this address'),
  text('public-ip', 'address the other hosts reach this one at, when it is not the interface address'),
  text('public-ipv6', 'the same for IPv6'),
  text(
    'subnet-file',
    'where to write FLANNEL_SUBNET and the rest; default /run/flannel/subnet.env, or subnet-<instance>.env there',
  ),
  bool('ip-masq', 'masquerade traffic that leaves the overlay'),
  bool('ip-masq-fully-random-disable', 'leave --random-fully out of the masquerade rules'),
  number('iptables-resync', 'seconds between two checks of the firewall', '5', [1, 86_400]),
  bool('iptables-forward-rules', 'accept overlay traffic in the FORWARD path', 'true'),
  bool('ip-blackhole-route', 'add a blackhole route for the own subnet'),
  text('healthz-ip', 'address of /healthz, /readyz and /metrics', '0.0.0.0'),
  number('healthz-port', 'port of /healthz, /readyz and /metrics; 0 turns them off', '0', [0, 65_535]),
  ignored('subnet-lease-renew-margin', 'number', 'leases are kept alive at a third of their time to live'),
  ignored('kube-subnet-mgr', 'bool', KUBERNETES),
  ignored('kube-api-url', 'text', KUBERNETES),
  ignored('kubeconfig-file', 'text', KUBERNETES),
  ignored('kube-annotation-prefix', 'text', KUBERNETES),
  ignored('net-config-path', 'text', KUBERNETES),
  ignored('set-node-network-unavailable', 'bool', KUBERNETES),
  ignored('v', 'text', 'use --log-level'),
  ignored('vmodule', 'text', 'use --log-level'),
  ignored('log_backtrace_at', 'text', 'use --log-level'),
  text('instance', 'name of this network on this host, for several side by side', 'default'),
  number('subnet-lease-ttl', 'seconds a lease outlives its host', '86400', [5, 31_536_000]),
  choice('ip-forward', 'set net.ipv4.ip_forward: auto waits for Docker where Docker is installed', [
    'auto',
    'on',
    'off',
  ]),
  choice('docker', 'what to do about Docker on this host', ['off', 'daemon-json', 'network']),
  text('docker-socket', 'socket of the Docker Engine', '/var/run/docker.sock'),
  text('docker-network', 'name of the Docker network (--docker=network); default overlay'),
  choice('docker-restart', 'restart Docker after daemon.json changed', ['never', 'when-changed']),
  text('daemon-json', 'the Docker Engine configuration file', '/etc/docker/daemon.json'),
  bool('adopt-flannel', "take over a stopped flanneld's device in place"),
  text('backend', 'what this node prefers to receive on: a type, or JSON like Backend in the network config'),
  number('backend-linger', 'seconds a backend that no peer needs any more is kept', '60', [2, 86_400]),
  text('wireguard-key-file', 'file with the private key for WireGuard; default wgkey in the state folder'),
  bool('allow-extension', 'let the network config run commands on this host (backend extension)'),
  text('ovs-socket', 'socket of the Open vSwitch database', '/var/run/openvswitch/db.sock'),
  text('state-dir', 'where to keep state; default /var/lib/overlayd/<instance>'),
  text('run-dir', 'where to put the control socket; default /run/overlayd/<instance>'),
  choice('log-level', 'error, warn, info or debug', ['info', 'error', 'warn', 'debug']),
  choice('log-format', 'auto: JSON unless stderr is a terminal', ['auto', 'json', 'text']),
  { ...text('config', 'configuration file', '/etc/overlay/overlayd.yaml'), commandLineOnly: true },
  command('dry-run', 'print what would be changed and change nothing'),
  { ...choice('output', 'how --dry-run prints', ['table', 'json']), commandLineOnly: true },
  command('cleanup', 'remove what overlayd made on this host, and only that'),
  command('version', 'print the version'),
  command('help', 'print this text'),
];
