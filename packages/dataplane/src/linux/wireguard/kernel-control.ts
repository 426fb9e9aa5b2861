import { OverlayError } from '@overlay/cidr';
import type { GenericSocket } from '../genetlink/socket.js';
import type { MessageWriter } from '../netlink/writer.js';
import { refusalOfThrown, type Refusal } from '../refusal.js';
import {
  decodeDevice,
  mergePieces,
  WG_CMD,
  WG_FAMILY,
  WG_VERSION,
  writeDevice,
  writeDeviceName,
  writePeers,
} from './codec.js';
import type { WireguardControl } from './control.js';
import type { DeviceSetting, DeviceState, PeerSetting } from './state.js';

/** A device of the kernel's own WireGuard. */
export class KernelControl implements WireguardControl {
  constructor(
    private readonly socket: GenericSocket,
    private readonly name: string,
  ) {}

  async read(): Promise<DeviceState> {
    const command = {
      command: WG_CMD.GET_DEVICE,
      version: WG_VERSION,
      attributes: (writer: MessageWriter) => writeDeviceName(writer, this.name),
    };
    return mergePieces(await this.socket.dump(this.family(), command, decodeDevice));
  }

  setDevice(setting: DeviceSetting): Promise<Refusal | undefined> {
    return this.set((writer) => writeDevice(writer, this.name, setting));
  }

  setPeers(peers: readonly PeerSetting[]): Promise<Refusal | undefined> {
    return this.set((writer) => writePeers(writer, this.name, peers));
  }

  private set(attributes: (writer: MessageWriter) => void): Promise<Refusal | undefined> {
    const command = { command: WG_CMD.SET_DEVICE, version: WG_VERSION, attributes };
    try {
      return Promise.resolve(this.socket.send(this.family(), command));
    } catch (error) {
      return Promise.resolve(refusalOfThrown(error));
    }
  }

  private family(): number {
    const family = this.socket.family(WG_FAMILY);
    if (family === undefined)
      throw new OverlayError(
        'OVL_WIREGUARD_MISSING',
        `the kernel has the device ${this.name} but no WireGuard to configure it: load the module again (modprobe wireguard)`,
      );
    return family;
  }
}
