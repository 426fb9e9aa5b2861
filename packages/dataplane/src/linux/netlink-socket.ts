import { closeSync, readSync, writeSync } from 'node:fs';
import { OverlayError } from '@overlay/cidr';
import { checked, errnoName, libc } from './libc.js';
import { inNamespace } from './namespace.js';
import { NLM_F, NLMSG } from './netlink/constants.js';
import { decodeAcknowledgement, type Acknowledgement } from './netlink/error-codec.js';
import { readMessages, type Message } from './netlink/reader.js';
import { singleMessage, type MessageWriter } from './netlink/writer.js';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO = { RCVBUF: 8, RCVTIMEO: 20, RCVBUFFORCE: 33 } as const;
const SOL_NETLINK = 270;
const NETLINK = { CAP_ACK: 10, EXT_ACK: 11, GET_STRICT_CHK: 12 } as const;

/** With the default buffer, a batch in which every message fails loses its error reports. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
const READ_BYTES = 256 * 1024;
const ANSWER_TIMEOUT_S = 5;
const DUMP_ATTEMPTS = 10;
const READS_PER_TURN = 8;

export interface SocketOptions {
  /** File of the network namespace; that of the process without. */
  readonly netns?: string | undefined;
  /** NETLINK_ROUTE (0) unless given. */
  readonly protocol?: number;
  /** Multicast groups as a bit mask. */
  readonly groups?: number;
  readonly receiveBufferBytes?: number;
  readonly nonBlocking?: boolean;
}

