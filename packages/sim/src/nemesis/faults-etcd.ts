import type { World } from '../world.js';
import type { Saved } from '../model/etcd.js';
import type { Member } from '../model/members.js';
import type { Fault, Scene } from './model.js';

function stopEtcd(world: World): void {
  world.etcd.stop();
  for (const { link } of world.nodes) link.changed();
}

export function startEtcd(world: World): void {
  world.etcd.start();
  for (const { link } of world.nodes) link.changed();
}

const partition: Fault = ({ node: { link } }) => {
  link.cut();
  return () => link.mend();
};

const partitionAll: Fault = ({ world }) => {
  for (const { link } of world.nodes) link.cut();
  return () => {
    for (const { link } of world.nodes) link.mend();
  };
};

const outage: Fault = ({ world }) => {
  if (!world.etcd.up) return undefined;
  stopEtcd(world);
  return () => startEtcd(world);
};

const lostAnswers: Fault = ({ node: { link }, random }) => {
  const before = link.lostPercent;
  link.lostPercent = 20 + random.below(70);
  return () => {
    link.lostPercent = before;
  };
};

const lag: Fault = ({ node: { link }, random }) => {
  link.lagMs = random.spread(100, 60_000);
  return () => {
    link.lagMs = 0;
  };
};

/** A quorum stays: what befalls most members is an outage of all. */
function oneMember({ world: { etcd }, random }: Scene, what: Parameters<Member['trouble']>[0]) {
  const member = random.pick(etcd.members.all);
  const isLost = ({ down, isolated }: Member): boolean => down || isolated;
  if (what.lagMs === undefined ? etcd.members.all.some(isLost) : isLost(member)) return undefined;
  member.trouble(what);
  return () => member.recover();
}

/** A06: it reaches clients, and none of the other members. */
const memberAlone: Fault = (scene) => oneMember(scene, { isolated: true });

const memberBehind: Fault = (scene) => oneMember(scene, { lagMs: scene.random.spread(100, 60_000) });

const memberDown: Fault = (scene) => oneMember(scene, { down: true });

const nospace: Fault = ({ world: { etcd } }) => {
  etcd.full = true;
  return () => {
    etcd.full = false;
  };
};

const backup: Fault = ({ world }) => {
  world.backup = world.etcd.save();
  return undefined;
};

/** etcd stops, and comes back with what a backup holds. */
function restart({ world, random }: Scene, saved: Saved): (() => void) | undefined {
  const { etcd } = world;
  if (!etcd.up) return undefined;
  stopEtcd(world);
  let waits = true;
  const finish = (): void => {
    if (!waits) return;
    waits = false;
    etcd.restore(saved);
    world.restoredMs = world.scheduler.nowMs;
    world.note(`etcd: restored, revision ${etcd.revision}`);
    startEtcd(world);
  };
  world.scheduler.at(random.spread(500, 30_000), finish);
  return finish;
}

const restore: Fault = (scene) =>
  scene.world.backup === undefined ? undefined : restart(scene, scene.world.backup);

/** Its folder was lost: it starts with nothing. The operator writes the network config again, later. */
const wiped: Fault = (scene) => restart(scene, { kv: { keys: new Map(), revision: 1 }, leases: new Map() });

const compact: Fault = ({ world: { etcd } }) => {
  if (etcd.kv.compacted < etcd.revision) etcd.kv.compact();
  return undefined;
};

const BACKENDS: readonly object[] = [
  { Type: 'vxlan' },
  { Type: 'host-gw' },
  { Type: 'vxlan', VNI: 7 },
  { Type: 'vxlan', DirectRouting: true },
];

const config: Fault = ({ world, random }) => {
  if (!world.etcd.up) return undefined;
  world.configure(random.pick(BACKENDS));
  return undefined;
};

/** An operator deletes a node's key, or revokes its lease. */
const deleteKey: Fault = ({ world: { etcd }, node, random }) => {
  const name = node.daemon?.keeper.status.lease?.name;
  const stored = name === undefined ? undefined : etcd.get(name);
  if (!etcd.up || stored === undefined) return undefined;
  if (random.chance(0.5) && stored.etcdLease !== '0') etcd.revoke(stored.etcdLease, 'operator');
  else etcd.delete([stored.name], 'operator');
  return undefined;
};

export const ETCD_FAULTS: Readonly<Record<string, Fault>> = {
  partition,
  'partition-all': partitionAll,
  outage,
  'lost-answers': lostAnswers,
  lag,
  'member-alone': memberAlone,
  'member-behind': memberBehind,
  'member-down': memberDown,
  nospace,
  backup,
  restore,
  'etcd-wiped': wiped,
  compact,
  config,
  'delete-key': deleteKey,
};
