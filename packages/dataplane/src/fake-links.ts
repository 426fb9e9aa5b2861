import { masterOf } from './compare.js';
import type { KernelObject, LinkObject, TunnelLink } from './model.js';
import type { LinkState } from './snapshot.js';
import { twinReason } from './twins.js';

/** Why the fake kernel does not do something. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export const refuse = (code: string, message: string): Refusal => ({ code, message: `${code}: ${message}` });

/** What the kernel would have against making or changing a link beside those of the table. */
export function linkRefusal(link: LinkObject, links: ReadonlyMap<string, LinkState>): Refusal | undefined {
  const master = masterOf(link);
  if (master !== undefined && !links.has(master))
    return refuse('ENODEV', `${link.name}: its bridge ${master} does not exist`);
  const underlay = 'underlay' in link ? link.underlay : undefined;
  if (underlay !== undefined && !links.has(underlay))
    return refuse('ENODEV', `${link.name}: the device ${underlay} it is bound to does not exist`);
  for (const other of links.values()) {
    const reason = twinReason(other, link);
    if (reason !== undefined) return refuse('EEXIST', `${link.name}: ${reason}`);
  }
  return undefined;
}

/** Ours by its alias, or without one as it was read. */
export function isKnown(present: LinkState, link: LinkObject, previous: KernelObject | undefined): boolean {
  return present.alias === link.alias || (previous?.type === 'link' && previous.alias === present.alias);
}

/** A link as the fake kernel shows it once it is made. */
export function linkState(link: LinkObject): Omit<LinkState, 'index'> {
  const { name, kind, mtu, alias } = link;
  const mac = 'mac' in link ? link.mac : '02:00:00:00:00:01';
  const master = masterOf(link);
  const common = {
    ...{ name, kind, mtu, alias, mac, up: true, carrier: true, loopback: false },
    ...(master === undefined ? {} : { master }),
  };
  switch (link.kind) {
    case 'veth':
      return { ...common, peer: link.peer };
    case 'gre':
    case 'ipip':
    case 'sit':
      return { ...common, mac: '', tunnel: tunnelState(link) };
    case 'vxlan': {
      const { vni, port, local, learning, gbp } = link;
      return { ...common, vxlan: { vni, port, local, learning, gbp } };
    }
    default:
      return common;
  }
}

function tunnelState(link: TunnelLink): NonNullable<LinkState['tunnel']> {
  const { local, underlay, key, ttl, pathMtuDiscovery, encapsulation } = link;
  return {
    ...{ ttl, pathMtuDiscovery, special: false },
    ...(local ? { local } : {}),
    ...(underlay === undefined ? {} : { underlay }),
    ...(key === undefined ? {} : { key }),
    ...(encapsulation ? { encapsulation } : {}),
  };
}
