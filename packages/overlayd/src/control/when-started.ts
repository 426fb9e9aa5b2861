import type { ControlHandlers } from '@overlay/api';
import { OverlayError } from '@overlay/cidr';

/**
 * The handlers that `started` gives, once it does. The socket is also the lock, so it opens before there is a daemon; until then every
 * call fails with OVL_DAEMON_STARTING.
 */
export function whenStarted(started: () => ControlHandlers | undefined): ControlHandlers {
  const ready = (): ControlHandlers => {
    const handlers = started();
    if (handlers !== undefined) return handlers;
    throw new OverlayError('OVL_DAEMON_STARTING', 'overlayd is just starting: try again in a second');
  };
  return {
    status: (request, signal) => ready().status(request, signal),
    leases: (request, signal) => ready().leases(request, signal),
    explain: (request, signal) => ready().explain(request, signal),
    plan: (request, signal) => ready().plan(request, signal),
    renumber: (request, signal) => ready().renumber(request, signal),
    resync: (request, signal) => ready().resync(request, signal),
    watchLeases: (request, signal) => ready().watchLeases(request, signal),
    doctor: (request, signal) => ready().doctor(request, signal),
  };
}
