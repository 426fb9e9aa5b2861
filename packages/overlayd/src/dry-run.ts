import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { PlannedChange } from '@overlay/api';
import { OverlayError, formatPrefix } from '@overlay/cidr';
import { diff } from '@overlay/dataplane';
import { openFirewall, openHostReader } from '@overlay/dataplane/linux';
import {
  chooseLease,
  LeaseSet,
  parseLeaseName,
  parseNetworkConfig,
  type Lease,
  type LeaseDecision,
  type LeaseSnapshot,
  type LeaseSubnets,
  type NetworkConfig,
} from '@overlay/lease';
import { openDataplane } from './dataplane.js';
import { systemClock } from './host/clock.js';
import { factsReader } from './host/facts-reader.js';
import { forwarding, openStore } from './adapters.js';
import type { HostFacts } from './backends/model.js';
import type { Backend } from './backends/model.js';
import type { Config } from './config/model.js';
import { differenceText } from './control/plan-text.js';
import { dockerRows, fileRows, leaseRows, previewTable, type Preview } from './dry-run-text.js';
import { readIfThere } from './host/files.js';
import { leaseAttributes } from './lease/attributes.js';
import type { Logger } from './logger.js';
import { buildNodePlan } from './loop/build-plan.js';
import { BackendSet } from './loop/backend-set.js';
import { WayHold } from './loop/way-hold.js';
import { checkNetwork, chooseBackends } from './loop/choose-backends.js';
import type { NodePlan } from './loop/node-plan.js';
import { ownershipOf } from './loop/ownership.js';
import { previousSubnets, recordedNetworks, subnetEnv } from './loop/subnet-file.js';
import { dockerWish } from './plan/docker-wish.js';
import { nodeMtu } from './plan/mtu.js';
import { firewallInput } from './plan/firewall-input.js';
import { directPeers, plan } from './plan/plan.js';
import { isRecorded, parseSubnetRecord } from './subnet-record.js';
import { VERSION } from './version.js';

/** What a start reads before it decides. */
interface Found {
  readonly config: Config;
  readonly network: NetworkConfig;
  readonly snapshot: LeaseSnapshot;
  readonly facts: HostFacts;
  readonly backends: readonly [Backend, ...Backend[]];
  readonly log: Logger;
}

const recordPath = (config: Config): string => join(config.stateDir, 'subnet-env.json');

function subnetsOf(decision: LeaseDecision): LeaseSubnets {
  if (decision.kind === 'reuse') return parseLeaseName(decision.lease.name);
  if (decision.kind === 'create') return decision.subnets;
  if (decision.kind === 'replace') return decision.next;
  throw new OverlayError(decision.code, decision.reason);
}

async function readNetwork(config: Config, log: Logger): Promise<Pick<Found, 'network' | 'snapshot'>> {
  const store = openStore(config, log);
  try {
    const written = await store.config();
    if (written === undefined)
      throw new OverlayError(
        'OVL_CONFIG_MISSING',
        `there is no network config under ${config.etcdPrefix}/config`,
      );
    return { network: parseNetworkConfig(written.text), snapshot: await store.list() };
  } finally {
    await store.close();
  }
}

function decide({ config, network, snapshot, facts }: Found): LeaseDecision {
  const previous = previousSubnets({ path: config.subnetFile, stateFile: recordPath(config) });
  const dualStack = network.ipv6 !== undefined && facts.publicIpv6 !== undefined;
  return chooseLease({
    config: network,
    leases: snapshot.leases,
    nodeId: facts.nodeId,
    publicIp: facts.publicIp,
    ...(dualStack ? { publicIpv6: facts.publicIpv6 } : {}),
    ...(previous === undefined ? {} : { previous }),
    random: (bound) => randomInt(bound),
  });
}

