import { formatAddress } from '@overlay/cidr';
import type { LeaseAttributes, RawLease } from '@overlay/lease';
import { attributesOf } from './read-key.js';

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
    const attributes = attributesOf(raw);
    return attributes !== undefined && this.names.has(nameOf(attributes));
  }
}
