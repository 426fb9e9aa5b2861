import type { Check } from '@overlay/api';
import type { Daemon } from '../daemon.js';
import { holds } from '../lease/status.js';
import { nodeMtu } from '../plan/mtu.js';
import { checksumErrors } from './checksum-errors.js';
import { forwardingObstacle } from './forwarding-obstacle.js';
import { ownRejection, peerCounts } from './peers.js';
import { probePeers } from './probe.js';
import { planReply } from './plan-text.js';

const check = (
  name: string,
  result: 'ok' | 'warn' | 'fail' | 'skip',
  detail: string,
  advice = '',
): Check => ({ name, result, detail, advice });

const isLeaseProblem = ({ code }: { code: string }): boolean =>
  code.startsWith('OVL_LEASE') || code.startsWith('OVL_SUBNETS') || code === 'OVL_PUBLIC_IP_CONFLICT';

async function etcd(daemon: Daemon): Promise<Check> {
  if (!daemon.etcd.connected) {
    return check(
      'etcd',
      'fail',
      daemon.etcd.detail,
      'start etcd, or correct --etcd-endpoints and the TLS files',
    );
  }
  const health = await daemon.adapters.store.health();
  if (health.alarms.length > 0) {
    return check(
      'etcd',
      'fail',
      `alarm ${health.alarms.join(', ')}`,
      'compact and defragment etcd, then `etcdctl alarm disarm`',
    );
  }
  return check('etcd', 'ok', `${health.endpoint}, version ${health.version}`);
}

function config(daemon: Daemon): Check {
  const problem = daemon.problems.list().find(({ code }) => code.startsWith('OVL_CONFIG'));
  if (problem !== undefined)
    return check(
      'network config',
      'warn',
      problem.message,
      'see `overlayctl config get` and `overlayctl config validate`',
    );
  const [waiting] = daemon.backends.waiting;
  if (waiting !== undefined)
    return check('network config', 'fail', `backend ${waiting.type}: ${waiting.reason}`);
  const backend = daemon.network.running?.backendType ?? 'none yet';
  return check('network config', daemon.network.running === undefined ? 'fail' : 'ok', `backend ${backend}`);
}

function lease(daemon: Daemon): Check {
  const { status } = daemon.keeper;
  if (!holds(status, daemon.adapters.clock.bootMs())) {
    const problem = daemon.problems.list().find(isLeaseProblem);
    return check('lease', 'fail', problem?.message ?? status.state, 'see `overlayctl lease list`');
  }
  const name = status.lease?.name ?? '';
  const rejection = ownRejection(daemon);
  if (rejection !== undefined)
    return check(
      'lease',
      'fail',
      `${name} is held, and peers refuse it: ${rejection}`,
      'take another subnet with `overlayctl node renumber`, or remove the lease that is in the way',
    );
  return check('lease', 'ok', `${name}, ${status.state}`);
}

async function kernel(daemon: Daemon): Promise<Check> {
  const { passError } = daemon.kernelLane;
  if (passError !== undefined)
    return check('kernel', 'fail', `the last pass failed: ${passError}`, 'it is tried again by itself');
  const failures = [...daemon.kernelLane.failures.values()];
  if (failures.length > 0)
    return check(
      'kernel',
      'fail',
      failures.slice(0, 3).join('; '),
      'remove what is in the way; it is tried again by itself',
    );
  if (daemon.nodeLane.node === undefined)
    return check('kernel', 'fail', daemon.problems.get('node')?.message ?? 'nothing is planned yet');
  const { changes, objects } = await planReply(daemon);
  if (changes.length > 0)
    return check(
      'kernel',
      'warn',
      `${changes.length} of ${objects.length} objects differ and are being put right`,
    );
  return check('kernel', 'ok', `${objects.length} objects as planned`);
}

function peers(daemon: Daemon): Check {
  const counts = peerCounts(daemon);
  const detail = `${counts.programmed} of ${counts.total} peers programmed`;
  const refused = daemon.book.rejected().filter(({ name }) => name !== daemon.keeper.status.lease?.name);
  const [first] = refused;
  if (first !== undefined || counts.rejected > 0)
    return check(
      'peers',
      'warn',
      first === undefined
        ? `${detail}, ${counts.rejected} cannot be reached`
        : `${detail}, ${refused.length} leases rejected in whole or in part; ${first.name}: ${first.reason}`,
      '`overlayctl lease list --output wide` shows why',
    );
  if (counts.otherBackend > 0)
    return check(
      'peers',
      'warn',
      `${detail}, ${counts.otherBackend} use another backend`,
      'give the hosts a backend in common: Backends in the network config, or --backend',
    );
  return check('peers', 'ok', detail);
}

