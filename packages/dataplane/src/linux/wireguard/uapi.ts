import { comparePrefix, formatAddress, formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import type { Prefix } from '@overlay/cidr';
import type { Endpoint } from '../../model.js';
import type { DeviceSetting, DeviceState, PeerSetting, PeerState } from './state.js';
import { publicKeyOf } from './x25519.js';

/**
 * The text protocol of WireGuard in user space (wireguard.com/xplatform): `key=value` lines, an empty line at the end, `errno=0` in the
 * answer. Keys are in hexadecimal.
 */
export const GET_REQUEST = 'get=1\n\n';

/** A request that changes the device. */
export function setDeviceRequest({ privateKey, listenPort }: DeviceSetting): string {
  return request([
    ...(privateKey === undefined ? [] : [`private_key=${Buffer.from(privateKey).toString('hex')}`]),
    ...(listenPort === undefined ? [] : [`listen_port=${listenPort}`]),
  ]);
}

/** A request that changes peers. */
export function setPeersRequest(peers: readonly PeerSetting[]): string {
  return request(peers.flatMap(peerLines));
}

const request = (lines: readonly string[]): string => `set=1\n${lines.map((line) => `${line}\n`).join('')}\n`;

function peerLines(peer: PeerSetting): string[] {
  const { presharedKey, endpoint, keepaliveSeconds } = peer;
  return [
    `public_key=${hex(peer.publicKey)}`,
    ...(peer.remove === true ? ['remove=true'] : []),
    ...(peer.onlyExisting === true ? ['update_only=true'] : []),
    ...(presharedKey === undefined ? [] : [`preshared_key=${hex(presharedKey)}`]),
    ...(endpoint === undefined ? [] : [`endpoint=${endpointText(endpoint)}`]),
    ...(keepaliveSeconds === undefined ? [] : [`persistent_keepalive_interval=${keepaliveSeconds}`]),
    ...(peer.replaceAllowedIps === true ? ['replace_allowed_ips=true'] : []),
    ...peer.allowedIps.map((prefix) => `allowed_ip=${formatPrefix(prefix)}`),
  ];
}

const hex = (key: string): string =>
  key === '' ? '0'.repeat(64) : Buffer.from(key, 'base64').toString('hex');

function endpointText({ address, port }: Endpoint): string {
  return address.family === 4 ? `${formatAddress(address)}:${port}` : `[${formatAddress(address)}]:${port}`;
}

/** The errno of an answer, positive, 0 for none; undefined for text that is not a whole answer. */
export function answerErrno(answer: string): number | undefined {
  const match = /(?:^|\n)errno=(-?\d+)\n\n$/.exec(answer);
  return match === null ? undefined : Math.abs(Number(match[1]));
}

interface MutablePeer {
  publicKey: string;
  presharedKey?: string;
  endpoint?: Endpoint;
  allowedIps: Prefix[];
  keepaliveSeconds: number;
  handshakeSeconds: number;
}

/** Reads the answer to `GET_REQUEST`. The private key in it becomes the public one and is forgotten. */
export function decodeAnswer(answer: string): DeviceState {
  const state = { listenPort: 0, publicKey: '', peers: [] as MutablePeer[] };
  for (const [name, value] of answer.split('\n').map(splitLine)) {
    const peer = state.peers.at(-1);
    if (name === 'private_key') state.publicKey = isZero(value) ? '' : publicKeyOf(Buffer.from(value, 'hex'));
    else if (name === 'listen_port') state.listenPort = Number(value);
    else if (name === 'public_key')
      state.peers.push({
        publicKey: base64(value),
        allowedIps: [],
        keepaliveSeconds: 0,
        handshakeSeconds: 0,
      });
    else if (peer) PEER_LINES[name]?.(peer, value);
  }
  return { ...state, peers: state.peers.map(sortedPeer) };
}

const splitLine = (line: string): [string, string] => {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
};
const base64 = (value: string): string => Buffer.from(value, 'hex').toString('base64');
const isZero = (value: string): boolean => /^0*$/.test(value);
const sortedPeer = (peer: MutablePeer): PeerState => ({
  ...peer,
  allowedIps: peer.allowedIps.sort(comparePrefix),
});

const PEER_LINES: Readonly<Record<string, (peer: MutablePeer, value: string) => void>> = {
  preshared_key: (peer, value) => {
    if (!isZero(value)) peer.presharedKey = base64(value);
  },
  endpoint: (peer, value) => {
    const at = value.lastIndexOf(':');
    const address = parseAddress(value.slice(0, at).replace(/^\[|(?:%.*)?\]$/g, ''));
    peer.endpoint = { address, port: Number(value.slice(at + 1)) };
  },
  persistent_keepalive_interval: (peer, value) => (peer.keepaliveSeconds = Number(value)),
  last_handshake_time_sec: (peer, value) => (peer.handshakeSeconds = Number(value)),
  allowed_ip: (peer, value) => void peer.allowedIps.push(parsePrefix(value)),
};
