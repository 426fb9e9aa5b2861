import type { Config } from '../config/model.js';
import type { NodePlan } from '../loop/node-plan.js';
import { leftOff } from '../plan/forwarding.js';

/** Why this host may not pass on its containers' packets; undefined when forwarding is on or kept on, or not needed (`alloc`). */
export function forwardingObstacle(
  { backend, input, options }: Pick<NodePlan, 'backend' | 'input' | 'options'>,
  mode: Config['ipForward'],
): string | undefined {
  if (options.forwarding || backend.type === 'alloc') return undefined;
  return mode === 'off'
    ? leftOff(input.facts, input.subnets.ipv6Subnet !== undefined)
    : 'net.ipv4.ip_forward is off until Docker starts, which sets it together with its FORWARD policy';
}
