import { OverlayError } from '@overlay/cidr';

/** Trailer that carries the OverlayError code. */
export const CODE_KEY = 'overlay-code';

/** gRPC status numbers used here (grpc/doc/statuscodes.md). */
export const STATUS = {
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** How an error of a handler travels: its code in a trailer, its message as the status details. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}

export function toFault(error: unknown): Fault {
  if (error instanceof OverlayError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'OVL_CONTROL_FAILED',
    message: `overlayd failed at this call: ${message}; its log says more`,
  };
}

/** What a failed call told, apart from grpc-js' own types. */
export interface CallFailure {
  readonly status: number;
  readonly details: string;
  readonly code?: string;
}

export interface Peer {
  readonly socketPath: string;
  readonly instance?: string;
}

/** The OverlayError of a failed call. */
export function fromFailure(failure: CallFailure, peer: Peer, cause?: unknown): OverlayError {
  const { code, message } = describe(failure, peer);
  return new OverlayError(code, message, cause === undefined ? {} : { cause });
}

function describe(failure: CallFailure, peer: Peer): Fault {
  if (failure.code !== undefined) return { code: failure.code, message: failure.details };
  const where =
    peer.instance === undefined ? peer.socketPath : `instance ${peer.instance} (socket ${peer.socketPath})`;
  switch (failure.status) {
    case STATUS.unavailable:
      return unavailable(failure.details, where);
    case STATUS.deadlineExceeded:
      return {
        code: 'OVL_DAEMON_TIMEOUT',
        message: `overlayd did not answer in time for ${where}; look at its log`,
      };
    case STATUS.unimplemented:
      return {
        code: 'OVL_DAEMON_OLDER',
        message: `overlayd of ${where} does not know this call; use overlayctl and overlayd of one version`,
      };
    default:
      return { code: 'OVL_CONTROL_FAILED', message: `overlayd of ${where}: ${failure.details}` };
  }
}

function unavailable(details: string, where: string): Fault {
  if (/\b(EACCES|EPERM)\b/.test(details)) {
    return {
      code: 'OVL_DAEMON_DENIED',
      message: `no permission to talk to overlayd of ${where}; run as root or join the socket's group`,
    };
  }
  return {
    code: 'OVL_DAEMON_UNREACHABLE',
    message: `overlayd is not running for ${where}; start it, or name another --instance`,
  };
}
