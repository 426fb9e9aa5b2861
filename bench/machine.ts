import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** Where the results come from. */
export interface Machine {
  readonly date: string;
  readonly kernel: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly node: string;
  readonly etcd: string;
  /** Of one minute, before the first figure: above about 0.5 somebody else was working, and times are too long. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const etcd = execFileSync('etcd', ['--version'], { encoding: 'utf8' });
  return {
    date: new Date().toISOString(),
    kernel: release(),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    etcd: /\d+\.\d+\.\d+/.exec(etcd)?.[0] ?? 'unknown',
    load: loadavg()[0] ?? 0,
  };
}

export function renderMachine(machine: Machine): string {
  const { kernel, processor, cores, memoryMiB, node, etcd, load } = machine;
  const hardware = `${cores} cores (${processor}), ${memoryMiB} MiB`;
  return `Linux ${kernel}, ${hardware}, Node ${node}, etcd ${etcd}, load ${load.toFixed(2)}\n`;
}
