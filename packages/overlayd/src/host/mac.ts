import { isLanBridge, type LinkFact } from '@overlay/dataplane';
import type { ExistingMacs } from './identity.js';

/** Whose devices are ours: those with our alias, and with `adopt` those of a stopped flanneld, which have none. */
export interface DeviceOwner {
  readonly alias: string;
  readonly adopt: boolean;
}

/** Devices of a stopped flanneld that can be taken over in place. */
const ADOPTABLE: ReadonlySet<string> = new Set(['vxlan', 'ipip']);

const isOurs = (link: LinkFact, owner: DeviceOwner): boolean =>
  link.alias === owner.alias || (owner.adopt && link.alias === '' && ADOPTABLE.has(link.kind));

/**
 * Devices that have one of these names and are somebody else's, each with what is there for a person. To be known before the lease says
 * that packets are taken on them (D12).
 */
export function foreignDevices(
  present: readonly LinkFact[],
  names: ReadonlySet<string>,
  owner: DeviceOwner,
): ReadonlyMap<string, string> {
  const foreign = present.filter(
    (link) => names.has(link.name) && !isLanBridge(link.name) && !isOurs(link, owner),
  );
  return new Map(
    foreign.map(({ name, kind, alias }) => [
      name,
      alias === '' ? `a ${kind || 'plain'} device without our mark` : `marked "${alias}"`,
    ]),
  );
}

/**
 * MACs of VTEP devices that exist already and are ours, or a stopped flanneld's that we take over: peers know them, so they are
 * kept. `links` are the names of the IPv4 and the IPv6 device.
 */
export function existingMacs(
  present: readonly LinkFact[],
  links: readonly string[],
  owner: DeviceOwner,
): ExistingMacs {
  const [vtepMac, vtepMacV6] = links.map(
    (name) => present.find((link) => link.name === name && link.kind === 'vxlan' && isOurs(link, owner))?.mac,
  );
  return { ...(vtepMac === undefined ? {} : { vtepMac }), ...(vtepMacV6 === undefined ? {} : { vtepMacV6 }) };
}
