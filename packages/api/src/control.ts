import type * as m from './messages.js';

/** Every call: its name, what goes in and what comes out. */
interface UnaryCalls {
  status: [m.EmptyRequest, m.StatusReply];
  leases: [m.EmptyRequest, m.LeasesReply];
  explain: [m.ExplainRequest, m.ExplainReply];
  plan: [m.EmptyRequest, m.PlanReply];
  renumber: [m.EmptyRequest, m.RenumberReply];
  resync: [m.EmptyRequest, m.ResyncReply];
}
interface StreamCalls {
  watchLeases: [m.EmptyRequest, m.LeasesReply];
  doctor: [m.DoctorRequest, m.Check];
}

/**
 * What the daemon does for each call. `signal` aborts when the client is gone, the server closes or the time is over. An
 * OverlayError thrown here reaches the client with its code and message; any other error as `OVL_CONTROL_FAILED`.
 */
export type ControlHandlers = {
  readonly [K in keyof UnaryCalls]: (
    request: UnaryCalls[K][0],
    signal: AbortSignal,
  ) => Promise<UnaryCalls[K][1]>;
} & {
  readonly [K in keyof StreamCalls]: (
    request: StreamCalls[K][0],
    signal: AbortSignal,
  ) => AsyncIterable<StreamCalls[K][1]>;
};

/** For one call: `timeoutMs` replaces the call's own deadline, `signal` cancels it (a stream then just ends). */
export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The daemon as the command line sees it. Calls reject with an OverlayError: the handler's own code, or
 * `OVL_DAEMON_UNREACHABLE`, `OVL_DAEMON_DENIED`, `OVL_DAEMON_TIMEOUT`, `OVL_DAEMON_OLDER`, `OVL_CONTROL_FAILED`.
 */
export type ControlClient = {
  readonly [K in keyof UnaryCalls]: (
    request: UnaryCalls[K][0],
    options?: CallOptions,
  ) => Promise<UnaryCalls[K][1]>;
} & {
  readonly [K in keyof StreamCalls]: (
    request: StreamCalls[K][0],
    options?: CallOptions,
  ) => AsyncIterable<StreamCalls[K][1]>;
} & { close(): void };
