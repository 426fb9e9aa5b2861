import { OverlayError } from '@overlay/cidr';

/** What the exit status says, the same for every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, unreachable: 5 } as const;

const BY_CODE: Readonly<Record<string, number>> = {
  OVL_USAGE: EXIT.usage,
  OVL_OPTION_INVALID: EXIT.usage,
  OVL_INPUT_UNREADABLE: EXIT.usage,
  OVL_CIDR_INVALID: EXIT.usage,
  OVL_CONFIG_INVALID: EXIT.usage,
  OVL_LEASE_KEY: EXIT.usage,
  OVL_ETCD_ENDPOINT: EXIT.usage,
  OVL_LEASE_MISFIT: EXIT.usage,
  OVL_NOT_FOUND: EXIT.notFound,
  OVL_CONFLICT: EXIT.conflict,
  OVL_ETCD_UNREACHABLE: EXIT.unreachable,
  OVL_ETCD_TIMEOUT: EXIT.unreachable,
  OVL_ETCD_TLS: EXIT.unreachable,
  OVL_DAEMON_UNREACHABLE: EXIT.unreachable,
  OVL_DAEMON_DENIED: EXIT.unreachable,
  OVL_DAEMON_TIMEOUT: EXIT.unreachable,
  OVL_DAEMON_STARTING: EXIT.unreachable,
};

/** The exit status for an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof OverlayError ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}
