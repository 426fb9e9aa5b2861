import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { OverlayError } from '@overlay/cidr';
import { errnoName } from '../libc.js';
import { refusalOfThrown, type Refusal } from '../refusal.js';
import type { WireguardControl } from './control.js';
import type { DeviceSetting, DeviceState, PeerSetting } from './state.js';
import { answerErrno, decodeAnswer, GET_REQUEST, setDeviceRequest, setPeersRequest } from './uapi.js';

const ANSWER_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Where wireguard-go listens for requests about a device; not apart by network namespace. */
const socketPath = (name: string): string => `/var/run/wireguard/${name}.sock`;

/** Whether a device of that name is, or was, one of wireguard-go's. */
export function hasUapiSocket(name: string): boolean {
  return existsSync(socketPath(name));
}

/** What a wireguard-go that was killed leaves behind. */
export function removeUapiSocket(name: string): void {
  rmSync(socketPath(name), { force: true });
}

/** A device of wireguard-go, by its socket. */
export class UapiControl implements WireguardControl {
  constructor(private readonly name: string) {}

  async read(): Promise<DeviceState> {
    const answer = await this.exchange(GET_REQUEST);
    const errno = answerErrno(answer);
    if (errno !== undefined && errno > 0) throw this.silent(`answered ${errnoName(errno)}`);
    return decodeAnswer(answer);
  }

  setDevice(setting: DeviceSetting): Promise<Refusal | undefined> {
    return this.set(setDeviceRequest(setting));
  }

  setPeers(peers: readonly PeerSetting[]): Promise<Refusal | undefined> {
    return this.set(setPeersRequest(peers));
  }

  private async set(request: string): Promise<Refusal | undefined> {
    try {
      const errno = answerErrno(await this.exchange(request)) ?? 0;
      if (errno === 0) return undefined;
      const code = errnoName(errno);
      return { code, message: `wireguard-go refused a change of ${this.name}: ${code}` };
    } catch (error) {
      return refusalOfThrown(error);
    }
  }

  private exchange(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(socketPath(this.name));
      let answer = '';
      const fail = (why: string): void => {
        socket.destroy();
        reject(this.silent(why));
      };
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => fail(`did not answer in ${ANSWER_TIMEOUT_MS / 1000} s`));
      socket.setEncoding('latin1').on('data', (text: Buffer | string) => {
        answer += text.toString();
        if (answer.length > MAX_ANSWER_BYTES) return fail('answered without end');
        if (answerErrno(answer.slice(-40)) === undefined) return;
        socket.destroy();
        resolve(answer);
      });
      socket.on('error', (error) => fail(error.message));
      socket.on('close', () => fail('ended without an answer'));
      socket.write(request);
    });
  }

  private silent(why: string): OverlayError {
    return new OverlayError(
      'OVL_WIREGUARD_GO',
      `wireguard-go, which runs the device ${this.name}, ${why}: look whether its process is alive; remove the device to start anew`,
    );
  }
}
