import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { formatRecord, parseRecord, type DaemonJsonRecord } from '../daemon-json-record.js';
import { readTextIfThere } from './daemon-json-file.js';
import { replaceFile } from './replace-file.js';

/** What an earlier run recorded; empty when there is nothing readable in it. Throws OVL_DOCKER_STATE_FAILED. */
export async function readRecord(stateFile: string): Promise<DaemonJsonRecord> {
  try {
    return parseRecord(await readTextIfThere(stateFile));
  } catch (cause) {
    throw stateFailed(stateFile, 'read', cause);
  }
}

/** Records before daemon.json is touched, so that no crash leaves a key of ours that nobody knows. Throws OVL_DOCKER_STATE_FAILED. */
export async function writeRecord(stateFile: string, record: DaemonJsonRecord): Promise<void> {
  try {
    await mkdir(dirname(stateFile), { recursive: true });
    await replaceFile(stateFile, formatRecord(record), { mode: 0o600 });
  } catch (cause) {
    throw stateFailed(stateFile, 'written', cause);
  }
}

/** Forgets; also when there is no file. */
export async function removeRecord(stateFile: string): Promise<void> {
  await rm(stateFile, { force: true });
}

function stateFailed(stateFile: string, what: 'read' | 'written', cause: unknown): OverlayError {
  const message = `The state file ${stateFile} could not be ${what} (${(cause as Error).message}), so daemon.json is left alone. It is tried again.`;
  return new OverlayError('OVL_DOCKER_STATE_FAILED', message, { cause });
}