function peersOf({ network, snapshot, facts }: Found, subnets: LeaseSubnets): readonly Lease[] {
  const { publicIp, publicIpv6 } = facts;
  const own = { subnets, publicIp, ...(publicIpv6 === undefined ? {} : { publicIpv6 }) };
  const leases = new LeaseSet({ config: network, own });
  leases.applySnapshot(snapshot);
  return [...leases.used()].filter(({ subnet }) => formatPrefix(subnet) !== formatPrefix(subnets.subnet));
}

/** A file of the state folder that would be written, and what it is. */
const stateRow = (path: string, what: string): PlannedChange => ({
  op: readIfThere(path) === undefined ? 'add' : 'replace',
  type: 'file',
  object: `${path} ${what}`,
});

function filesOf(config: Config, node: NodePlan): readonly PlannedChange[] {
  const { subnetFile, stateDir } = config;
  const content = subnetEnv(node);
  const record = recordPath(config);
  const identity = join(stateDir, 'node.json');
  const isKnown = isRecorded(parseSubnetRecord(readIfThere(record)), subnetFile, content);
  return [
    ...fileRows(subnetFile, readIfThere(subnetFile), content),
    ...(isKnown ? [] : [stateRow(record, 'the record of it')]),
    ...(readIfThere(identity) === undefined ? [stateRow(identity, 'a new node id and MAC addresses')] : []),
  ];
}

/** The backends that would run, and the facts that this depends on. */
async function choose(
  config: Config,
  network: NetworkConfig,
  snapshot: LeaseSnapshot,
): Promise<Pick<Found, 'facts' | 'backends'>> {
  const file = join(config.stateDir, 'backends.json');
  const nowMs = (): number => systemClock.monotonicMs();
  const set = new BackendSet({ file, lingerMs: 0, hold: new WayHold(nowMs, 0), nowMs });
  const leases = new LeaseSet({ config: network });
  leases.applySnapshot(snapshot);
  const read = factsReader(config, openHostReader(), true);
  const others = [...leases.used()];
  const { facts, step } = await chooseBackends({ config, network, leases: others, set, facts: read });
  const [first, ...more] = step.running.map(({ backend }) => backend);
  const [refusal] = step.waiting;
  if (first !== undefined) return { facts, backends: [first, ...more] };
  throw new OverlayError(refusal?.code ?? 'OVL_INTERNAL', refusal?.reason ?? 'no backend runs');
}

async function preview(found: Found): Promise<Preview> {
  const { config, network, facts, snapshot, backends } = found;
  checkNetwork(facts, network);
  const decision = decide(found);
  const lease = subnetsOf(decision);
  const dualStack = network.ipv6 !== undefined;
  const attributes = leaseAttributes({ facts, backends, dualStack, version: VERSION, mustRenumber: false });
  const node = buildNodePlan({
    config,
    network,
    facts,
    backends,
    lease,
    forwarding: forwarding(config)(false),
  });
  const wanted = plan(node, peersOf(found, lease));
  const actual = await openDataplane(config, found.log).kernel.look(
    ownershipOf(node, config.adoptFlannel, recordedNetworks(recordPath(config))),
    wanted.desired,
  );
  const direct = directPeers(wanted.peers.values());
  return {
    lease: formatPrefix(lease.subnet),
    decision: decision.kind,
    changes: [
      ...leaseRows(decision, snapshot.leases, attributes),
      ...differenceText(diff(wanted.desired, actual)),
      ...filesOf(config, node),
      ...dockerRows(dockerWish(config, node.input, nodeMtu(node), node.backend), config.daemonJson),
    ],
    firewall: await openFirewall().preview(firewallInput(node, node.firewall, direct)),
  };
}

/**
 * What a start would change on this host and in etcd, as a table or JSON. Changes nothing: not the kernel, not etcd, no file. It fails
 * where a start would wait with an error.
 * @throws OverlayError as the store, the network config, the backend and the lease choice do
 */
export async function dryRun(config: Config, log: Logger): Promise<string> {
  const { network, snapshot } = await readNetwork(config, log);
  const { facts, backends } = await choose(config, network, snapshot);
  const result = await preview({ config, log, network, snapshot, facts, backends });
  return config.output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : previewTable(result);
}
