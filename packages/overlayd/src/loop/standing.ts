import { objectKey } from '@overlay/dataplane';
import type { Backend } from '../backends/model.js';
import type { FirewallLane } from './firewall-lane.js';
import type { KernelLane } from './kernel-lane.js';
import type { NodePlan } from './node-plan.js';

/** Brings kernel and firewall to the plan; the backends whose devices are there then. */
export async function standingBackends(
  node: NodePlan,
  kernel: KernelLane,
  firewall: FirewallLane,
): Promise<readonly Backend[]> {
  await kernel.lane.flush();
  await firewall.lane.flush();
  if (kernel.passError !== undefined) return [];
  return node.backends.filter((backend) =>
    backend.planNode(node.input).every((object) => !kernel.failures.has(objectKey(object))),
  );
}
