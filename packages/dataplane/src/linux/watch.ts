import { closeSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import type { KernelNotice } from '../model.js';
import { openNetlink } from './netlink-socket.js';
import { GROUPS, NLMSG, RTM } from './netlink/constants.js';
import { decodeNeighbourIndex } from './netlink/neighbour-codec.js';
import { isSettingChange } from './netlink/netconf-codec.js';
import { readMessages, type Message } from './netlink/reader.js';

const ALL_GROUPS = Object.values(GROUPS).reduce((mask, group) => mask | group, 0);
const REOPEN_MS = 1000;
const POLL_MS = 50;
const POLL_BYTES = 64 * 1024;

type NoticeType = Exclude<KernelNotice['type'], 'resync'>;

const TYPES: Readonly<Record<number, NoticeType>> = {
  [RTM.NEWLINK]: 'link',
  [RTM.DELLINK]: 'link',
  [RTM.NEWADDR]: 'address',
  [RTM.DELADDR]: 'address',
  [RTM.NEWROUTE]: 'route',
  [RTM.DELROUTE]: 'route',
  [RTM.NEWNEIGH]: 'neighbour',
  [RTM.DELNEIGH]: 'neighbour',
  [RTM.NEWRULE]: 'rule',
  [RTM.DELRULE]: 'rule',
  [RTM.NEWNETCONF]: 'sysctl',
};

export interface WatchOptions {
  readonly netns?: string | undefined;
  readonly receiveBufferBytes?: number;
  /** Whether neighbours and FDB entries of the link with this index matter; ARP and learning bridges would else report all the time. */
  readonly concerns: (index: number) => boolean;
  /** Whether it is the notification of a change of our own. */
  readonly isEcho: (message: Message) => boolean;
}

/**
 * Multicast notifications of links, addresses, routes, neighbours, FDB entries, rules, and of the sysctls that the kernel tells of:
 * forwarding and rp_filter. Those of one turn of the event loop become one notice per type. When the kernel drops some (ENOBUFS), or
 * reading fails, the socket is opened again and the listener told to read everything (`resync`).
 */
export class Watch {
  private stream: { destroy(): unknown } | undefined;
  private retry: NodeJS.Timeout | undefined;
  private pending = new Set<NoticeType>();
  private closed = false;

  constructor(
    private readonly options: WatchOptions,
    private readonly listener: (notice: KernelNotice) => void,
  ) {
    this.open();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.stream?.destroy();
  }

  private open(): void {
    const fd = openNetlink({ groups: ALL_GROUPS, nonBlocking: true, ...this.options });
    this.stream = openStream(fd, {
      data: (bytes) => this.receive(bytes),
      error: (error) => this.reopen(error.message),
    });
  }

  private reopen(reason: string): void {
    if (this.closed) return;
    this.stream?.destroy();
    try {
      this.open();
      this.listener({ type: 'resync', reason });
    } catch {
      this.retry = setTimeout(() => this.reopen(reason), REOPEN_MS);
      this.retry.unref();
    }
  }

  private receive(bytes: Buffer): void {
    const before = this.pending.size;
    for (const message of readMessages(bytes)) {
      if (message.type === NLMSG.OVERRUN) return this.reopen('notifications were lost');
      const type = this.concernOf(message);
      if (type !== undefined) this.pending.add(type);
    }
    if (before === 0 && this.pending.size > 0) setImmediate(() => this.flush());
  }

  private concernOf(message: Message): NoticeType | undefined {
    if (this.options.isEcho(message)) return undefined;
    const type = TYPES[message.type];
    if (type === 'sysctl') return isSettingChange(message.payload) ? type : undefined;
    if (type !== 'neighbour') return type;
    return this.options.concerns(decodeNeighbourIndex(message.payload)) ? type : undefined;
  }

  private flush(): void {
    const types = this.pending;
    this.pending = new Set();
    if (!this.closed) for (const type of types) this.listener({ type });
  }
}

interface StreamEvents {
  data(bytes: Buffer): void;
  error(error: Error): void;
}

interface PipeHandle {
  open(fd: number): number;
}

/**
 * Reads a socket of a family that Node does not know, driven by the event loop: libuv's pipe reads any stream of bytes, and
 * only `process.binding` reaches it with a descriptor that is not a pipe. Reading with `fs.read` would hold one of the four threads
 * of the pool for ever. Without `process.binding` the socket is polled.
 */
export function openStream(fd: number, events: StreamEvents): { destroy(): unknown } {
  const binding = (process as { binding?: (name: 'pipe_wrap') => { Pipe: new (type: number) => PipeHandle } })
    .binding;
  if (typeof binding !== 'function') return pollStream(fd, events);
  const { Pipe } = binding('pipe_wrap');
  const handle = new Pipe(0);
  handle.open(fd);
  const socket = new Socket({ handle, readable: true, writable: false } as ConstructorParameters<
    typeof Socket
  >[0]);
  socket.on('data', (bytes) => events.data(bytes)).on('error', (error) => events.error(error));
  return socket;
}

/** Reads a non-blocking descriptor again and again; closes it in the end. */
export function pollStream(fd: number, events: StreamEvents): { destroy(): unknown } {
  const buffer = Buffer.allocUnsafeSlow(POLL_BYTES);
  let open = true;
  const drain = () => {
    try {
      while (open) events.data(buffer.subarray(0, readSync(fd, buffer)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') events.error(error as Error);
    }
  };
  const timer = setInterval(drain, POLL_MS);
  return {
    destroy: () => {
      if (open) closeSync(fd);
      open = false;
      clearInterval(timer);
    },
  };
}
