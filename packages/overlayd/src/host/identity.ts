import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Identity } from './facts.js';
import { readIfThere, writeFileAtomic } from './files.js';

const VERSION = 1;
/** Any host's address: a device that was there before us may have one that is not random. */
const UNICAST_MAC = /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/;
const NODE_ID = /^[0-9a-f-]{36}$/;

interface StateFile {
  readonly version: number;
  readonly machineId: string;
  readonly nodeId: string;
  readonly vtepMac: string;
  readonly vtepMacV6: string;
}

/** A random MAC: locally administered, unicast (IEEE 802, first byte ends in binary 10). */
export function randomMac(random: Uint8Array = randomBytes(6)): string {
  const bytes = Array.from(random.subarray(0, 6));
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function parseObject(content: string | undefined): Partial<StateFile> {
  try {
    return (JSON.parse(content ?? 'null') as Partial<StateFile> | null) ?? {};
  } catch {
    return {};
  }
}

/** Reads a state file; anything that is not whole and of this machine counts as none (B07: a cloned disk gets a new identity). */
export function parseState(content: string | undefined, machineId: string): StateFile | undefined {
  const parsed = parseObject(content);
  const { nodeId = '', vtepMac = '', vtepMacV6 = '' } = parsed;
  const whole = parsed.version === VERSION && parsed.machineId === machineId;
  const texts = [nodeId, vtepMac, vtepMacV6].every((value) => typeof value === 'string');
  const sound = texts && NODE_ID.test(nodeId) && UNICAST_MAC.test(vtepMac) && UNICAST_MAC.test(vtepMacV6);
  return whole && sound ? { version: VERSION, machineId, nodeId, vtepMac, vtepMacV6 } : undefined;
}

function createState(machineId: string): StateFile {
  return { version: VERSION, machineId, nodeId: randomUUID(), vtepMac: randomMac(), vtepMacV6: randomMac() };
}

/** MACs of devices that exist already and win over the remembered ones: peers know them. */
export interface ExistingMacs {
  readonly vtepMac?: string;
  readonly vtepMacV6?: string;
}

/**
 * Who this host is: a node id and VTEP MACs that survive restarts and reboots, in `<state-dir>/node.json`.
 * @throws OverlayError OVL_FILE_WRITE
 */
export function loadIdentity(stateDir: string, existing: ExistingMacs, dryRun = false): Identity {
  const path = join(stateDir, 'node.json');
  const machineId = readIfThere('/etc/machine-id')?.trim() ?? '';
  const content = readIfThere(path);
  const state = { ...(parseState(content, machineId) ?? createState(machineId)), ...existing };
  const text = `${JSON.stringify(state, null, 2)}\n`;
  if (text !== content && !dryRun) writeFileAtomic(path, text, 0o600, 0o700);
  return { hostname: hostname(), nodeId: state.nodeId, vtepMac: state.vtepMac, vtepMacV6: state.vtepMacV6 };
}
