import { formatLeaseName, formatLeaseValue, type LeaseAttributes } from '@overlay/lease';
import type { Etcd } from '@overlay/testbed';
import { loadPeers, peerAttributes, peerSubnets, PREFIX } from '../../../../bench/leases';

/** How many leases of other hosts there are, about. */
export const PEERS = 1000;

export const SUBNETS = `${PREFIX}/subnets/`;
const keyOf = (index: number): string => SUBNETS + formatLeaseName(peerSubnets(index));

/** Numbers that no other peer has. */
const FIRST_TAKER = 100_000;
const FIRST_MAC = 0x800000;
/** Which of the peers get another MAC address, by turns. */
const FIRST_RENEWED = 500;
const RENEWED = 400;

/** Hosts that exist in etcd alone: they come, go and change while faults are there. */
export class Peers {
  private changes = 0;

  private constructor(
    private readonly etcd: Etcd,
    private readonly lease: string,
  ) {}

  static async load(etcd: Etcd): Promise<Peers> {
    await loadPeers(etcd, PEERS);
    const granted = await etcd.etcdctl(['lease', 'grant', '86400']);
    return new Peers(etcd, /lease ([0-9a-f]+) granted/.exec(granted)?.[1] ?? '');
  }

  /**
   * One host comes, the one that came last goes, and a third has another MAC address, as after a reinstallation. Each writes its own key
   * only. After a failure: again.
   */
  async change(): Promise<void> {
    const { changes } = this;
    await this.put(PEERS + changes, peerAttributes(PEERS + changes));
    const renewed = FIRST_RENEWED + (changes % RENEWED);
    const { backendData = {} } = peerAttributes(FIRST_MAC + changes);
    await this.put(renewed, { ...peerAttributes(renewed), backendData });
    await this.etcd.etcdctl(['del', keyOf(PEERS + changes - 1)]);
    this.changes += 1;
  }

  /** A host that was not there before takes this subnet, whoever had it. */
  async take(name: string): Promise<void> {
    const value = formatLeaseValue(peerAttributes(FIRST_TAKER + this.changes));
    await this.etcd.etcdctl(['put', SUBNETS + name, value, `--lease=${this.lease}`]);
  }

  private async put(index: number, attributes: LeaseAttributes): Promise<void> {
    await this.etcd.etcdctl(['put', keyOf(index), formatLeaseValue(attributes), `--lease=${this.lease}`]);
  }
}
