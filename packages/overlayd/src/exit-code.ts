import { OverlayError } from '@overlay/cidr';

/** What the exit status says; overlayctl's numbers mean the same. */
export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, unreachable: 5 } as const;

const BY_CODE: Readonly<Record<string, number>> = {
  OVL_USAGE: EXIT.usage,
  OVL_CONFIG_INVALID: EXIT.usage,
  OVL_CIDR_INVALID: EXIT.usage,
  OVL_ETCD_ENDPOINT: EXIT.usage,
  OVL_CONFIG_MISSING: EXIT.notFound,
  OVL_SOCKET_BUSY: EXIT.conflict,
  OVL_DAEMON_RUNNING: EXIT.conflict,
  OVL_PUBLIC_IP_CONFLICT: EXIT.conflict,
  OVL_LINK_FOREIGN: EXIT.conflict,
  OVL_MIXED_STACK: EXIT.conflict,
  OVL_ETCD_UNREACHABLE: EXIT.unreachable,
  OVL_ETCD_TIMEOUT: EXIT.unreachable,
  OVL_ETCD_TLS: EXIT.unreachable,
};

/** The exit status for an error; whatever is not in the table has failed (1). */
export function exitCodeOf(error: unknown): number {
  return error instanceof OverlayError ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}
