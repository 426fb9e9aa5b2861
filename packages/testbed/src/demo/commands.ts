import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import { type Cluster, openCluster } from '../cluster.js';
import { tryRun } from '../command.js';
import { childEnvironment } from '../config.js';
import type { Host } from '../host.js';
import { EXIT, type Io } from '../io.js';
import { inNamespace } from '../namespaces.js';
import { containerOf, DEMO, demoState, takeDown } from './build.js';
import { FAULTS } from './faults.js';
import { parseExec, usage } from './options.js';
import { Screen } from './screen.js';
import { showFault, showOn } from './tour.js';

const FREEZE_MS = 5000;

/** Hosts, leases, containers. */
export async function status(io: Io): Promise<number> {
  const cluster = open();
  const screen = new Screen(io);
  screen.line(
    `${cluster.hosts.length} hosts, etcd at ${cluster.etcd.endpoints.join(', ')}, files in ${cluster.directory}`,
  );
  for (const host of cluster.hosts)
    screen.line(`  ${host.name.padEnd(4)} ${host.address.padEnd(15)} ${await containersOf(host)}`);
  await showOn(cluster.host(1), ['overlayctl', 'lease', 'list'], screen);
  return EXIT.done;
}

async function containersOf(host: Host): Promise<string> {
  const { stdout } = await host.docker(['ps', '--format', '{{.Names}}']);
  const names = stdout.split('\n').filter(Boolean).sort();
  const found = await Promise.all(names.map((name) => host.container(name)));
  return found.map(({ name, ip }) => `${name} ${ip}`).join(', ');
}

/** Runs a command on a host or in a container, with this terminal as its own; gives its exit code. */
export async function exec(argv: readonly string[], io: Io): Promise<number> {
  const { host: number, container, command } = parseExec(argv);
  const cluster = open();
  const host = cluster.hosts[number - 1];
  if (host === undefined)
    throw new OverlayError(
      'OVL_TESTBED_ABSENT',
      `The demo has no host h${number}. It has h1 to h${cluster.hosts.length}`,
    );
  const terminal = io.stdout.isTTY === true;
  const inside =
    container === undefined
      ? command
      : ['docker', 'exec', ...(terminal ? ['-it'] : ['-i']), container, ...command];
  const child = spawn('nsenter', inNamespace(host.namespace, inside).slice(1), {
    stdio: terminal ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: childEnvironment(host.toolEnvironment()),
  });
  child.stdout?.pipe(io.stdout, { end: false });
  child.stderr?.pipe(io.stderr, { end: false });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? EXIT.interrupted));
  });
}

/** Damages something and shows the repair. */
export async function breakSomething(argv: readonly string[], io: Io): Promise<number> {
  const [what = '', extra] = argv;
  if (extra !== undefined) throw usage(`break: "${extra}" is too much`);
  if (what !== 'etcd' && !(what in FAULTS))
    throw usage(`break: "${what}" is none of ${Object.keys(FAULTS).join(', ')}, etcd`);
  const cluster = open();
  const screen = new Screen(io);
  if (what === 'etcd') return freezeEtcd(cluster, screen);
  const fault = FAULTS[what as keyof typeof FAULTS];
  const backend = demoState()?.backend ?? 'vxlan';
  if (fault.vxlanOnly && backend !== 'vxlan')
    throw usage(`break: ${what} is there only with vxlan, and this demo runs ${backend}`);
  await showFault(cluster, fault, screen);
  await showTraffic(cluster, screen);
  return EXIT.done;
}

/** etcd stops answering for a while: nothing changes for the containers. */
async function freezeEtcd(cluster: Cluster, screen: Screen): Promise<number> {
  const pids = await etcdProcesses(cluster);
  const signal = (name: NodeJS.Signals): void => pids.forEach((pid) => process.kill(pid, name));
  signal('SIGSTOP');
  try {
    screen.line(`etcd is frozen for ${FREEZE_MS / 1000} s`);
    await showTraffic(cluster, screen);
    await sleep(FREEZE_MS, undefined, { signal: screen.io.signal });
  } finally {
    signal('SIGCONT');
  }
  screen.line('etcd goes on');
  await showTraffic(cluster, screen);
  return EXIT.done;
}

async function etcdProcesses(cluster: Cluster): Promise<number[]> {
  const { stdout } = await tryRun(['ip', 'netns', 'pids', cluster.switchNamespace]);
  const pids = stdout.split('\n').filter(Boolean).map(Number);
  return pids.filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'etcd');
}

async function showTraffic(cluster: Cluster, screen: Screen): Promise<void> {
  const [from, to] = [cluster.host(1), cluster.host(2)];
  const { ip } = await to.container(containerOf(to));
  await showOn(from, ['docker', 'exec', containerOf(from), 'ping', '-c', '2', ip], screen);
}

export async function down(io: Io): Promise<number> {
  await takeDown();
  io.stdout.write('The demo is gone: no process, namespace or file of it is left.\n');
  return EXIT.done;
}

function open(): Cluster {
  try {
    return openCluster(DEMO);
  } catch (cause) {
    throw new OverlayError('OVL_TESTBED_ABSENT', 'No demo is up. Start it with `overlayctl demo up`', {
      cause,
    });
  }
}
