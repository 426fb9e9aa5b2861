import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cluster, Host, Overlayd } from '@overlay/testbed';
import { PREFIX, sh } from './rig';

/** Things of others in every place where overlayd writes. */
const DECOYS = [
  'ip link add decoy0 type veth peer name decoy1 && ip link set decoy1 up && ip link set decoy0 up',
  'ip addr add 192.0.2.1/24 dev decoy0',
  'ip route add 10.5.200.0/24 via 192.0.2.9 proto static',
  'ip route add blackhole 198.51.100.0/24 proto 76',
  'ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:99 dev decoy0 nud permanent',
  ...['raw -A PREROUTING', 'mangle -A FORWARD', 'nat -A POSTROUTING', 'filter -A FORWARD'].flatMap((place) =>
    ['iptables', 'ip6tables'].map(
      (tool) => `${tool} -t ${place} -p udp --dport 9 -m comment --comment decoy`,
    ),
  ),
  'nft add table inet decoy && nft add chain inet decoy c && nft add rule inet decoy c udp dport 9 drop',
];
const DAEMON_JSON = '{\n  "log-level": "warn",\n  "labels": ["decoy"]\n}\n';

/** What the kernel holds, each line named, with JSON where the tool has it. */
const LOOK = [
  ...['-d link', 'addr', '-4 route show table all', '-6 route show table all', 'neigh show nud permanent'],
  ...['-4 rule', '-6 rule'],
]
  .map((what) => `echo "# ip ${what}"; ip -j ${what}; echo`)
  .concat('echo "# fdb"; bridge -j fdb show; echo')
  .concat(['iptables', 'ip6tables'].map((tool) => `echo "# ${tool}"; ${tool}-save | grep -v "^#"`))
  .concat('echo "# nft"; nft list ruleset')
  .concat(
    'echo "# sysctl"; sysctl -a 2>/dev/null | grep -E "ip_forward|forwarding|rp_filter|disable_ipv6|addr_gen"',
  )
  .join('\n');

/** What changes with time, or from one kernel object to the next of the same name. */
const PASSING = new Set(['ifindex', 'link_index', 'valid_life_time', 'preferred_life_time', 'handle']);
/** The address that a device gives itself comes by and by, and after a random MAC address. */
const isLinkLocal = (value: unknown): boolean => (value as { scope?: string }).scope === 'link';
const isLinkLocalRoute = (value: unknown): boolean => {
  const { table, dst = '' } = value as { table?: string; dst?: string };
  return table === 'local' && dst.startsWith('fe80:');
};

/** One line per object of a list in JSON, in the order of the text: the kernel lists by time of birth. */
function sorted(line: string): string {
  if (!line.startsWith('[')) return line.replaceAll(/\[\d+:\d+\]|counter packets \d+ bytes \d+/g, '');
  const drop = (key: string, value: unknown): unknown => {
    if (key === 'addr_info') return (value as readonly unknown[]).filter((address) => !isLinkLocal(address));
    return PASSING.has(key) ? undefined : value;
  };
  return (JSON.parse(line) as readonly unknown[])
    .filter((object) => !isLinkLocalRoute(object))
    .map((object) => JSON.stringify(object, drop))
    .sort()
    .join('\n');
}

/** All of a host that overlayd could change, as text that is the same for every run: own names of this run are replaced. */
export interface HostState {
  readonly kernel: string;
  /** By path below the host's folder: text, or what it is instead of a file. */
  readonly files: ReadonlyMap<string, string>;
  /** Everything in etcd, keys with their values; in one of them is the host's lease. */
  readonly keys: readonly string[];
}

interface EtcdKey {
  readonly key: string;
  readonly value: string;
  readonly leased: boolean;
}

/** The host whose overlayd is killed, with the etcd it uses. */
export class CrashHost {
  readonly host: Host;
  readonly overlayd: Overlayd;
  /** Of everything that is started. */
  readonly env: Readonly<Record<string, string>>;

