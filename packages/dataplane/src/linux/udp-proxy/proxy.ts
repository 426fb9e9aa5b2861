import { closeSync } from 'node:fs';
import { createSocket, type Socket } from 'node:dgram';
import { parseIpv4, type Prefix } from '@overlay/cidr';
import type { Endpoint, ProxyLink } from '../../model.js';
import { inbound, outbound, type CarriedPeer, type Drop } from '../../udp-proxy/carry.js';
import { networkUnreachable } from '../../udp-proxy/icmp.js';
import type { PeerTable } from '../../udp-proxy/peer-table.js';
import { openStream } from '../watch.js';
import { packetCalls } from './calls.js';
import { SOCKET_ADDRESS_BYTES, openRaw, openUdp, socketAddress } from './sockets.js';

/** Packets and bytes of packets carried each way, and dropped ones by reason. */
export interface ProxyStats {
  readonly toPeers: { packets: number; bytes: number };
  readonly fromPeers: { packets: number; bytes: number };
  readonly dropped: Record<Drop, number>;
}

export interface ProxyPeer extends CarriedPeer {
  readonly subnet: Prefix;
  readonly endpoint: Endpoint;
  /** The endpoint as sockaddr_in. */
  readonly target: Uint8Array;
}

export interface ProxyOptions {
  readonly netns?: string | undefined;
  readonly link: ProxyLink;
  readonly peers: PeerTable<ProxyPeer>;
  /** The device or socket failed, and packets are no longer carried. */
  readonly onEnd: (reason: string) => void;
}

const PACKET_BYTES = 65_536;
/** Packets read after one wake-up before the event loop turns: under half a millisecond. libuv itself reads up to 32 datagrams a turn. */
const DEVICE_BURST = 64;
const SOCKET_BURST = 4;
/** MSG_DONTWAIT */
const DONT_WAIT = 0x40;

const noStats = (): ProxyStats => ({
  toPeers: { packets: 0, bytes: 0 },
  fromPeers: { packets: 0, bytes: 0 },
  dropped: {
    notIp: 0,
    ttlExceeded: 0,
    noPeer: 0,
    sourceUnknown: 0,
    wrongHost: 0,
    notSent: 0,
    notDelivered: 0,
  },
});

/**
 * Carries packets between a TUN device and a UDP socket, the bare packet as the payload. Both descriptors are driven by the event loop; a
 * wake-up brings the first packet, the rest is read until there is none. Nothing runs while there is no traffic.
 */
export class UdpProxy {
  readonly stats = noStats();
  private readonly calls = packetCalls();
  private readonly udp: number;
  private readonly raw: number;
  private readonly socket: Socket;
  private device: { destroy(): unknown } | undefined;
  private tun: number | undefined;
  private closed = false;
  private readonly outgoing = Buffer.allocUnsafeSlow(PACKET_BYTES);
  private readonly incoming = Buffer.allocUnsafeSlow(PACKET_BYTES);
  private readonly sender = Buffer.alloc(SOCKET_ADDRESS_BYTES);
  private readonly senderLength = Buffer.from(Uint32Array.of(SOCKET_ADDRESS_BYTES).buffer);

  /** Binds the socket. Throws CallError. */
  constructor(private readonly options: ProxyOptions) {
    const { netns, link } = options;
    this.udp = openUdp(netns, link.local, link.port);
    try {
      this.raw = openRaw(netns);
    } catch (error) {
      closeSync(this.udp);
      throw error;
    }
    this.socket = createSocket('udp4')
      .on('message', (packet, { address }) => this.datagrams(packet, parseIpv4(address).bits))
      .on('error', (error) => this.end(error.message));
    this.socket.bind({ fd: this.udp });
  }

  /** Carries packets of this device from now on, and closes it in the end. */
  start(tun: number): void {
    this.tun = tun;
    this.device = openStream(tun, {
      data: (packet) => this.packets(packet),
      error: (error) => this.end(error.message),
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.tun = undefined;
    this.device?.destroy();
    this.socket.close();
    closeSync(this.raw);
  }

  private end(reason: string): void {
    if (this.closed) return;
    this.close();
    this.options.onEnd(reason);
  }

  private packets(first: Buffer): void {
    this.toPeer(first, first.length);
    for (let count = 0; count < DEVICE_BURST && this.tun !== undefined; count++) {
      const length = this.calls.read(this.tun, this.outgoing, PACKET_BYTES);
      if (length <= 0) return;
      this.toPeer(this.outgoing, length);
    }
  }

  private toPeer(packet: Buffer, length: number): void {
    const peer = outbound(packet, length, this.options.peers);
    if (typeof peer === 'string') {
      this.stats.dropped[peer] += 1;
      if (peer === 'noPeer') this.refuse(packet, length);
    } else if (
      this.calls.sendto(this.udp, packet, length, DONT_WAIT, peer.target, SOCKET_ADDRESS_BYTES) < 0
    ) {
      this.stats.dropped.notSent += 1;
    } else count(this.stats.toPeers, length);
  }

  /**
   * Tells the sender. Not through the TUN device as Flannel does: the kernel drops what comes in with a source address of its own
   * (fib_validate_source), and the sender never hears of it.
   */
  private refuse(packet: Buffer, length: number): void {
    const answer = networkUnreachable(packet, length);
    if (answer === undefined) return;
    const target = socketAddress(answer.to, 0);
    this.calls.sendto(this.raw, answer.packet, answer.packet.length, DONT_WAIT, target, SOCKET_ADDRESS_BYTES);
  }

  private datagrams(first: Buffer, from: number): void {
    this.toDevice(first, first.length, from);
    for (let count = 0; count < SOCKET_BURST && !this.closed; count++) {
      const length = this.calls.recvfrom(
        this.udp,
        this.incoming,
        PACKET_BYTES,
        DONT_WAIT,
        this.sender,
        this.senderLength,
      );
      if (length < 0) return;
      this.toDevice(this.incoming, length, this.sender.readUInt32BE(4));
    }
  }

  private toDevice(packet: Buffer, held: number, from: number): void {
    const length = inbound(packet, held, from, this.options.peers);
    if (typeof length === 'string') this.stats.dropped[length] += 1;
    else if (this.tun === undefined || this.calls.write(this.tun, packet, length) < 0)
      this.stats.dropped.notDelivered += 1;
    else count(this.stats.fromPeers, length);
  }
}

function count(direction: { packets: number; bytes: number }, bytes: number): void {
  direction.packets += 1;
  direction.bytes += bytes;
}
