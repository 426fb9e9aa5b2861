import { randomInt } from 'node:crypto';
import { OverlayError, formatPrefix } from '@overlay/cidr';
import { diff } from '@overlay/dataplane';
import { openFirewall, openHostReader, openKernel } from '@overlay/dataplane/linux';
import {
  chooseLease,
  LeaseSet,
  parseLeaseName,
  parseNetworkConfig,
  type LeaseDecision,
  type LeaseSubnets,
  type NetworkConfig,
} from '@overlay/lease';
import { factsReader, openStore } from './adapters.js';
import { createBackend } from './backends/registry.js';
import type { HostFacts } from './backends/model.js';
import type { Config } from './config/model.js';
import { changeText } from './control/plan-text.js';
import type { Logger } from './logger.js';
import { buildNodePlan } from './loop/build-plan.js';
import { ownershipOf } from './loop/ownership.js';
import { previousSubnets } from './loop/subnet-file.js';
import { firewallInput } from './plan/firewall-input.js';
import { directPeers, plan } from './plan/plan.js';

interface Preview {
  readonly lease: string;
  readonly decision: string;
  readonly changes: readonly { op: string; type: string; object: string }[];
  readonly firewall: readonly string[];
}

function subnetsOf(decision: LeaseDecision): LeaseSubnets {
  if (decision.kind === 'reuse') return parseLeaseName(decision.lease.name);
  if (decision.kind === 'create') return decision.subnets;
  if (decision.kind === 'replace') return decision.next;
  throw new OverlayError(decision.code, decision.reason);
}

async function readNetwork(
  config: Config,
  log: Logger,
): Promise<{ network: NetworkConfig; snapshot: Awaited<ReturnType<ReturnType<typeof openStore>['list']>> }> {
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

async function preview(config: Config, log: Logger): Promise<Preview> {
  const { network, snapshot } = await readNetwork(config, log);
  const facts: HostFacts = await factsReader(config, openHostReader(), true)(network);
  const previous = previousSubnets(config.subnetFile);
  const decision = chooseLease({
    config: network,
    leases: snapshot.leases,
    nodeId: facts.nodeId,
    publicIp: facts.publicIp,
    ...(facts.publicIpv6 === undefined ? {} : { publicIpv6: facts.publicIpv6 }),
    ...(previous === undefined ? {} : { previous }),
    random: (bound) => randomInt(bound),
  });
  const subnets = subnetsOf(decision);
  const own = { subnets, publicIp: facts.publicIp };
  const leases = new LeaseSet({ config: network, own });
  leases.applySnapshot(snapshot);
  const peers = [...leases.used()].filter(
    ({ subnet }) => formatPrefix(subnet) !== formatPrefix(subnets.subnet),
  );
  const node = buildNodePlan({
    config,
    network,
    facts,
    backend: createBackend(network),
    lease: subnets,
    forwarding: config.ipForward === 'on',
  });
  const wanted = plan(node.input, node.backend, node.options, peers);
  const actual = await openKernel().read(ownershipOf(node, config.adoptFlannel), wanted.desired);
  const input = firewallInput(node.input, node.backend, node.firewall, directPeers(wanted.peers.values()));
  return {
    lease: formatPrefix(subnets.subnet),
    decision: decision.kind,
    changes: diff(wanted.desired, actual).changes.map(changeText),
    firewall: node.backend.type === 'alloc' ? [] : await openFirewall().preview(input),
  };
}

function table({ lease, decision, changes, firewall }: Preview): string {
  const rows = changes.map(({ op, type, object }) => `${op.padEnd(8)}${type.padEnd(11)}${object}`);
  const lines = [`lease   ${lease} (${decision})`, ...rows, ...firewall];
  if (changes.length === 0 && firewall.length === 0) lines.push('nothing would be changed');
  return `${lines.join('\n')}\n`;
}

/**
 * What a start would change on this host, as a table or JSON. Changes nothing: not the kernel, not etcd, no file.
 * @throws OverlayError as the store, the network config and the lease choice do
 */
export async function dryRun(config: Config, log: Logger): Promise<string> {
  const result = await preview(config, log);
  return config.output === 'json' ? `${JSON.stringify(result, null, 2)}\n` : table(result);
}