/** Opens and binds a netlink socket and returns its descriptor. Throws OVL_DATAPLANE_SYSCALL. */
export function openNetlink(options: SocketOptions): number {
  const protocol = options.protocol ?? 0;
  const type = SOCK_RAW_CLOEXEC | (options.nonBlocking === true ? SOCK_NONBLOCK : 0);
  const fd = inNamespace(options.netns, () =>
    checked(libc().socket(AF_NETLINK, type, protocol), 'opening a netlink socket'),
  );
  try {
    configure(fd, options);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function configure(
  fd: number,
  { groups = 0, receiveBufferBytes = RECEIVE_BUFFER_BYTES }: SocketOptions,
): void {
  if (setOption(fd, SOL_SOCKET, SO.RCVBUFFORCE, receiveBufferBytes) < 0)
    setOption(fd, SOL_SOCKET, SO.RCVBUF, receiveBufferBytes);
  setOption(fd, SOL_NETLINK, NETLINK.CAP_ACK, 1);
  setOption(fd, SOL_NETLINK, NETLINK.EXT_ACK, 1);
  setOption(fd, SOL_NETLINK, NETLINK.GET_STRICT_CHK, 1);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(groups, 8);
  checked(libc().bind(fd, address, address.length), `binding a netlink socket to the groups ${groups}`);
}

function setOption(fd: number, level: number, option: number, value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return libc().setsockopt(fd, level, option, bytes, bytes.length);
}

/** Requests and answers on one netlink socket. Every call but `dump` is synchronous: the kernel answers while it takes the request. */
export class NetlinkSocket {
  private readonly fd: number;
  private readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  private sequence = 0;
  /** The port the kernel gave this socket; 0 before the first answer. */
  portId = 0;
  private dumping: Promise<unknown> = Promise.resolve();

  constructor(options: SocketOptions) {
    this.fd = openNetlink(options);
    const timeout = Buffer.alloc(16);
    timeout.writeUInt8(ANSWER_TIMEOUT_S, 0);
    libc().setsockopt(this.fd, SOL_SOCKET, SO.RCVTIMEO, timeout, timeout.length);
  }

  nextSequence(): number {
    this.sequence = (this.sequence + 1) >>> 0 || 1;
    return this.sequence;
  }

  /**
   * Sends a batch whose last message, of sequence `last`, asks for an acknowledgement, and returns every refusal. Throws
   * when answers are lost (ENOBUFS) or late (EAGAIN): what of the batch was done is then not known.
   */
  transact(batch: MessageWriter, last: number): Acknowledgement[] {
    writeSync(this.fd, batch.bytes());
    const refused: Acknowledgement[] = [];
    for (;;) {
      for (const message of this.receive()) {
        if (message.type !== NLMSG.ERROR) continue;
        const answer = decodeAcknowledgement(message);
        if (answer.errno !== 0) refused.push(answer);
        if (answer.sequence === last) return refused;
      }
    }
  }

  /** Sends one request and returns the first message that answers it, or the refusal. */
  request(
    type: number,
    body: (writer: MessageWriter) => void,
  ): { readonly answer?: Message; readonly errno: number } {
    const sequence = this.nextSequence();
    writeSync(this.fd, singleMessage({ type, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, body));
    let answer: Message | undefined;
    for (;;) {
      for (const message of this.receive()) {
        if (message.sequence !== sequence) continue;
        if (message.type !== NLMSG.ERROR) answer = { ...message, payload: Buffer.from(message.payload) };
        else return { ...(answer ? { answer } : {}), errno: decodeAcknowledgement(message).errno };
      }
    }
  }

  /**
   * Decodes every message of a dump; dumps on one socket follow one another. One that the kernel marks as interrupted by a change
   * is done again. Lets the event loop turn now and then.
   */
  dump<T>(
    type: number,
    body: (writer: MessageWriter) => void,
    decode: (payload: Buffer) => T | undefined,
  ): Promise<T[]> {
    const result = this.dumping.then(() => this.dumpUntilConsistent(type, body, decode));
    this.dumping = result.catch(() => undefined);
    return result;
  }

  private async dumpUntilConsistent<T>(
    type: number,
    body: (writer: MessageWriter) => void,
    decode: (payload: Buffer) => T | undefined,
  ): Promise<T[]> {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const found = await this.dumpOnce(type, body, decode);
      if (found) return found;
    }
    throw new OverlayError(
      'OVL_DATAPLANE_DUMP',
      `the kernel's table changed during each of ${DUMP_ATTEMPTS} attempts to list it (message type ${type}); it is tried again`,
    );
  }

  private async dumpOnce<T>(
    type: number,
    body: (writer: MessageWriter) => void,
    decode: (payload: Buffer) => T | undefined,
  ): Promise<T[] | undefined> {
    const sequence = this.nextSequence();
    writeSync(this.fd, singleMessage({ type, flags: NLM_F.REQUEST | NLM_F.DUMP, sequence }, body));
    const dump = { sequence, decode, found: [] as T[], interrupted: false };
    for (let reads = 1; !this.readDump(dump); reads++)
      if (reads % READS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    return dump.interrupted ? undefined : dump.found;
  }

  /** One read of a dump; true when it was the last. */
  private readDump<T>(dump: {
    sequence: number;
    decode: (payload: Buffer) => T | undefined;
    found: T[];
    interrupted: boolean;
  }): boolean {
    for (const message of this.receive()) {
      if (message.sequence !== dump.sequence) continue;
      if ((message.flags & NLM_F.DUMP_INTR) !== 0) dump.interrupted = true;
      if (message.type === NLMSG.DONE || message.type === NLMSG.ERROR) return checkDone(message);
      const decoded = dump.decode(message.payload);
      if (decoded !== undefined) dump.found.push(decoded);
    }
    return false;
  }

  private receive(): Message[] {
    const messages = readMessages(this.buffer.subarray(0, readSync(this.fd, this.buffer)));
    this.portId = messages[0]?.portId ?? this.portId;
    return messages;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A table that does not exist yet is an empty one. */
function checkDone(message: Message): true {
  const errno = message.payload.length >= 4 ? -message.payload.readInt32LE(0) : 0;
  const absent = ['ENOENT', 'EOPNOTSUPP', 'EAFNOSUPPORT'];
  if (errno <= 0 || absent.includes(errnoName(errno))) return true;
  throw new OverlayError('OVL_DATAPLANE_DUMP', `the kernel refused to list a table: ${errnoName(errno)}`);
}