  constructor(readonly cluster: Cluster) {
    this.host = cluster.host(1);
    this.env = { PATH: `${quickDockerd(this.host)}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    this.overlayd = this.host.overlayd({ env: this.env });
  }

  get daemonJson(): string {
    return this.host.engineOf('20.10').configFile;
  }

  /** Whether a path is of overlayd's own files, or beside them; its log is not. */
  isOwn(path: string): boolean {
    const { directory } = this.overlayd.place;
    return (
      [directory, dirname(this.daemonJson)].some((own) => `${path}/`.startsWith(`${own}/`)) &&
      path !== this.logFile
    );
  }

  get logFile(): string {
    return join(this.overlayd.place.directory, 'overlayd.log');
  }

  async plantDecoys(): Promise<void> {
    for (const line of DECOYS) await sh(this.host, line);
    await this.cluster.etcd.etcdctl(['put', '/decoy', 'kept']);
    this.resetFiles();
  }

  /** As on a host that never had an overlayd. */
  resetFiles(): void {
    const { stateDirectory, runDirectory, place } = this.overlayd;
    const docker = dirname(this.daemonJson);
    for (const path of [place.directory, docker]) rmSync(path, { recursive: true, force: true });
    for (const path of [stateDirectory, runDirectory, docker]) mkdirSync(path, { recursive: true });
    writeFileSync(this.daemonJson, DAEMON_JSON, { mode: 0o640 });
    writeFileSync(join(runDirectory, 'of-another'), 'kept');
  }

  /** Names of the host's own leases: keys under `subnets/` with its address. */
  async ownKeys(): Promise<readonly string[]> {
    return this.#ownOf(await this.#allKeys());
  }

  async state(): Promise<HostState> {
    const keys = await this.#allKeys();
    const general = this.#generalise(this.#ownOf(keys)[0]);
    const kernel = (await sh(this.host, LOOK)).split('\n').map(sorted).join('\n');
    return {
      kernel: general(kernel),
      files: new Map([...this.#files()].map(([name, text]) => [name, general(text)])),
      keys: keys
        .map(({ key, value, leased }) => {
          const text = `${key} ${value}${leased ? '' : ' for ever'}`;
          // Its bounds are subnets that may be the host's own.
          return key === `${PREFIX}/config` ? text : general(text);
        })
        .sort(),
    };
  }

  /** Whether the record of subnet.env is of what is in it. */
  recordFits(): boolean {
    const record = join(this.overlayd.stateDirectory, 'subnet-env.json');
    const { sha256 } = JSON.parse(readFileSync(record, 'utf8')) as { sha256: string };
    return sha256 === createHash('sha256').update(readFileSync(this.overlayd.subnetFile)).digest('hex');
  }

  async #allKeys(): Promise<readonly EtcdKey[]> {
    const text = await this.cluster.etcd.etcdctl(['get', '--prefix', '/', '-w', 'json']);
    const { kvs = [] } = JSON.parse(text) as { kvs?: { key: string; value: string; lease?: unknown }[] };
    const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();
    return kvs.map(({ key, value, lease }) => ({
      key: decoded(key),
      value: decoded(value),
      leased: lease !== undefined,
    }));
  }

  #ownOf(keys: readonly EtcdKey[]): readonly string[] {
    const own = `"PublicIP":"${this.host.address}"`;
    return keys
      .filter(({ key, value }) => key.startsWith(`${PREFIX}/subnets/`) && value.includes(own))
      .map(({ key }) => key);
  }

  #files(): ReadonlyMap<string, string> {
    const { directory } = this.overlayd.place;
    const paths = [directory, dirname(this.daemonJson)]
      .flatMap(below)
      .filter((path) => path !== this.logFile);
    return new Map(paths.map((path) => [path.slice(this.host.context.directory.length + 1), look(path)]));
  }

  /** What is chosen by chance: subnet, node id, MAC addresses, and the digest of a text with the subnet in it; and what depends on the time. */
  #generalise(ownKey = ''): (text: string) => string {
    const subnet = /(\d+\.\d+\.\d+)\.0-24$/.exec(ownKey)?.[1];
    const names: (readonly [string | undefined, string])[] = [
      [subnet && `${subnet}.`, 'OWN-SUBNET.'],
      ...['nodeId', 'vtepMac', 'vtepMacV6'].map((name) => [this.#identity()[name], `OWN-${name}`] as const),
    ];
    return (text) =>
      names
        .reduce((done, [own, name]) => (own === undefined ? done : done.replaceAll(own, name)), text)
        .replaceAll(/"sha256": "[0-9a-f]{64}"/g, '"sha256": "..."')
        .replaceAll(/,\s*"fresh": true/g, '');
  }

  #identity(): Readonly<Record<string, string>> {
    try {
      return JSON.parse(readFileSync(join(this.overlayd.stateDirectory, 'node.json'), 'utf8')) as Record<
        string,
        string
      >;
    } catch {
      return {};
    }
  }
}

/** A folder with a dockerd in it that accepts any daemon.json: followed by strace, the real one takes seconds for that. */
function quickDockerd({ context }: Host): string {
  const folder = join(context.directory, 'bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'dockerd'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  return folder;
}

function below(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  } catch {
    return [];
  }
}

function look(path: string): string {
  const stat = statSync(path);
  const mode = (stat.mode & 0o777).toString(8);
  if (!stat.isFile()) return `${stat.isSocket() ? 'a socket' : 'a folder'} ${mode}`;
  return `${mode} ${readFileSync(path, 'utf8')}`;
}
