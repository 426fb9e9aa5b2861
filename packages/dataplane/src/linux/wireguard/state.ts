import type { Prefix } from '@overlay/cidr';
import type { Endpoint } from '../../model.js';

/** A peer of a WireGuard device as it is, from the kernel or from wireguard-go. */
export interface PeerState {
  /** Base64, 32 bytes. */
  readonly publicKey: string;
  /** Base64; absent when there is none. Never to be shown. */
  readonly presharedKey?: string;
  /** Where packets go now: as it was set, or where the last authentic packet came from. */
  readonly endpoint?: Endpoint;
  /** Sorted. */
  readonly allowedIps: readonly Prefix[];
  /** 0: off. */
  readonly keepaliveSeconds: number;
  /** Unix time of the last handshake; 0: none yet. */
  readonly handshakeSeconds: number;
}

/** A WireGuard device as it is. The private key is never read. */
export interface DeviceState {
  readonly listenPort: number;
  /** Base64; empty when the device has no private key. */
  readonly publicKey: string;
  readonly peers: readonly PeerState[];
}

/** What to change on a peer; what is absent stays as it is. */
export interface PeerSetting {
  readonly publicKey: string;
  readonly remove?: boolean;
  /** Do nothing when the device has no such peer. */
  readonly onlyExisting?: boolean;
  /** Forget the allowed IPs it has first. */
  readonly replaceAllowedIps?: boolean;
  readonly endpoint?: Endpoint;
  /** Base64; empty: none any more. */
  readonly presharedKey?: string;
  readonly keepaliveSeconds?: number;
  /** Added; taken from the peer that has them. */
  readonly allowedIps: readonly Prefix[];
}

/** What to change on the device itself. */
export interface DeviceSetting {
  readonly listenPort?: number;
  /** Raw, 32 bytes. */
  readonly privateKey?: Uint8Array;
}
