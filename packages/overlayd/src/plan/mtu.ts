import type { PlanBase } from './plan.js';

/** MTU for containers, bytes: what every way that this host may send by carries. */
export function nodeMtu({ input, backends }: PlanBase): number {
  return Math.min(...backends.map((backend) => backend.mtu(input.facts)));
}
