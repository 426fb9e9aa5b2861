import { NETLINK_NETFILTER } from '../netlink/constants.js';
import { openNetlink } from '../netlink-socket.js';
import { openStream } from '../watch.js';

/** 1 << (NFNLGRP_NFTABLES - 1), linux/netfilter/nfnetlink.h: every change of tables, chains, rules and sets, iptables-nft's too. */
const NFTABLES_GROUP = 1 << 6;
/** One restore of Docker's is many messages over some milliseconds. */
const SETTLE_MS = 50;
const REOPEN_MS = 1000;

/**
 * Calls back once, some 50 ms after nf_tables changed, whatever changed it; our own writes too, after which `ensure` finds nothing to do.
 * Calls back as well when notifications were lost. Throws OVL_DATAPLANE_SYSCALL when the socket cannot be opened.
 */
export class NftablesWatch {
  private stream: { destroy(): unknown } | undefined;
  private settle: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param netns file of the network namespace, that of the process without */
  constructor(
    private readonly netns: string | undefined,
    private readonly listener: () => void,
  ) {
    this.open();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.settle);
    clearTimeout(this.retry);
    this.stream?.destroy();
  }

  private open(): void {
    const fd = openNetlink({ netns: this.netns, protocol: NETLINK_NETFILTER, groups: NFTABLES_GROUP });
    this.stream = openStream(fd, { data: () => this.changed(), error: () => this.reopen() });
  }

  private changed(): void {
    this.settle ??= setTimeout(() => {
      this.settle = undefined;
      this.listener();
    }, SETTLE_MS);
  }

  /** After an error, ENOBUFS above all, what was missed is unknown. */
  private reopen(): void {
    if (this.closed) return;
    this.stream?.destroy();
    try {
      this.open();
      this.changed();
    } catch {
      this.retry = setTimeout(() => this.reopen(), REOPEN_MS);
    }
  }
}
