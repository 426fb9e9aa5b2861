import { OverlayError } from '@overlay/cidr';
import { classify } from '../classify.js';
import type {
  ActualState,
  Change,
  DesiredState,
  Kernel,
  KernelNotice,
  Outcome,
  Ownership,
} from '../model.js';
import { dumpAll } from './dump.js';
import { Echoes } from './echoes.js';
import { Executor } from './executor.js';
import type { Message } from './netlink/reader.js';
import { NetlinkSocket } from './netlink-socket.js';
import { readSysctls } from './sysctl.js';
import { Watch } from './watch.js';

export interface KernelOptions {
  /** File of the network namespace to work in (`/run/netns/NAME`); that of the process without. */
  readonly netns?: string;
  /** Receive buffer of the notification socket; 8 MiB unless given. */
  readonly watchBufferBytes?: number;
}

/**
 * The real kernel, over two rtnetlink sockets: one for changes, one for lists, which may wait for the event loop in between.
 * Needs CAP_NET_ADMIN to change anything.
 */
export class LinuxKernel implements Kernel {
  private readonly changes: NetlinkSocket;
  private readonly lists: NetlinkSocket;
  private ownership: Ownership | undefined;
  /** Indexes of our links at the last read; until then any link may be ours. */
  private ourIndexes: ReadonlySet<number> | undefined;
  private readonly watches = new Set<Watch>();
  private readonly echoes = new Echoes(() => this.changes.portId);

  constructor(private readonly options: KernelOptions = {}) {
    this.changes = new NetlinkSocket({ netns: options.netns });
    this.lists = new NetlinkSocket({ netns: options.netns });
  }

  /** Remembers the ownership: `apply` refuses what lies outside it. Throws OVL_DATAPLANE_DUMP. */
  async read(ownership: Ownership, desired?: DesiredState): Promise<ActualState> {
    this.ownership = ownership;
    this.echoes.forget();
    const dumped = await dumpAll(this.lists);
    this.ourIndexes = new Set(
      dumped.links.filter(({ name }) => ownership.links.includes(name)).map(({ index }) => index),
    );
    return this.classified(dumped, ownership, desired);
  }

  /** Remembers nothing. Throws OVL_DATAPLANE_DUMP. */
  async look(ownership: Ownership, desired?: DesiredState): Promise<ActualState> {
    return this.classified(await dumpAll(this.lists), ownership, desired);
  }

  /** Throws OVL_DATAPLANE_UNREAD before the first `read`: until then it is not known what is ours. */
  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    if (changes.length === 0) return [];
    if (this.ownership === undefined)
      throw new OverlayError(
        'OVL_DATAPLANE_UNREAD',
        'the kernel must be read before it is changed: what is ours is not known yet',
      );
    const { netns } = this.options;
    const { changes: socket, lists, ownership, echoes } = this;
    return new Executor({ socket, lists, ownership, netns, echoes }).run(changes);
  }

  /**
   * Neighbour and FDB notices come only for the devices that were ours at the last `read`: read again on a link notice. Own changes are
   * not reported, but for those of links and sysctls.
   */
  watch(listener: (notice: KernelNotice) => void): Promise<{ close(): void }> {
    const { netns, watchBufferBytes } = this.options;
    const concerns = (index: number) => this.ourIndexes?.has(index) ?? true;
    const buffer = watchBufferBytes === undefined ? {} : { receiveBufferBytes: watchBufferBytes };
    const isEcho = (message: Message) => this.echoes.isEcho(message);
    const watch = new Watch({ netns, concerns, isEcho, ...buffer }, listener);
    this.watches.add(watch);
    return Promise.resolve({
      close: () => {
        this.watches.delete(watch);
        watch.close();
      },
    });
  }

  private classified(
    dumped: Awaited<ReturnType<typeof dumpAll>>,
    ownership: Ownership,
    desired?: DesiredState,
  ): ActualState {
    const keys = [...(desired?.values() ?? [])].flatMap((object) =>
      object.type === 'sysctl' ? [object.key] : [],
    );
    return classify({ ...dumped, sysctls: readSysctls(keys, this.options.netns) }, ownership, desired);
  }

  /** Closes the sockets and every watch. */
  close(): void {
    for (const watch of this.watches) watch.close();
    this.changes.close();
    this.lists.close();
  }
}

/** Opens the kernel of a network namespace. Throws OVL_DATAPLANE_SYSCALL. */
export function openKernel(options: KernelOptions = {}): LinuxKernel {
  return new LinuxKernel(options);
}
