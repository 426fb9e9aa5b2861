import { randomBytes } from 'node:crypto';
import type { Refusal } from '../refusal.js';
import { batchesOf } from './batches.js';
import { peerSettings, type PeerChange } from './peer-plan.js';
import type { DeviceSetting, DeviceState, PeerSetting } from './state.js';

/** How one WireGuard device is configured: generic netlink, or the socket of wireguard-go. */
export interface WireguardControl {
  /** Rejects when the device does not answer. */
  read(): Promise<DeviceState>;
  setDevice(setting: DeviceSetting): Promise<Refusal | undefined>;
  /** In order, as one message: up to 60 KB. What comes after one that is refused is not done. */
  setPeers(peers: readonly PeerSetting[]): Promise<Refusal | undefined>;
}

/** Applies changes of peers of one device; the refusals by public key. One that is refused does not stop the others. */
export async function changePeers(
  control: WireguardControl,
  changes: readonly PeerChange[],
): Promise<ReadonlyMap<string, Refusal>> {
  const refusals = new Map<string, Refusal>();
  for (const batch of batchesOf(peerSettings(changes, randomBytes(32).toString('base64')))) {
    if ((await control.setPeers(batch)) === undefined) continue;
    for (const peer of batch) {
      const refused = await control.setPeers([peer]);
      if (refused !== undefined) refusals.set(peer.publicKey, refused);
    }
  }
  return refusals;
}
