import { Random } from '../random.js';
import type { World } from '../world.js';
import { ETCD_FAULTS, startEtcd } from './faults-etcd.js';
import { endForeignLeases, FLANNEL_FAULTS } from './faults-flannel.js';
import { HOST_FAULTS } from './faults-host.js';
import type { Action, Fault } from './model.js';

const FAULTS: Readonly<Record<string, Fault>> = { ...ETCD_FAULTS, ...FLANNEL_FAULTS, ...HOST_FAULTS };

/** How likely each kind is. */
const WEIGHTS: Readonly<Record<string, number>> = {
  partition: 6,
  'partition-all': 1,
  outage: 1,
  'lost-answers': 4,
  lag: 2,
  'member-alone': 2,
  'member-behind': 2,
  'member-down': 1,
  'quorum-lost': 2,
  election: 1,
  nospace: 1,
  backup: 3,
  restore: 2,
  'etcd-wiped': 1,
  compact: 2,
  config: 3,
  'delete-key': 3,
  'bad-key': 3,
  'foreign-lease': 3,
  'foreign-rewrite': 1,
  kill: 3,
  'kill-amid': 1,
  restart: 2,
  wipe: 1,
  'power-loss': 3,
  pause: 3,
  suspend: 2,
  'delete-objects': 3,
  meddle: 2,
  flap: 2,
  deaf: 1,
  'kernel-refuses': 1,
  'firewall-fails': 1,
};
const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));
const LONGEST_MS = 20 * 60_000;

/** The faults of one episode, by seed; in order of time. */
export function drawActions(random: Random, nodes: number, lengthMs: number): readonly Action[] {
  const count = 4 + random.below(20);
  const kinds = Array.from({ length: 2 + random.below(10) }, () => random.pick(KINDS));
  const actions = Array.from({ length: count }, (): Action => {
    const kind = random.chance(0.7) ? random.pick(kinds) : random.pick(KINDS);
    const atMs = Math.floor(random.next() * lengthMs);
    const forMs = random.spread(200, LONGEST_MS);
    return { kind, atMs, node: 1 + random.below(nodes), forMs, salt: random.below(2 ** 31) };
  });
  return actions.sort((a, b) => a.atMs - b.atMs);
}

/** Sets the faults of an episode to happen; returns what ends all of them. */
export function unleash(world: World, actions: readonly Action[]): () => void {
  const ends = new Set<() => void>();
  let over = false;
  for (const action of actions)
    world.scheduler.at(action.atMs, () => {
      if (!over) begin(world, action, ends);
    });
  return () => {
    over = true;
    for (const end of [...ends]) end();
  };
}

function begin(world: World, action: Action, ends: Set<() => void>): void {
  const { kind, forMs, salt } = action;
  const node = world.nodes[action.node - 1];
  const fault = FAULTS[kind];
  if (node === undefined || fault === undefined)
    throw new Error(`there is no fault ${kind} for node ${action.node}`);
  world.note(`-- ${kind} ${node.name} for ${(forMs / 1000).toFixed(1)} s`);
  const stop = fault({ world, node, forMs, random: new Random(salt) });
  if (stop === undefined) return;
  const end = (): void => {
    if (!ends.delete(end)) return;
    world.note(`-- over: ${kind} ${node.name}`);
    stop();
  };
  ends.add(end);
  world.scheduler.at(forMs, end);
}

/** An operator gives back the leases of hosts that were installed anew (OVL_PUBLIC_IP_CONFLICT tells him to). */
function releaseOldIdentities({ etcd, nodes }: World): void {
  const living = new Set(nodes.map(({ nodeId }) => nodeId));
  for (const { name, writer } of etcd.all())
    if (writer.startsWith('00000000-') && !living.has(writer)) etcd.delete([name], 'operator');
}

/** Everything works again. */
export function heal(world: World): void {
  world.note('-- heal');
  world.etcd.full = false;
  world.etcd.members.recoverAll();
  world.etcd.leadership.finish();
  if (!world.etcd.up) startEtcd(world);
  if (world.etcd.config === undefined) world.configure({ Type: 'vxlan' });
  endForeignLeases(world);
  releaseOldIdentities(world);
  for (const node of world.nodes) {
    const { link, kernel, clock, firewall } = node;
    link.lostPercent = 0;
    link.lagMs = 0;
    kernel.fake.heal();
    kernel.setLink('eth0', true);
    firewall.broken = false;
    if (kernel.deaf) kernel.hear();
    clock?.resume();
    node.start();
    // OVL_SUBNET_FENCED asks for it.
    node.startContainers();
  }
}
