import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { byKey } from '../src/identity.js';
import { diff } from '../src/diff.js';
import { joinKernel } from '../src/join-kernel.js';
import { openKernel, openLanBridgePart } from '../src/linux/index.js';
import type { LanBridgeLink, Outcome, Ownership } from '../src/model.js';

let count = 0;

export const ALIAS = 'overlayd:test';
export const WANTED: LanBridgeLink = {
  type: 'link',
  kind: 'lan-bridge',
  name: 'ovl-lan-0',
  nic: 'eth0',
  mtu: 1500,
  alias: ALIAS,
};
const OWNERSHIP: Ownership = { alias: ALIAS, links: ['ovl-lan-0'], networks: [], adopt: true };

/** Waits until no address is tentative. */
export const SETTLED =
  'for i in $(seq 100); do ip -6 address | grep -q tentative || exit 0; sleep 0.05; done; exit 1';

/** A host on a LAN: its NIC `eth0`, and the router of the LAN, which knows the host. */
export interface LanRig {
  readonly path: string;
  /** Names of the namespaces. */
  readonly host: string;
  readonly router: string;
  /** In the host's namespace. */
  run(command: string): string;
  onRouter(command: string): string;
  /** A process in the router's namespace. */
  spawnOnRouter(argv: readonly string[]): ChildProcess;
  spawnOnHost(argv: readonly string[]): ChildProcess;
  /** One pass towards the wish, as the daemon makes it. */
  pass(wanted: readonly LanBridgeLink[]): Promise<readonly Outcome[]>;
  /** Everything that must come back: addresses and routes of every table, without ages and numbers. */
  dump(): unknown;
  close(): void;
}

/** Host 192.168.28.5 and fd28::5, router .2, on a LAN of their own. */
export function openLanRig(): LanRig {
  const id = `lb-${process.pid}-${++count}`;
  const [host, router] = [`${id}-h`, `${id}-r`];
  const inside = (namespace: string, command: string) =>
    execFileSync('ip', ['netns', 'exec', namespace, 'sh', '-ec', command], { encoding: 'utf8' });
  const path = `/run/netns/${host}`;
  for (const namespace of [host, router]) execFileSync('ip', ['netns', 'add', namespace]);
  inside(
    host,
    `ip link set lo up; ip link add eth0 type veth peer name lan0 netns ${router}
    ip link set eth0 up; ip address add 192.168.28.5/24 brd + dev eth0; ip address add fd28::5/64 dev eth0 nodad`,
  );
  inside(
    router,
    `ip link set lo up; ip link set lan0 up; ip address add 192.168.28.2/24 dev lan0
    ip address add fd28::2/64 dev lan0 nodad; ip address add 203.0.113.1/32 dev lo`,
  );
  inside(host, `ip route add default via 192.168.28.2; ip -6 route add default via fd28::2; ${SETTLED}`);
  const part = openLanBridgePart({ netns: path, sysfs: '/nonexistent' });
  const base = openKernel({ netns: path });
  const kernel = joinKernel(base, [part]);
  const children: ChildProcess[] = [];
  const start = (namespace: string, argv: readonly string[]) => {
    const child = spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  return {
    path,
    host,
    router,
    run: (command) => inside(host, command),
    onRouter: (command) => inside(router, command),
    spawnOnRouter: (argv) => start(router, argv),
    spawnOnHost: (argv) => start(host, argv),
    pass: async (wanted) => {
      const desired = byKey(wanted);
      const { changes, conflicts } = diff(desired, await kernel.read(OWNERSHIP, desired));
      if (conflicts[0] !== undefined) throw new Error(conflicts[0].reason);
      return kernel.apply(changes);
    },
    dump: () => dumpOf((command) => inside(host, command)),
    close: () => {
      for (const child of children) child.kill('SIGKILL');
      base.close();
      void part.close?.();
      for (const namespace of [host, router]) execFileSync('ip', ['netns', 'delete', namespace]);
    },
  };
}

interface JsonAddress {
  readonly ifname: string;
  readonly master?: string;
  readonly operstate: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly Record<string, unknown>[];
}

function dumpOf(run: (command: string) => string): unknown {
  const addresses = (JSON.parse(run('ip -j address')) as JsonAddress[]).map((link) => ({
    name: link.ifname,
    master: link.master,
    flags: link.flags,
    addresses: link.addr_info.map(ageless),
  }));
  const routes = ['-4', '-6'].map((family) =>
    (JSON.parse(run(`ip -j ${family} -d route show table all`)) as Record<string, unknown>[]).map(ageless),
  );
  return { addresses, routes };
}

function ageless(record: Record<string, unknown>): Record<string, unknown> {
  const ages = new Set(['valid_life_time', 'preferred_life_time', 'expires']);
  return Object.fromEntries(Object.entries(record).filter(([name]) => !ages.has(name)));
}
