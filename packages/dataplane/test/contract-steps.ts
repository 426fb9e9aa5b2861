import { byKey, diff } from '../src/index.js';
import type {
  DesiredState,
  Difference,
  Kernel,
  KernelObject,
  LinkFact,
  Outcome,
  Ownership,
} from '../src/index.js';
import type { Rig } from './contract-hand.js';
import { ownership } from './contract-objects.js';

/** Reads, plans and applies once, as the daemon does. */
export async function converge(
  kernel: Kernel,
  desired: DesiredState,
  owner: Ownership = ownership,
): Promise<readonly Outcome[]> {
  return kernel.apply(diff(desired, await kernel.read(owner, desired)).changes);
}

export async function difference(
  kernel: Kernel,
  desired: DesiredState,
  owner: Ownership = ownership,
): Promise<Difference> {
  return diff(desired, await kernel.read(owner, desired));
}

export const refused = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => !outcome.ok);
export const without = (desired: DesiredState, gone: readonly KernelObject[]): DesiredState => {
  const keys = byKey(gone);
  return new Map([...desired].filter(([key]) => !keys.has(key)));
};

export const noDifference: Difference = { changes: [], conflicts: [] };

/** A link as an administrator sees it. */
export async function linkNamed({ hand }: Rig, name: string): Promise<LinkFact | undefined> {
  return (await hand.links()).find((link) => link.name === name);
}
