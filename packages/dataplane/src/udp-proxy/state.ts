import { equalAddress } from '@overlay/cidr';
import { foreignLink } from '../foreign-link.js';
import { linkKey, objectKey } from '../identity.js';
import type {
  ActualState,
  DesiredState,
  KernelObject,
  Ownership,
  ProxyLink,
  ProxyPeerObject,
} from '../model.js';
import { isBackendDevice } from '../ownership.js';
import type { LinkState } from '../snapshot.js';

/** A device whose packets this process carries, with the peers it sends to. */
export interface CarriedDevice {
  readonly link: ProxyLink;
  readonly peers: Iterable<Pick<ProxyPeerObject, 'subnet' | 'endpoint'>>;
}

const NOWHERE = { family: 4, bits: 0 } as const;

/** Whether a running proxy can go on as `wanted`: its socket stays. */
export const sameSocket = (a: ProxyLink, b: ProxyLink): boolean =>
  a.port === b.port && equalAddress(a.local, b.local);

/**
 * What is carried. A device of ours that nobody carries, left by an earlier process, is absent while it is wanted, so that it is added and
 * thereby attached to; and is there, to be removed, when it is not. One whose socket must change is reported as down.
 */
export function proxyState(
  present: readonly LinkState[],
  carried: ReadonlyMap<string, CarriedDevice>,
  ownership: Ownership,
  desired: DesiredState,
): ActualState {
  const objects = new Map<string, KernelObject>();
  const foreign = new Map<string, string>();
  const down = new Set<string>();
  for (const link of present) {
    const key = linkKey(link.name);
    const wanted = desired.get(key);
    if (!isOurs(link, ownership)) {
      if (wanted) foreign.set(key, foreignLink(link));
    } else if (link.kind === 'tun') {
      const run = carried.get(link.name);
      if (run || !wanted) objects.set(key, asObject(link, run?.link));
      if (run && !isFit(link, run.link, wanted)) down.add(key);
    }
  }
  for (const object of peerObjects(carried)) objects.set(objectKey(object), object);
  return { objects, foreign, down };
}

/** wireguard-go's devices are TUNs of ours, too. */
const PROXY_NAME = /^overlay(-v6)?\.udpb?$/;

function isOurs(link: LinkState, { alias, links }: Ownership): boolean {
  const named = links.includes(link.name) || isBackendDevice(link.name);
  return link.alias === alias && named && PROXY_NAME.test(link.name);
}

function isFit(link: LinkState, run: ProxyLink, wanted: KernelObject | undefined): boolean {
  const other = wanted?.type === 'link' && wanted.kind === 'udp-proxy' && !sameSocket(wanted, run);
  return link.up && !other;
}

function asObject({ name, mtu, alias }: LinkState, run: ProxyLink | undefined): ProxyLink {
  const { local, port } = run ?? { local: NOWHERE, port: 0 };
  return { type: 'link', kind: 'udp-proxy', name, mtu, alias, local, port };
}

function* peerObjects(carried: ReadonlyMap<string, CarriedDevice>): Iterable<ProxyPeerObject> {
  for (const [link, { peers }] of carried)
    for (const { subnet, endpoint } of peers) yield { type: 'proxy-peer', link, subnet, endpoint };
}
