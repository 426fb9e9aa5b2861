import { OverlayError } from '@overlay/cidr';
import type { JsonObject, Lease, NetworkConfig, Warning } from '@overlay/lease';
import type { Backend, HostFacts } from '../backends/model.js';
import type { Config } from '../config/model.js';
import { offersOf } from '../plan/offers.js';
import { usableFrom } from '../plan/reach.js';
import type { Refusal, RunningResult } from '../plan/running.js';
import type { BackendSet } from './backend-set.js';
import { Needs, type HostNeeds, type HostReading } from './host-needs.js';

/** Why this host cannot run a backend; undefined when it can. */
function refusalOf(
  backend: Backend,
  facts: HostFacts,
  dualStack: boolean,
  config?: NetworkConfig,
): Refusal | undefined {
  const failure = [backend.keyName, backend.preStartup].flatMap(
    (need) => facts.failures.get(need ?? '') ?? [],
  )[0];
  if (failure !== undefined) return { code: failure.code, reason: failure.message };
  const reason = backend.refuse(facts, dualStack, config);
  if (reason !== undefined) return { code: 'OVL_BACKEND_REFUSED', reason };
  const devices = [backend.tunnel(4), dualStack ? backend.tunnel(6) : undefined];
  const foreign = devices.find((link) => link !== undefined && facts.foreignDevices.has(link));
  if (foreign === undefined) return undefined;
  const whose = facts.foreignDevices.get(foreign) ?? '';
  const advice = "stop its owner, then start with --adopt-flannel if it is flanneld's, or remove it";
  return {
    code: 'OVL_LINK_FOREIGN',
    reason: `device ${foreign} exists and is not ours (${whose}): ${advice}`,
  };
}

/** @throws OverlayError OVL_IPV6_ONLY, OVL_NO_INTERFACE: this host cannot run with that network config */
export function checkNetwork(facts: HostFacts, config: NetworkConfig): void {
  if (config.ipv4 === undefined) {
    throw new OverlayError(
      'OVL_IPV6_ONLY',
      'a lease in etcd always has an IPv4 subnet: set EnableIPv4 and Network in the network config',
    );
  }
  if (config.ipv6 !== undefined && (facts.addressV6 === undefined || facts.publicIpv6 === undefined)) {
    throw new OverlayError(
      'OVL_NO_INTERFACE',
      `EnableIPv6 is set, and interface ${facts.iface.name} has no IPv6 address`,
    );
  }
}

/** `--backend`: a type, or a JSON object like Backend in the network config. */
function preferredBackend({ backend }: Pick<Config, 'backend'>): JsonObject | undefined {
  if (backend === undefined) return undefined;
  return backend.startsWith('{') ? (JSON.parse(backend) as JsonObject) : { Type: backend };
}

export interface Choice {
  readonly config: Pick<Config, 'backend'>;
  readonly network: NetworkConfig;
  readonly leases: readonly Lease[];
  /** The lease that this host holds, as etcd has it: what peers send to us by. */
  readonly own?: Lease | undefined;
  readonly set: BackendSet;
  /** Kept from one choice to the next, so that most are made with one reading of the facts. */
  readonly needs?: Needs;
  readonly facts: (needs: HostNeeds) => Promise<HostReading>;
}

interface Chosen {
  readonly facts: HostFacts;
  readonly unsaved: Warning | undefined;
  readonly step: RunningResult;
}

/**
 * Which backends run is decided by the facts, and which facts are read by the backends: until both agree. Changes nothing.
 * @throws OverlayError OVL_BACKEND_UNKNOWN, OVL_BACKEND_OPTION, and as reading the facts does
 */
export async function chooseBackends(choice: Choice): Promise<Chosen> {
  const { network, leases, own, set, needs = new Needs() } = choice;
  const preferred = preferredBackend(choice.config);
  const published = own && offersOf(own);
  for (;;) {
    const { unsaved, ...facts } = await choice.facts(needs);
    const news: Backend[] = [];
    const looked: Backend[] = [];
    const refuse = (backend: Backend): Refusal | undefined => {
      looked.push(backend);
      if (!needs.note(backend)) return refusalOf(backend, facts, network.ipv6 !== undefined, network);
      news.push(backend);
      return { code: 'OVL_BACKEND_REFUSED', reason: 'not looked at yet' };
    };
    const usable = usableFrom({ facts, config: network, subnets: own });
    const step = set.plan({ network, leases, refuse, published, usable, ...(preferred && { preferred }) });
    if (news.length > 0) continue;
    needs.only(looked);
    return { facts, unsaved, step };
  }
}
