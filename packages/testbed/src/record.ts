import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RIGS_DIRECTORY } from './config.js';
import { startTime } from './start-time.js';
import type { Topology } from './topology.js';

/** Who made a rig; kept in its folder, so that a second one with the same name is refused while the first maker lives. */
interface RigRecord {
  readonly topology: Topology;
  readonly pid: number;
  /** The maker's start time in clock ticks since boot: a process id alone may be used again. */
  readonly started: string;
}

export function rigDirectory(name: string): string {
  return join(RIGS_DIRECTORY, name);
}

/** Says that this process makes the rig. */
export function writeRecord(topology: Topology): void {
  const directory = rigDirectory(topology.name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const record: RigRecord = { topology, pid: process.pid, started: startTime(process.pid) ?? '' };
  const file = join(directory, 'rig.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${file}.new`, file);
}

/** The process id of the rig's maker when that is another process and still runs. */
export function livingMaker(name: string): number | undefined {
  const record = readRecord(name);
  if (record === undefined || record.pid === process.pid) return undefined;
  return startTime(record.pid) === record.started ? record.pid : undefined;
}

/** How a rig was laid out, or undefined when there is none of that name. */
export function recordedTopology(name: string): Topology | undefined {
  return readRecord(name)?.topology;
}

function readRecord(name: string): RigRecord | undefined {
  const file = join(rigDirectory(name), 'rig.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RigRecord) : undefined;
}
