import { formatAddress } from '@overlay/cidr';
import { parseLeaseValue, type LeaseAttributes, type RawLease } from '@overlay/lease';

const nameOf = ({ publicIp, overlay }: LeaseAttributes): string =>
  `${formatAddress(publicIp)} ${overlay?.hostname ?? ''}`;

/**
 * What this process has said in its leases about who it is. A value under our node id that says anything else was written by somebody
 * else: a clone of this machine, or a process here that had another address (B07).
 */
export class Said {
  private readonly names = new Set<string>();

  add(attributes: LeaseAttributes): this {
    this.names.add(nameOf(attributes));
    return this;
  }

  includes(raw: RawLease): boolean {
    try {
      return this.names.has(nameOf(parseLeaseValue(raw.value)));
    } catch {
      return false;
    }
  }
}
