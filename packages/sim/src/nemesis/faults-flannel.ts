import type { Random } from '../random.js';
import type { World } from '../world.js';
import type { Fault } from './model.js';

const WRITER = 'flannel';

const value = (random: Random, publicIp: string): string =>
  JSON.stringify({
    PublicIP: publicIp,
    BackendType: 'vxlan',
    BackendData: { VNI: 1, VtepMAC: `02:00:00:00:fe:0${random.below(9)}` },
  });

/** Names that are no lease, and values that no peer may follow. */
const BAD: readonly (readonly [string, string])[] = [
  ['note', 'hello'],
  ['10.5.2.0-33', '{}'],
  ['10.5.300.0-24', '{"PublicIP":"172.31.0.9"}'],
  [
    '128.0.0.0-1',
    '{"PublicIP":"172.31.0.99","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:00:00:00:fe:10"}}',
  ],
  ['10.5.200.0-24', '{'],
  ['10.5.201.0-24', '{"PublicIP":"127.0.0.1","BackendType":"host-gw"}'],
  ['10.5.202.0-24', '{"PublicIP":"172.31.0.1","BackendType":"host-gw"}'],
  [
    '10.5.203.0-24',
    '{"PublicIP":"172.31.0.98","BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"00:00:00:00:00:00"}}',
  ],
  ['10.5.0.0-16', '{"PublicIP":"172.31.0.97","BackendType":"host-gw"}'],
];

const badKey: Fault = ({ world: { etcd }, random }) => {
  if (!etcd.serves || etcd.full) return undefined;
  const [name, text] = random.pick(BAD);
  etcd.put(name, text, '0', WRITER);
  return undefined;
};

/** A lease like any other, without a look at what is there: it may overlap ours. */
const lease: Fault = ({ world, random }) => {
  const { etcd } = world;
  if (!etcd.serves || etcd.full) return undefined;
  const third = 1 + random.below(world.options.subnets);
  const name = random.chance(0.2) ? '10.5.0.0-22' : `10.5.${third}.0-${random.pick([24, 24, 25])}`;
  if (etcd.get(name) !== undefined && random.chance(0.7)) return undefined;
  const granted = etcd.grant(random.spread(30, 7200), WRITER);
  etcd.put(name, value(random, `172.31.0.${100 + random.below(3)}`), granted, WRITER);
  return undefined;
};

/** A flanneld that still runs beside us rewrites the lease of its host. */
const rewrite: Fault = ({ world, node, random }) => {
  const { etcd } = world;
  const name = node.daemon?.keeper.status.lease?.name;
  if (!etcd.serves || etcd.full || name === undefined) return undefined;
  const granted = etcd.grant(random.spread(60, 3600), WRITER);
  etcd.put(name, value(random, node.publicIp), granted, WRITER);
  return undefined;
};

/** Flannel's leases end; what was never a lease stays. */
export function endForeignLeases({ etcd }: World): void {
  for (const { name, writer, etcdLease } of etcd.all())
    if (writer === WRITER && etcdLease !== '0') etcd.revoke(etcdLease, WRITER);
    else if (writer === WRITER && name === '10.5.202.0-24') etcd.delete([name], WRITER);
}

export const FLANNEL_FAULTS: Readonly<Record<string, Fault>> = {
  'bad-key': badKey,
  'foreign-lease': lease,
  'foreign-rewrite': rewrite,
};
