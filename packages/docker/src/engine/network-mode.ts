import type { DockerProblem, DockerReport, DockerWish } from '../model.js';
import {
  bridgeOf,
  decideNetwork,
  isOurs,
  subnetsOf,
  type DockerNetwork,
  type NetworkDecision,
} from '../network-decision.js';
import { networkSpec, type NetworkSpec } from '../network-spec.js';
import { poolWarnings } from '../pools.js';
import { problem } from '../problem.js';
import type { AttachedContainer, DockerEngine, EngineFacts } from './docker-engine.js';
import { reattachStopped } from './reattach.js';

/** The part of a report that a mode finds out once Docker answered. */
export type ModeReport = Pick<
  DockerReport,
  'state' | 'problems' | 'changes' | 'bridge' | 'subnet' | 'ipv6Subnet'
>;

/** Creates, keeps, replaces or reports the network of the wish. Throws what Docker's API throws. */
export async function ensureNetwork(
  engine: DockerEngine,
  facts: EngineFacts,
  wish: DockerWish,
): Promise<ModeReport> {
  const spec = networkSpec(wish);
  const networks = await engine.networks();
  const decision = decideNetwork(networks, spec);
  const others = networks.filter((network) => network.name !== spec.name);
  const warnings =
    wish.overlayNetwork && wish.segment?.router === undefined
      ? poolWarnings(wish.overlayNetwork, facts.addressPools, others)
      : [];
  const report = await carryOut(engine, spec, decision);
  return { ...report, problems: [...report.problems, ...warnings] };
}

/** Removes the network that carries our labels unless a container is attached; says what it did. */
export async function removeNetwork(engine: DockerEngine, instance: string, name: string): Promise<string[]> {
  const network = (await engine.networks()).find(
    (candidate) => candidate.name === name && isOurs(candidate, instance),
  );
  if (!network) return [];
  const attached = await engine.containersOf(network);
  if (attached.length > 0) return [`left Docker network ${name}: ${names(attached)} still attached`];
  await engine.removeNetwork(network);
  return [`removed Docker network ${name}`];
}

async function carryOut(
  engine: DockerEngine,
  spec: NetworkSpec,
  decision: NetworkDecision,
): Promise<ModeReport> {
  switch (decision.kind) {
    case 'create':
      return ready(engine, await engine.createNetwork(spec), [`created network ${spec.name}`]);
    case 'keep':
      return decision.foreign ? located('ready', decision.network) : ready(engine, decision.network, []);
    case 'conflict':
      return { state: 'conflict', problems: [decision.problem], changes: [] };
    case 'replace':
      return replace(engine, spec, decision.network, decision.differences);
  }
}

/** A network cannot be changed, only removed and created again. Docker lets go of it once no container on it is active; we wait for that. */
async function replace(
  engine: DockerEngine,
  spec: NetworkSpec,
  network: DockerNetwork,
  differences: readonly string[],
): Promise<ModeReport> {
  const active = (await engine.containersOf(network)).filter((container) => container.active);
  if (active.length > 0) {
    return { ...located('waiting', network), problems: [inUse(network, active, differences)] };
  }
  await engine.removeNetwork(network);
  const created = await engine.createNetwork(spec);
  return ready(engine, created, [`recreated network ${spec.name} (${differences.join('; ')})`]);
}

async function ready(
  engine: DockerEngine,
  network: DockerNetwork,
  changes: readonly string[],
): Promise<ModeReport> {
  return { ...located('ready', network), changes: [...changes, ...(await reattachStopped(engine, network))] };
}

function located(state: 'ready' | 'waiting', network: DockerNetwork): ModeReport {
  return { state, problems: [], changes: [], bridge: bridgeOf(network), ...subnetsOf(network.pools) };
}

function inUse(
  network: DockerNetwork,
  active: readonly AttachedContainer[],
  differences: readonly string[],
): DockerProblem {
  const message =
    `Docker network ${network.name} must change (${differences.join('; ')}) and is in use by ${names(active)}. ` +
    `It is replaced as soon as the last of them is stopped or disconnected.`;
  return problem('OVL_DOCKER_NETWORK_IN_USE', message);
}

function names(containers: readonly AttachedContainer[]): string {
  return containers.map((container) => container.name).join(', ');
}
