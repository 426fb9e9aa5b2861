import { backendRows } from './backends.js';
import { nodeMtu } from '../plan/mtu.js';
import type { StatusReply } from '@overlay/api';
import { formatAddress, formatPrefix, type Prefix } from '@overlay/cidr';
import type { NetworkConfig } from '@overlay/lease';
import type { Daemon } from '../daemon.js';
import { holds } from '../lease/status.js';
import { ownRejection, peerCounts } from './peers.js';

/** Three verifications, which are due every 30 s, did not happen. */
const STALE_MS = 90_000;

const seconds = (ms: number): number => Math.round(ms / 1000);

function leaseReasons(daemon: Daemon): readonly string[] {
  const { status } = daemon.keeper;
  const now = daemon.adapters.clock.bootMs();
  const rejection = ownRejection(daemon);
  const refused =
    rejection === undefined ? [] : [`this host's own lease ${status.lease?.name ?? ''}: ${rejection}`];
  if (holds(status, now)) return refused;
  const { state, deadlineMs } = status;
  if (state !== 'held' || deadlineMs === undefined) return ['no lease is held', ...refused];
  return [`the lease ended ${seconds(now - deadlineMs)} s ago: it could not be renewed`, ...refused];
}

function kernelReasons(daemon: Daemon): readonly string[] {
  const { lastFullMs, passError, failures } = daemon.kernelLane;
  const failing = [...failures.values()].map((failure) => `kernel: ${failure}`);
  if (passError !== undefined) failing.unshift(`kernel: the last pass failed: ${passError}`);
  if (lastFullMs === undefined) return ['the kernel was not programmed yet', ...failing];
  const age = daemon.adapters.clock.monotonicMs() - lastFullMs;
  if (age <= STALE_MS) return failing;
  return [`the kernel was last verified ${seconds(age)} s ago`, ...failing];
}

function firewallReasons(daemon: Daemon): readonly string[] {
  const { report } = daemon.firewallLane;
  if (report === undefined) return ['the firewall was not looked at yet'];
  return report.errors.map(({ message }) => `firewall: ${message}`);
}

/** Why the daemon is not ready; empty when it is (I13). */
export function notReady(daemon: Daemon): readonly string[] {
  const reasons = [...leaseReasons(daemon)];
  if (!daemon.book.complete) reasons.push('no complete list of the leases yet');
  if (!daemon.etcd.connected) reasons.push(`etcd: ${daemon.etcd.detail}`);
  if (daemon.nodeLane.node !== undefined) reasons.push(...kernelReasons(daemon), ...firewallReasons(daemon));
  const forwarding = daemon.problems.get('forwarding');
  if (forwarding !== undefined) reasons.push(forwarding.message);
  if (!daemon.subnetFileReady) reasons.push('subnet.env was not written yet');
  return reasons;
}

function leaseStatus(daemon: Daemon): StatusReply['lease'] {
  const { state, lease, ttlSeconds, deadlineMs } = daemon.keeper.status;
  const left = deadlineMs === undefined ? 0 : (deadlineMs - daemon.adapters.clock.bootMs()) / 1000;
  return {
    subnet: lease === undefined ? '' : formatPrefix(lease.subnet),
    ipv6Subnet: lease?.ipv6Subnet === undefined ? '' : formatPrefix(lease.ipv6Subnet),
    publicIp: lease === undefined ? '' : formatAddress(lease.attributes.publicIp),
    publicIpv6: lease?.attributes.publicIpv6 === undefined ? '' : formatAddress(lease.attributes.publicIpv6),
    state,
    ttlSeconds,
    expiresInSeconds: Math.max(0, Math.round(left)),
  };
}

async function etcdStatus(daemon: Daemon): Promise<StatusReply['etcd']> {
  const { connected, endpoint, detail } = daemon.etcd;
  const health = connected ? await daemon.adapters.store.health().catch(() => undefined) : undefined;
  return {
    connected,
    endpoint: health?.endpoint ?? endpoint,
    version: health?.version ?? '',
    revision: daemon.book.highestRevision,
    detail:
      health === undefined || health.alarms.length === 0 ? detail : `alarm: ${health.alarms.join(', ')}`,
    prefix: daemon.config.etcdPrefix,
    secondsSinceContact: daemon.etcd.secondsSinceContact(),
  };
}

