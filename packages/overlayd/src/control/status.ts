import type { StatusReply } from '@overlay/api';
import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { Daemon } from '../daemon.js';
import { holds } from '../lease/status.js';
import { nowMs } from '../loop/lane.js';
import { peerCounts } from './peers.js';

/** Why the daemon is not ready; empty when it is (I13). */
export function notReady(daemon: Daemon): readonly string[] {
  const reasons: string[] = [];
  if (!holds(daemon.keeper.status, daemon.adapters.clock.bootMs())) reasons.push('no lease is held');
  if (!daemon.book.complete) reasons.push('no complete list of the leases yet');
  if (!daemon.etcd.connected) reasons.push(`etcd: ${daemon.etcd.detail}`);
  if (daemon.nodeLane.node !== undefined && daemon.kernelLane.lastFullMs === undefined)
    reasons.push('the kernel was not programmed yet');
  if (!daemon.subnetFileReady) reasons.push('subnet.env was not written yet');
  for (const failure of daemon.kernelLane.failures.values()) reasons.push(`kernel: ${failure}`);
  for (const { message } of daemon.firewallLane.report?.errors ?? []) reasons.push(`firewall: ${message}`);
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
  const { metrics } = daemon.adapters;
  const { lastFullMs, failures } = daemon.kernelLane;
  return {
    fullPasses: await counterValue(metrics.fullPasses),
    incrementalPasses: await counterValue(metrics.incrementalPasses),
    changes: await counterValue(metrics.changes),
    repaired: await counterValue(metrics.repaired),
    failing: failures.size,
    failures: [...failures.values()].slice(0, 20),
    lastFullSecondsAgo: lastFullMs === undefined ? 0 : (nowMs() - lastFullMs) / 1000,
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

function nodeStatus(
  daemon: Daemon,
): Pick<StatusReply, 'network' | 'ipv6Network' | 'backend' | 'mtu' | 'interface' | 'hostname'> {
  const { node } = daemon.nodeLane;
  const { running } = daemon.network;
  return {
    network: running?.ipv4 === undefined ? '' : formatPrefix(running.ipv4.network),
    ipv6Network: running?.ipv6 === undefined ? '' : formatPrefix(running.ipv6.network),
    backend: running?.backendType ?? '',
    mtu: node === undefined ? 0 : node.backend.mtu(node.input.facts),
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
  };
}