function firewall(daemon: Daemon): Check {
  const { report } = daemon.firewallLane;
  if (report === undefined) return check('firewall', 'warn', 'not looked at yet');
  const error = report.errors[0];
  if (error !== undefined) return check('firewall', 'fail', error.message, 'it is tried again by itself');
  const obstacle = report.facts.obstacles[0];
  if (obstacle !== undefined) return check('firewall', 'warn', obstacle);
  return check(
    'firewall',
    'ok',
    `iptables-${report.facts.iptables}, FORWARD policy ${report.facts.forwardPolicy}`,
  );
}

function forwarding(daemon: Daemon): Check {
  const { node } = daemon.nodeLane;
  if (node === undefined) return check('forwarding', 'skip', 'no plan yet');
  if (node.backend.type === 'alloc') return check('forwarding', 'skip', 'backend alloc moves no packets');
  const obstacle = forwardingObstacle(node, daemon.config.ipForward);
  const { ipForward } = daemon.config;
  if (obstacle === undefined)
    return check('forwarding', 'ok', `net.ipv4.ip_forward is ${ipForward === 'off' ? '' : 'kept at '}1`);
  if (ipForward === 'off')
    return check('forwarding', 'fail', obstacle, 'set it, or give overlayd --ip-forward=on');
  return check(
    'forwarding',
    'warn',
    obstacle,
    'start Docker, which sets it, or give overlayd --ip-forward=on',
  );
}

function docker(daemon: Daemon): Check {
  if (daemon.config.docker === 'off') return check('docker', 'skip', '--docker=off');
  const report = daemon.dockerLane?.report;
  if (report?.reachable !== true)
    return check(
      'docker',
      'fail',
      'Docker does not answer',
      `start Docker, or correct --docker-socket ${daemon.config.dockerSocket}`,
    );
  const problem = report.problems[0];
  if (problem !== undefined)
    return check('docker', report.state === 'ready' ? 'warn' : 'fail', problem.message);
  return check('docker', 'ok', `${report.version ?? ''}, ${report.bridge ?? ''} ${report.subnet ?? ''}`);
}

function mtu(daemon: Daemon): Check {
  const { node } = daemon.nodeLane;
  if (node === undefined) return check('mtu', 'skip', 'no plan yet');
  const { facts } = node.input;
  return check('mtu', 'ok', `${facts.iface.name} ${facts.iface.mtu}, containers ${nodeMtu(node)}`);
}

type Checker = (daemon: Daemon) => Check | Promise<Check>;

const CHECKS: readonly (readonly [string, Checker])[] = [
  ['etcd', etcd],
  ['network config', config],
  ['lease', lease],
  ['kernel', kernel],
  ['peers', peers],
  ['forwarding', forwarding],
  ['firewall', firewall],
  ['docker', docker],
  ['mtu', mtu],
];

/** A check that cannot be made is a finding like any other, and the rest goes on. */
async function attempt(daemon: Daemon, name: string, checker: Checker): Promise<Check> {
  try {
    return await checker(daemon);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return check(name, 'fail', `the check itself failed: ${why}`);
  }
}

/** Packets that a host sends with a wrong checksum never get further than here, and nobody else says so. */
async function* watchChecksums(
  daemon: Daemon,
  count: () => number,
  probes: AsyncIterable<Check>,
): AsyncGenerator<Check> {
  const before = count();
  yield* probes;
  const bad = count() - before;
  if (bad <= 0) return;
  const device = daemon.nodeLane.node?.backend.tunnel(4) ?? 'the tunnel device';
  yield check(
    'checksums',
    'warn',
    `${bad} UDP packets came in with a bad checksum while the peers were asked`,
    `a network card gets checksums of encapsulated packets wrong on a host that sent them; there: ethtool -K ${device} tx-checksum-ip-generic off`,
  );
}

/**
 * Checks each link of the chain, in the order a packet and its lease depend on them.
 *
 * @param badChecksums how many UDP packets came in with a bad one so far
 */
export async function* doctor(
  daemon: Daemon,
  probe: boolean,
  signal: AbortSignal,
  badChecksums = checksumErrors,
): AsyncGenerator<Check> {
  for (const [name, checker] of CHECKS) {
    if (signal.aborted) return;
    yield await attempt(daemon, name, checker);
  }
  if (probe) yield* watchChecksums(daemon, badChecksums, probePeers(daemon, signal));
}
