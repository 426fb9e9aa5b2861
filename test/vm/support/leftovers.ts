import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const NAMESPACES = '/run/netns';

/** The named network namespaces that there are. */
export function namespaces(): readonly string[] {
  try {
    return readdirSync(NAMESPACES);
  } catch {
    return [];
  }
}

/**
 * Ends what a killed scenario left running, or it would take the processors from the next one: all that inherited its environment, and all
 * in network namespaces that were not there before it.
 * @param mark an entry of the scenario's environment, `NAME=value`
 */
export function endLeftovers(mark: string, before: readonly string[]): void {
  const own = namespaces().filter((name) => !before.includes(name));
  // Whoever is killed first may have been about to start another.
  for (let round = 0; round < 10; round++) {
    const pids = [...marked(mark), ...own.flatMap(inNamespace)];
    if (pids.length === 0) break;
    pids.forEach(kill);
    spawnSync('sleep', ['0.2']);
  }
  for (const name of own) spawnSync('ip', ['netns', 'delete', name]);
}

function marked(mark: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It ended meanwhile.
    return [];
  }
}

function inNamespace(name: string): number[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, which is what we want.
  }
}
