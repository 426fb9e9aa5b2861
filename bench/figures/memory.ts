import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of one process, MiB. */
export interface Memory {
  readonly resident: number;
  readonly private: number;
}

/** Reads /proc/PID/smaps_rollup. */
export function readMemory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return { resident: of('Rss') / 1024, private: (of('Private_Clean') + of('Private_Dirty')) / 1024 };
}

/** What a Node that does nothing has: nothing of ours can have less. */
export async function bareNodeMemory(): Promise<Memory> {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  try {
    await sleep(1000);
    return readMemory(child.pid ?? 0);
  } finally {
    child.kill();
  }
}