export async function counterValue(counter: {
  get(): Promise<{ values: { value: number }[] }>;
}): Promise<number> {
  return (await counter.get()).values[0]?.value ?? 0;
}

async function reconcileStatus(daemon: Daemon): Promise<StatusReply['reconcile']> {
  const { metrics, clock } = daemon.adapters;
  const { lastFullMs, failures } = daemon.kernelLane;
  return {
    fullPasses: await counterValue(metrics.fullPasses),
    incrementalPasses: await counterValue(metrics.incrementalPasses),
    changes: await counterValue(metrics.changes),
    repaired: await counterValue(metrics.repaired),
    failing: failures.size,
    failures: [...failures.values()].slice(0, 20),
    lastFullSecondsAgo: lastFullMs === undefined ? 0 : (clock.monotonicMs() - lastFullMs) / 1000,
  };
}

async function firewallStatus(daemon: Daemon): Promise<StatusReply['firewall']> {
  const { report } = daemon.firewallLane;
  if (report === undefined) return { backend: '', dockerRules: '', written: 0, obstacles: [] };
  const { facts } = report;
  const rawDrop = facts.dockerRawDrop ? ', raw drop per container' : '';
  const chains = facts.docker ? `iptables chains${rawDrop}` : 'none';
  return {
    backend: `iptables-${facts.iptables}`,
    dockerRules: facts.dockerNftables ? 'nftables' : chains,
    written: await counterValue(daemon.adapters.metrics.firewallWrites),
    obstacles: facts.obstacles,
  };
}

function dockerStatus(daemon: Daemon): StatusReply['docker'] {
  const mode = daemon.config.docker;
  const state = mode === 'off' ? 'off' : 'waiting';
  const nothing = { mode, reachable: false, version: '', state, bridge: '', subnet: '', problems: [] };
  const report = daemon.dockerLane?.report;
  if (report === undefined) return nothing;
  const { reachable, problems, version = '', bridge = '', subnet = '' } = report;
  return { mode, reachable, version, state: report.state, bridge, subnet, problems };
}

function networkTexts(running: NetworkConfig | undefined): Pick<StatusReply, 'network' | 'ipv6Network'> {
  const text = (pool: { readonly network: Prefix } | undefined): string =>
    pool === undefined ? '' : formatPrefix(pool.network);
  return { network: text(running?.ipv4), ipv6Network: text(running?.ipv6) };
}

function nodeStatus(
  daemon: Daemon,
): Pick<StatusReply, 'network' | 'ipv6Network' | 'backend' | 'mtu' | 'interface' | 'hostname'> {
  const { node } = daemon.nodeLane;
  const { running } = daemon.network;
  return {
    ...networkTexts(daemon.network.running),
    backend: node?.backend.type ?? running?.backendType ?? '',
    mtu: node === undefined ? 0 : nodeMtu(node),
    interface: node?.input.facts.iface.name ?? '',
    hostname: node?.input.facts.hostname ?? '',
  };
}

/** Everything `overlayctl status` shows. */
export async function statusReply(daemon: Daemon): Promise<StatusReply> {
  const reasons = notReady(daemon);
  return {
    version: daemon.version,
    instance: daemon.config.instance,
    nodeId: daemon.nodeId,
    ...nodeStatus(daemon),
    ready: reasons.length === 0,
    notReady: reasons,
    uptimeSeconds: process.uptime(),
    lease: leaseStatus(daemon),
    etcd: await etcdStatus(daemon),
    peers: peerCounts(daemon),
    reconcile: await reconcileStatus(daemon),
    firewall: await firewallStatus(daemon),
    docker: dockerStatus(daemon),
    problems: daemon.problems.list(),
    backends: backendRows(daemon),
    mustRenumber: daemon.keeper.status.lease?.attributes.overlay?.mustRenumber === true,
  };
}
