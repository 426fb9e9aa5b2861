import type { Random } from '../random.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';

/** One fault. All it needs is in it, so that any of them can be left out and the others stay as they are. */
export interface Action {
  readonly kind: string;
  /** After the begin of its episode. */
  readonly atMs: number;
  /** Number of the node, from 1. */
  readonly node: number;
  /** How long it lasts. */
  readonly forMs: number;
  /** Seed of what it draws. */
  readonly salt: number;
}

export interface Scene {
  readonly world: World;
  readonly node: SimNode;
  readonly random: Random;
  readonly forMs: number;
}

/** Begins the fault; what it returns ends it. */
export type Fault = (scene: Scene) => (() => void) | undefined;
