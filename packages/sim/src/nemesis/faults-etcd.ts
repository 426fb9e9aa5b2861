import type { Random } from '../random.js';
import type { World } from '../world.js';
import type { Saved } from '../model/etcd.js';
import type { Member, Trouble } from '../model/members.js';
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

/** A quorum stays. One thing at a time is wrong with a member. */
function oneMember({ world: { etcd }, random }: Scene, what: Trouble) {
  const { all } = etcd.members;
  const member = random.pick(all);
  if (!member.isWell || (what.lagMs === undefined && all.some(({ isLost }) => isLost))) return undefined;
  return member.trouble(what);
}

/** A06: it reaches clients, and none of the other members. */
const memberAlone: Fault = (scene) => oneMember(scene, { isolated: true });

const memberBehind: Fault = (scene) => oneMember(scene, { lagMs: scene.random.spread(100, 60_000) });

const memberDown: Fault = (scene) => oneMember(scene, { down: true });

/** Most members are gone, or none reaches another: those that are there know of no leader. */
const quorumLost: Fault = ({ world, random }) => {
  const { all } = world.etcd.members;
  if (!all.every(({ isWell }) => isWell)) return undefined;
  const left = random.chance(0.5) ? random.pick(all) : undefined;
  // Daemons are just writing then.
  if (random.chance(0.5)) changeConfig(world, random);
  let ends: readonly (() => void)[] = [];
  const cancel = world.scheduler.at(random.below(1000), () => {
    const isLeft = (member: Member): boolean => left === undefined || member === left;
    ends = all.map((member) => member.trouble(isLeft(member) ? { isolated: true } : { down: true }));
  });
  return () => {
    cancel();
    for (const end of ends) end();
  };
};

/** The leader hands over, or is lost for a moment. */
const election: Fault = ({ world: { etcd } }) => {
  if (etcd.serves) etcd.leadership.elect();
  return undefined;
};

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

/** Half of the time all history goes; else a part of it, down to the one revision that some reader missed first. */
const compact: Fault = ({ world: { etcd }, random }) => {
  const { kv } = etcd;
  const span = kv.revision - kv.compacted;
  if (!etcd.serves || span <= 0) return undefined;
  const kept = random.chance(0.5) ? 0 : random.below(random.chance(0.5) ? Math.min(span, RECENT) : span);
  kv.compact(kv.revision - kept);
  return undefined;
};

const RECENT = 4;

const BACKENDS: readonly object[] = [
  { Type: 'vxlan' },
  { Type: 'host-gw' },
  { Type: 'vxlan', VNI: 7 },
  { Type: 'vxlan', DirectRouting: true },
];

/** Another backend than now, so that every daemon has something to do. */
export function changeConfig(world: World, random: Random): void {
  const { config, serves } = world.etcd;
  const other = BACKENDS.filter((backend) => !config?.includes(JSON.stringify(backend)));
  if (serves) world.configure(random.pick(other));
}

const config: Fault = ({ world, random }) => {
  if (!world.etcd.serves) return undefined;
  world.configure(random.pick(BACKENDS));
  return undefined;
};

/** An operator deletes a node's key, or revokes its lease. */
const deleteKey: Fault = ({ world: { etcd }, node, random }) => {
  const name = node.daemon?.keeper.status.lease?.name;
  const stored = name === undefined ? undefined : etcd.get(name);
  if (!etcd.serves || stored === undefined) return undefined;
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
  'quorum-lost': quorumLost,
  election,
  nospace,
  backup,
  restore,
  'etcd-wiped': wiped,
  compact,
  config,
  'delete-key': deleteKey,
};
