import { readdirSync, readFileSync } from 'node:fs';
import type { Cluster, Overlayd } from '@overlay/testbed';

/** What one daemon costs at one moment, and what it holds. */
export interface Sample {
  readonly minute: number;
  /** Resident memory, MiB. */
  readonly memory: number;
  readonly files: number;
  /** Leases that etcd knows, of all nodes together. */
  readonly etcdLeases: number;
  readonly routes: number;
}

function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

export async function sample(cluster: Cluster, overlayd: Overlayd, minute: number): Promise<Sample> {
  const { pid } = overlayd.process;
  const leases = await cluster.etcd.etcdctl(['lease', 'list']);
  const routes = await cluster.host(1).exec(['ip', 'route', 'show', 'proto', '76']);
  return {
    minute,
    memory: Math.round(memoryOf(pid) * 10) / 10,
    files: readdirSync(`/proc/${pid}/fd`).length,
    etcdLeases: Number(/found (\d+) leases/.exec(leases)?.[1]),
    routes: routes.stdout.split('\n').filter(Boolean).length,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
