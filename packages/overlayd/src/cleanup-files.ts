import { lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, joined, left, removed, type CleanupReport } from './cleanup-report.js';
import type { Config } from './config/model.js';
import { readIfThere } from './host/files.js';
import { isRecorded, type SubnetRecord } from './subnet-record.js';

const NOTHING = removed();

/** Only a socket: anything else at that path is not of our making. */
function removeSocket(path: string): CleanupReport {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return NOTHING;
  if (!stat.isSocket()) return left(path, 'it is no socket', false);
  unlinkSync(path);
  return removed(path);
}

/** An empty folder only; one with other content in it is not ours alone. */
function removeFolder(path: string): CleanupReport {
  try {
    rmdirSync(path);
    return removed(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'ENOTDIR'].includes(code)) return NOTHING;
    throw error;
  }
}

function removeSubnetFile(path: string, record: SubnetRecord | undefined): CleanupReport {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return NOTHING;
  if (!stat.isFile()) return left(path, 'it is no plain file', false);
  if (!isRecorded(record, path, readIfThere(path) ?? ''))
    return left(path, 'this overlayd did not write it as it is now; remove it if nothing needs it', false);
  unlinkSync(path);
  return removed(path);
}

/** Which backends ran, and which leases were held: a new start begins with what etcd says. */
function removeRecord(path: string): CleanupReport {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return NOTHING;
  if (!stat.isFile()) return left(path, 'it is no plain file', false);
  unlinkSync(path);
  return removed(path);
}

/**
 * Removes the control socket, the run folder when nothing else is in it, the list of backends that ran, and subnet.env when it is as we
 * wrote it. Nothing is ever removed recursively: the paths come from flags.
 */
export async function cleanFiles(
  { runDir, stateDir, subnetFile }: Pick<Config, 'runDir' | 'stateDir' | 'subnetFile'>,
  subnetRecord: SubnetRecord | undefined,
): Promise<CleanupReport> {
  const records = ['backends.json', 'held-leases.json', 'fence.json'].map((name) => join(stateDir, name));
  const socket = join(runDir, 'overlayd.sock');
  return joined([
    await attempt(socket, () => removeSocket(socket)),
    await attempt(runDir, () => removeFolder(runDir)),
    ...(await Promise.all(records.map((record) => attempt(record, () => removeRecord(record))))),
    await attempt(subnetFile, () => removeSubnetFile(subnetFile, subnetRecord)),
  ]);
}
