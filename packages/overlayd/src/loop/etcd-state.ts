import type { StoreCondition, WatchState } from '@overlay/lease';
import type { Clock } from '../host/clock.js';
import type { Metrics } from '../http/metrics.js';
import type { Problems } from './problems.js';

/** Whether etcd is being followed, and since when not. */
export class EtcdState {
  connected = false;
  endpoint = '';
  detail = 'connecting';
  private changedMs: number;
  private certificateEndMs: number | undefined;
  /** Codes of what is wrong although etcd is being followed. */
  private warned: ReadonlySet<string> = new Set();

  constructor(
    private readonly problems: Problems,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.changedMs = clock.bootMs();
  }

  changed(state: WatchState): void {
    if (this.connected !== state.connected) this.changedMs = this.clock.bootMs();
    this.connected = state.connected;
    this.endpoint = state.endpoint ?? this.endpoint;
    this.detail = state.detail;
    this.metrics.etcdConnected.set(state.connected ? 1 : 0);
    if (state.connected) return this.problems.clear('etcd');
    this.problems.set('etcd', {
      code: state.code ?? 'OVL_ETCD_UNREACHABLE',
      message: `${state.detail}; the data plane stays as it is`,
    });
  }

  /** What is wrong although etcd can be used; what is not among it any more is over. */
  condition({ warnings, certificateEndMs }: StoreCondition): void {
    const codes = new Set(warnings.map(({ code }) => code));
    for (const code of this.warned) if (!codes.has(code)) this.problems.clear(`etcd ${code}`);
    for (const warning of warnings) this.problems.set(`etcd ${warning.code}`, warning);
    this.warned = codes;
    this.certificateEndMs = certificateEndMs;
  }

  /** Seconds until the first certificate for etcd ends, below zero afterwards; Infinity without any. */
  certificateSecondsLeft(): number {
    return ((this.certificateEndMs ?? Infinity) - this.clock.wallMs()) / 1000;
  }

  /** 0 while connected. */
  secondsSinceContact(): number {
    return this.connected ? 0 : (this.clock.bootMs() - this.changedMs) / 1000;
  }
}
