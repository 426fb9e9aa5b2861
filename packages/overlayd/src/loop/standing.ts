import type { Backend } from '../backends/model.js';
import type { FirewallLane } from './firewall-lane.js';
import type { KernelLane } from './kernel-lane.js';
import type { NodePlan } from './node-plan.js';

/** Brings kernel and firewall to the plan; the backends whose devices are there then, with the firewall open for them. */
export async function standingBackends(
  node: NodePlan,
  kernel: KernelLane,
  firewall: FirewallLane,
): Promise<readonly Backend[]> {
  // What failed is found out by a full pass only.
  if (kernel.failures.size > 0) kernel.verifyNow();
  await kernel.lane.flush();
  await firewall.lane.flush();
  return firewall.letsIn(node) ? node.backends.filter((backend) => kernel.stands(backend)) : [];
}
