import { equalAddress, formatAddress } from '@overlay/cidr';
import type { Ipv4 } from '@overlay/cidr';
import type { LeaseAttributes, RawLease } from '@overlay/lease';
import { attributesOf } from '../lease/read-key.js';
import type { Problem } from '../loop/problems.js';
import { ownerText } from './fence.js';

/** Who this host is, and which leases are its own. */
export interface RivalSelf {
  readonly nodeId: string;
  readonly publicIp: Ipv4;
  readonly own: ReadonlySet<string>;
}

/** Whether a value can be a rival's at all: cheaper than to parse ten thousand of them. */
function mayConcern({ value }: RawLease, { nodeId, publicIp }: RivalSelf): boolean {
  return value.includes(nodeId) || value.includes(`"${formatAddress(publicIp)}"`);
}

function sameAddress(attributes: LeaseAttributes, { name }: RawLease): Problem {
  return {
    code: 'OVL_PUBLIC_IP_CONFLICT',
    message:
      `${ownerText(attributes)} has our public address in its lease ${name}: peers use the older lease of the two; give each host ` +
      'its own address (--public-ip, --iface), or release the lease of a node that is gone',
  };
}

function sameNode(attributes: LeaseAttributes, { name }: RawLease): Problem {
  const { hostname = '' } = attributes.overlay ?? {};
  return {
    code: 'OVL_NODE_ID_DUPLICATE',
    message:
      `host ${hostname} (${formatAddress(attributes.publicIp)}) has our node id in its lease ${name}: is one a clone of the other? ` +
      'Give it another /etc/machine-id and restart overlayd there; a lease that this host left behind itself ends by its TTL, or with ' +
      '`overlayctl lease release`',
  };
}

/** What is wrong with another lease because it says to be us: our public address under another node id, or our node id elsewhere. */
export function rivalOf(raw: RawLease, self: RivalSelf): Problem | undefined {
  if (self.own.has(raw.name) || raw.etcdLease === '0' || !mayConcern(raw, self)) return undefined;
  const attributes = attributesOf(raw);
  const nodeId = attributes?.overlay?.nodeId ?? '';
  if (attributes === undefined || nodeId === '') return undefined;
  const isHere = equalAddress(attributes.publicIp, self.publicIp);
  if (nodeId === self.nodeId) return isHere ? undefined : sameNode(attributes, raw);
  return isHere ? sameAddress(attributes, raw) : undefined;
}
