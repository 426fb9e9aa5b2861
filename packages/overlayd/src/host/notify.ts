import { sendDatagram } from '@overlay/dataplane/linux';

/** systemd's readiness protocol (sd_notify(3)): READY=1, STOPPING=1, WATCHDOG=1, STATUS=. */
export interface Notifier {
  notify(state: string): void;
  /** Half of WatchdogSec in ms, when systemd asked for a watchdog. */
  readonly watchdogMs: number | undefined;
}

/** `socket` is $NOTIFY_SOCKET, `watchdogUsec` $WATCHDOG_USEC; without a socket every call does nothing. */
export function createNotifier(socket: string | undefined, watchdogUsec: string | undefined): Notifier {
  const period = Number(watchdogUsec ?? '');
  return {
    watchdogMs: socket !== undefined && period > 0 ? period / 2000 : undefined,
    notify: (state) => {
      if (socket === undefined || socket === '') return;
      try {
        sendDatagram(socket, state);
      } catch {
        // A supervisor that does not listen must not stop the network.
      }
    },
  };
}
