import { OverlayError } from '@overlay/cidr';
import type { Cluster } from '../cluster.js';
import type { Container } from '../container.js';
import type { Host } from '../host.js';
import { containerOf, startContainer, startOverlay } from './build.js';
import { type Fault, FAULTS, inflict } from './faults.js';
import type { Screen } from './screen.js';

/** Shows what the overlay does, command by command. @throws OverlayError OVL_DEMO_FAILED when it does not do it. */
export async function tour(
  cluster: Cluster,
  containers: readonly Container[],
  screen: Screen,
): Promise<void> {
  await showLeases(cluster, screen);
  await showReachability(containers, screen);
  await showSource(containers, screen);
  await showNewHost(cluster, containers, screen);
  await showRepair(cluster, screen);
}

async function showLeases(cluster: Cluster, screen: Screen): Promise<void> {
  screen.heading('Every host has leased a subnet of its own');
  await showOn(cluster.host(1), ['overlayctl', 'lease', 'list'], screen);
}

async function showReachability(containers: readonly Container[], screen: Screen): Promise<void> {
  screen.heading('Containers reach each other across hosts, by address');
  const [first, ...others] = containers;
  for (const other of others)
    await showIn(first, ['ping', '-c', '2', other.ip], screen, (said) => said.includes(' 0% packet loss'));
}

async function showSource(containers: readonly Container[], screen: Screen): Promise<void> {
  screen.heading('A server sees the address of the container that asks, not of its host');
  const [first, second] = containers;
  if (first === undefined || second === undefined) return;
  const seen = (said: string): boolean => new RegExp(`=${first.ip.replaceAll('.', '\\.')}\\s`).test(said);
  await showIn(first, ['wget', '-q', '-O', '-', `http://${second.ip}/cgi-bin/whoami`], screen, seen);
  screen.line(`  (${first.name} is ${first.ip})`);
}

async function showNewHost(
  cluster: Cluster,
  containers: readonly Container[],
  screen: Screen,
): Promise<void> {
  screen.heading('A new host joins; the others learn of it by their watch on etcd');
  const host = await cluster.addHost();
  const container = await screen.step(
    `${host.name} with Docker Engine, overlayd and ${containerOf(host)}`,
    async () => {
      await host.startDockerd();
      await startOverlay(host);
      return startContainer(host);
    },
  );
  await showIn(containers[0], ['ping', '-c', '2', container.ip], screen, (said) =>
    said.includes(' 0% packet loss'),
  );
}

async function showRepair(cluster: Cluster, screen: Screen): Promise<void> {
  screen.heading('Damage in the kernel is repaired');
  await showFault(cluster, FAULTS.route, screen);
}

/** Does the damage on h1 and shows how long it took until all was as before. */
export async function showFault(cluster: Cluster, fault: Fault, screen: Screen): Promise<void> {
  screen.io.signal.throwIfAborted();
  const { typed, repairedMs, state } = await inflict(cluster, fault);
  screen.command(`${typed}    (on h1)`, '');
  screen.command(`${fault.observe(cluster).join(' ')}    (${repairedMs} ms later)`, state);
}

/** Runs a command on a host and shows it. */
export async function showOn(host: Host, argv: readonly string[], screen: Screen): Promise<void> {
  screen.io.signal.throwIfAborted();
  const { code, stdout, stderr } = await host.tryExec(argv, { env: host.toolEnvironment() });
  screen.command(`${argv.join(' ')}    (on ${host.name})`, stdout + stderr);
  if (code !== 0) throw failed(`\`${argv.join(' ')}\` on ${host.name} ended with code ${code}`);
}

async function showIn(
  container: Container | undefined,
  argv: readonly string[],
  screen: Screen,
  good: (said: string) => boolean,
): Promise<void> {
  screen.io.signal.throwIfAborted();
  if (container === undefined) return;
  const { stdout } = await container.exec(argv, { timeoutMs: 15_000 });
  screen.command(`docker exec ${container.name} ${argv.join(' ')}`, stdout);
  if (!good(stdout)) throw failed(`\`${argv.join(' ')}\` in ${container.name} did not say what it has to`);
}

function failed(what: string): OverlayError {
  return new OverlayError(
    'OVL_DEMO_FAILED',
    `${what}. Look at /var/lib/overlay-testbed/demo/h1/overlayd-default/overlayd.log while it is up (--no-tour leaves it up)`,
  );
}
