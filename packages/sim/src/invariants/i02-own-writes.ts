import { formatAddress } from '@overlay/cidr';
import { parseLeaseValue } from '@overlay/lease';
import type { EtcdWrite, Stored } from '../model/etcd.js';
import type { Cluster, Invariant } from './model.js';

/** Flannel's lease of this host's own address: a host that is taken over goes on with it. */
function isHostsOwn({ value }: Stored, publicIp: string): boolean {
  try {
    const { publicIp: address, overlay } = parseLeaseValue(value);
    return overlay === undefined && formatAddress(address) === publicIp;
  } catch {
    return false;
  }
}

/** A node replaces and deletes nothing but its own last write. */
export class OwnWrites implements Invariant {
  readonly id = 'I2';

  constructor(private readonly cluster: Cluster) {}

  written({ writer, name, before, after }: EtcdWrite): string | undefined {
    const node = this.cluster.nodes.find(({ nodeId }) => nodeId === writer);
    if (node === undefined || before === undefined || before.writer === writer) return undefined;
    if (isHostsOwn(before, node.publicIp)) return undefined;
    return `${node.name} ${after === undefined ? 'deleted' : 'replaced'} ${name}, last written by ${before.writer}`;
  }
}
