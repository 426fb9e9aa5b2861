import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { OverlayError, type Prefix } from '@overlay/cidr';
import { diff, type LinkFact, type Ownership } from '@overlay/dataplane';
import { openFirewall, openHostReader } from '@overlay/dataplane/linux';
import type { DockerWish } from '@overlay/docker';
import { parseSubnetEnv } from '@overlay/lease';
import { connectControl } from '@overlay/api';
import { openDocker } from './adapters.js';
import { cleanFiles } from './cleanup-files.js';
import {
  attempt,
  dockerReport,
  joined,
  kernelReport,
  removed,
  type CleanupReport,
} from './cleanup-report.js';
import type { Config } from './config/model.js';
import { openDataplane } from './dataplane.js';
import { dockerNetwork } from './plan/docker-wish.js';
import { readIfThere } from './host/files.js';
import type { Logger } from './logger.js';
import { aliasOf } from './loop/build-plan.js';
import { parseSubnetRecord, type SubnetRecord } from './subnet-record.js';

type DockerTarget = Pick<DockerWish, 'instance' | 'network' | 'mode'>;

/** Whatever is not a clear "nobody there" may be a daemon that is busy, hangs or is just starting. */
async function refuseWhileRunning(socket: string): Promise<void> {
  const client = connectControl(socket);
  const gone = await client.status({}).then(
    () => false,
    (error: unknown) => error instanceof OverlayError && error.code === 'OVL_DAEMON_UNREACHABLE',
  );
  client.close();
  if (!gone)
    throw new OverlayError('OVL_DAEMON_RUNNING', `overlayd still runs (${socket}): stop it before --cleanup`);
}

/** Kinds of devices that overlayd makes. */
const OUR_KINDS: ReadonlySet<string> = new Set([
  'vxlan',
  'gre',
  'ipip',
  'sit',
  'wireguard',
  'tun',
  'openvswitch',
  'bridge',
  'dummy',
  'veth',
]);

/** What is ours without asking etcd: devices by their alias, routes by protocol inside the networks of this and earlier starts. */
function ownershipOn(links: readonly LinkFact[], instance: string, networks: readonly Prefix[]): Ownership {
  const alias = aliasOf(instance);
  const ours = links.filter((link) => link.alias === alias && OUR_KINDS.has(link.kind));
  return { alias, links: ours.map(({ name }) => name), networks, adopt: false };
}

/** Networks that subnet.env names now, and those that our own record remembers. */
export function knownNetworks(subnetEnv: string, record: SubnetRecord | undefined): readonly Prefix[] {
  const { network, ipv6Network } = parseSubnetEnv(subnetEnv);
  return [network, ipv6Network, ...(record?.networks ?? [])].filter((prefix) => prefix !== undefined);
}

async function cleanKernel(
  config: Config,
  log: Logger,
  record: SubnetRecord | undefined,
): Promise<CleanupReport> {
  const dataplane = openDataplane(config, log);
  const { kernel } = dataplane;
  const networks = knownNetworks(readIfThere(config.subnetFile) ?? '', record);
  const ownership = ownershipOn(await openHostReader().links(), config.instance, networks);
  const actual = await kernel.read(ownership);
  const outcomes = await kernel.apply(diff(new Map(), actual).changes);
  await dataplane.close();
  return kernelReport(actual, outcomes);
}

/** What Docker may hold of ours: by the flags of this call, by what an earlier start recorded, by what was written to daemon.json. */
export function dockerTargets(
  config: Config,
  record: SubnetRecord | undefined,
  daemonJsonWritten: boolean,
): readonly DockerTarget[] {
  const { instance, docker } = config;
  const known = [
    { mode: docker, network: dockerNetwork(config) },
    ...(record?.docker === undefined ? [] : [record.docker]),
    ...(daemonJsonWritten ? [{ mode: 'daemon-json' as const, network: undefined }] : []),
  ];
  const targets = new Map<string, DockerTarget>();
  for (const { mode, network } of known) {
    if (mode === 'network') {
      const name = network ?? dockerNetwork(config);
      targets.set(name, { mode, instance, network: name });
    } else if (mode === 'daemon-json') targets.set('', { mode, instance, network: dockerNetwork(config) });
  }
  return [...targets.values()];
}

async function cleanDocker(
  config: Config,
  log: Logger,
  record: SubnetRecord | undefined,
): Promise<CleanupReport> {
  const written = readIfThere(join(config.stateDir, 'daemon-json.json')) !== undefined;
  const reports: CleanupReport[] = [];
  for (const target of dockerTargets(config, record, written)) {
    const agent = await openDocker({ ...config, docker: target.mode });
    if (agent !== undefined) reports.push(dockerReport(await agent.cleanup(target)));
  }
  return joined(reports);
}

async function cleanFirewall(instance: string): Promise<CleanupReport> {
  const firewall = openFirewall();
  const none = {
    instance,
    traffic: [],
    masquerade: false,
    randomFully: false,
    forward: false,
    nftables: false,
  };
  const ours = await firewall.preview(none);
  await firewall.cleanup(instance);
  return ours.length === 0 ? removed() : removed('firewall rules');
}

/** The record is needed as long as something it tells of is there. */
function forget(path: string, report: CleanupReport): void {
  if (readIfThere(path) !== undefined && !report.left.some(({ ours }) => ours)) unlinkSync(path);
}

/**
 * Removes what overlayd made on this host, and only that; every part is tried even when another one failed. The lease in etcd stays until
 * its TTL is over (or `overlayctl lease release`), and so does the node's identity in the state folder: with it a new start gets the
 * lease back.
 * @throws OverlayError OVL_DAEMON_RUNNING
 */
export async function cleanup(config: Config, log: Logger): Promise<CleanupReport> {
  await refuseWhileRunning(join(config.runDir, 'overlayd.sock'));
  const recordPath = join(config.stateDir, 'subnet-env.json');
  const record = parseSubnetRecord(readIfThere(recordPath));
  const report = joined([
    await attempt('Docker settings', () => cleanDocker(config, log, record)),
    await attempt('kernel objects', () => cleanKernel(config, log, record)),
    await attempt('firewall rules', () => cleanFirewall(config.instance)),
    await cleanFiles(config, record),
  ]);
  forget(recordPath, report);
  return report;
}
