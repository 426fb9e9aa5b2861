import { OverlayError } from '@overlay/cidr';
import type { LinkFact } from '@overlay/dataplane';
import type { ExistingMacs } from './identity.js';

/** Whose devices are ours: those with our alias, and with `adopt` those of a stopped flanneld, which have none. */
export interface DeviceOwner {
  readonly alias: string;
  readonly adopt: boolean;
}

const isOurs = (link: LinkFact, owner: DeviceOwner): boolean =>
  link.kind === 'vxlan' && (link.alias === owner.alias || (owner.adopt && link.alias === ''));

/**
 * MACs of VTEP devices that exist already and are ours, or a stopped flanneld's that we take over: peers know them, so they are
 * kept. `links` are the names of the IPv4 and the IPv6 device.
 * @throws OverlayError OVL_LINK_FOREIGN when a device of that name is somebody else's: before the lease names a MAC that no
 *   device of ours has (D12)
 */
export function existingMacs(
  present: readonly LinkFact[],
  links: readonly string[],
  owner: DeviceOwner,
): ExistingMacs {
  const [vtepMac, vtepMacV6] = links.map((name) => {
    const link = present.find((candidate) => candidate.name === name);
    if (link === undefined || isOurs(link, owner)) return link?.mac;
    const whose =
      link.alias === '' ? `a ${link.kind || 'plain'} device without our mark` : `marked "${link.alias}"`;
    const advice = "stop its owner, then start with --adopt-flannel if it is flanneld's, or remove it";
    throw new OverlayError('OVL_LINK_FOREIGN', `device ${name} exists and is not ours (${whose}): ${advice}`);
  });
  return { ...(vtepMac === undefined ? {} : { vtepMac }), ...(vtepMacV6 === undefined ? {} : { vtepMacV6 }) };
}
