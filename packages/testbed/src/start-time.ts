import { readFileSync } from 'node:fs';

/**
 * When a process began, in clock ticks since boot, or undefined when there is none: with it a process id stays unique.
 * Field 22 of /proc/<pid>/stat (proc(5)); the name before it may hold spaces and brackets, so count from the last one.
 */
export function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
