import { claims } from './judging.js';
import type { Defects } from './defects.js';
import { KEY_NAMES, KEYS, overlapping, violate, type KeyIndex, type World } from './world.js';

/** A stranger destroyed the key: until the etcd lease's time is over nobody can have known. */
function excused(world: World, id: number, key: KeyIndex): boolean {
  const { excuse } = world.nodes[id]!;
  return excuse?.key === key && world.tick < excuse.until;
}

/** I1, what is in etcd: no two keys of ours overlap. */
function keysAreDisjoint(world: World): void {
  for (const a of KEYS)
    for (const b of KEYS) {
      const [one, other] = [world.keys[a], world.keys[b]];
      if (a >= b || one === undefined || other === undefined || !overlapping(a, b)) continue;
      if (one.owner > 2 || other.owner > 2 || one.owner === other.owner) continue;
      violate(
        world,
        'I1',
        `the keys ${KEY_NAMES[a]} of node ${one.owner} and ${KEY_NAMES[b]} of node ${other.owner} overlap`,
      );
    }
}

/** I1, what nodes claim: no two at one instant claim overlapping subnets. */
function claimsAreDisjoint(world: World, defects: Defects): void {
  const holders = world.nodes.flatMap(({ held }, id) =>
    held !== undefined && claims(held, world.tick, defects) ? [{ id, key: held.key }] : [],
  );
  for (const a of holders)
    for (const b of holders) {
      if (a.id >= b.id || !overlapping(a.key, b.key)) continue;
      if (excused(world, a.id, a.key) || excused(world, b.id, b.key)) continue;
      violate(
        world,
        'I1',
        `node ${a.id} holds ${KEY_NAMES[a.key]} and node ${b.id} holds ${KEY_NAMES[b.key]}`,
      );
    }
}

export function check(world: World, defects: Defects): void {
  keysAreDisjoint(world);
  claimsAreDisjoint(world, defects);
}
