import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import type { Identity } from './facts.js';
import { readIfThere, tryWrite } from './files.js';

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

/** A new node id at every start would leave a lease behind each time; a MAC address that is not kept is only told to peers anew. */
function unkept(error: OverlayError): OverlayError {
  return new OverlayError(
    'OVL_STATE_UNWRITABLE',
    `this host has no identity yet, and cannot keep one: ${error.message}; a start without it would take another subnet each time: make the folder writable, or give another one with --state-dir`,
    { cause: error },
  );
}

/**
 * Who this host is: a node id and VTEP MACs that survive restarts and reboots, in `<state-dir>/node.json`. Where that cannot be written, an
 * identity that is there is used as it is. `create` makes that of a host that has none.
 * @throws OverlayError OVL_STATE_UNWRITABLE: there is none, and it cannot be written
 */
export function loadIdentity(
  stateDir: string,
  existing: ExistingMacs,
  dryRun = false,
  create = createState,
): Identity {
  const path = join(stateDir, 'node.json');
  const machineId = readIfThere('/etc/machine-id')?.trim() ?? '';
  const content = readIfThere(path);
  const known = parseState(content, machineId);
  const state = { ...(known ?? create(machineId)), ...existing };
  const text = `${JSON.stringify(state, null, 2)}\n`;
  const unsaved = text === content || dryRun ? undefined : tryWrite(path, text, 0o600, 0o700);
  if (unsaved !== undefined && known === undefined) throw unkept(unsaved);
  const { nodeId, vtepMac, vtepMacV6 } = state;
  const identity = { hostname: hostname(), nodeId, vtepMac, vtepMacV6 };
  return unsaved === undefined
    ? identity
    : { ...identity, unsaved: { code: unsaved.code, message: unsaved.message } };
}
