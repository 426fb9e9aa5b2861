import { ipv4, ipv4Prefix } from '@overlay/cidr';
import { formatLeaseName, formatLeaseValue, type LeaseAttributes, type LeaseSubnets } from '@overlay/lease';
import type { Etcd } from '@overlay/testbed';

export const PREFIX = '/atomic.io/network';
/** The network of the figures about leases; a host takes one of the first hundred subnets, below the peers' ones. */
export const NETWORK = { Network: '10.0.0.0/8', SubnetLen: 24, Backend: { Type: 'vxlan' } };
/** For {@link Etcd}: the leases are put in a few big transactions. */
export const ETCD_ARGS = ['--max-txn-ops=4096', '--max-request-bytes=8388608'];

const FIRST_SUBNET = 0x0a010000;
/** 198.18.0.0/15, RFC 2544: addresses for benchmarks. */
const FIRST_PUBLIC_ADDRESS = 0xc6120000;
const PER_TRANSACTION = 1000;

/** Peer number `index`, from 0: the subnet 10.1.0.0/24 and up. */
export function peerSubnets(index: number): LeaseSubnets {
  return { subnet: ipv4Prefix(FIRST_SUBNET + index * 256, 24) };
}

/** What a vxlan host writes: public address and MAC are its own. */
export function peerAttributes(index: number): LeaseAttributes {
  const bytes = [0x02, 0xbe, 0, index >>> 16, index >>> 8, index].map((part) => part & 0xff);
  return {
    publicIp: ipv4(FIRST_PUBLIC_ADDRESS + index + 1),
    backendType: 'vxlan',
    backendData: { VNI: 1, VtepMAC: bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':') },
  };
}

/** Makes etcd hold exactly the first `count` peers, and no lease of a host. */
export async function loadPeers(etcd: Etcd, count: number): Promise<void> {
  await etcd.etcdctl(['del', '--prefix', `${PREFIX}/subnets/`]);
  const granted = await etcd.etcdctl(['lease', 'grant', '86400']);
  const lease = /lease ([0-9a-f]+) granted/.exec(granted)?.[1] ?? '';
  for (let from = 0; from < count; from += PER_TRANSACTION) {
    const indexes = Array.from({ length: Math.min(PER_TRANSACTION, count - from) }, (_, n) => from + n);
    const puts = indexes.map((index) => putLine(index, lease));
    // etcdctl reads compares, operations on success and operations on failure, each ended by an empty line.
    await etcd.etcdctl(['txn'], { input: `\n${puts.join('\n')}\n\n\n` });
  }
}

function putLine(index: number, lease: string): string {
  const key = `${PREFIX}/subnets/${formatLeaseName(peerSubnets(index))}`;
  return `put ${key} ${JSON.stringify(formatLeaseValue(peerAttributes(index)))} --lease=${lease}`;
}
