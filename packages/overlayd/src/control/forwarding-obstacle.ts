import type { Config } from '../config/model.js';
import type { NodePlan } from '../loop/node-plan.js';

/** Why this host may not pass on its containers' packets; undefined when we keep forwarding on, or need none (`alloc`). */
export function forwardingObstacle(
  { backend, options }: Pick<NodePlan, 'backend' | 'options'>,
  mode: Config['ipForward'],
): string | undefined {
  if (options.forwarding || backend.type === 'alloc') return undefined;
  return mode === 'off'
    ? 'net.ipv4.ip_forward is left alone (--ip-forward=off): containers reach other hosts only while it is 1'
    : 'net.ipv4.ip_forward is off until Docker starts, which sets it together with its FORWARD policy';
}
