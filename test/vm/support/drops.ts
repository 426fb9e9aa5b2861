import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const TRACING = '/sys/kernel/tracing';
/** include/trace/events/skb.h: the kernel throws a packet away, with the place and, since 5.17, the reason. */
const EVENT = `${TRACING}/events/skb/kfree_skb`;
const ETH_P_IP = 0x0800;

/** Lets the kernel note each IPv4 packet that it drops, with the time of CLOCK_MONOTONIC. */
export function noteDrops(): void {
  if (!existsSync(`${TRACING}/trace`)) execFileSync('mount', ['-t', 'tracefs', 'tracefs', TRACING]);
  writeFileSync(`${TRACING}/trace_clock`, 'mono');
  writeFileSync(`${EVENT}/filter`, `protocol == ${ETH_P_IP}`);
  writeFileSync(`${EVENT}/enable`, '1');
}

/** What was dropped less than `aroundMs` from one of these Unix times: `12:30:01.250 ip_forward+0x3e1/0x4b0 reason: NO_SOCKET`. */
export function dropsAround(times: readonly number[], aroundMs: number): readonly string[] {
  const startedMs = Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  return readFileSync(`${TRACING}/trace`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, seconds, what] = / (\d+\.\d+): kfree_skb: .*?(location=.*)/.exec(line) ?? [];
      const ms = startedMs + Number(seconds) * 1000;
      if (what === undefined || !times.some((time) => Math.abs(time - ms) < aroundMs)) return [];
      return [`${new Date(ms).toISOString().slice(11, 23)} ${what}`];
    });
}
