import { ipv4, type Prefix } from '@overlay/cidr';
import type { AddressFact } from '@overlay/dataplane';
import { parseSubnetEnv } from '@overlay/lease';

/** The containers of a host without Docker: a bridge in the subnet that subnet.env named when they were started. They know of no lease. */
export class Containers {
  /** Undefined while there are none. */
  subnet: Prefix | undefined;

  /** Starts them, or starts them again, by the text of subnet.env; without one they stay as they are. */
  start(subnetEnv: string | undefined): void {
    this.subnet = parseSubnetEnv(subnetEnv ?? '').subnets?.subnet ?? this.subnet;
  }

  /** The host was switched off. */
  stop(): void {
    this.subnet = undefined;
  }

  /** What the host has because of them. */
  addresses(): readonly AddressFact[] {
    const { subnet } = this;
    if (subnet?.family !== 4) return [];
    const address = ipv4(subnet.bits + 1);
    const flags = { scope: 'global', permanent: true, deprecated: false, temporary: false } as const;
    return [{ link: 'br-containers', address, length: subnet.length, ...flags }];
  }
}
