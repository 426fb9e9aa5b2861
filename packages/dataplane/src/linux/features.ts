import { execFile } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { KernelFeature } from '../model.js';
import { FeatureMemory } from './feature-memory.js';
import { genlFamilyExists } from './genetlink/family.js';
import { findTool } from './firewall/command.js';
import { errnoName } from './libc.js';
import { NLM_F, RTM } from './netlink/constants.js';
import { writeLinkProbe, writeLinkSelector } from './netlink/link-codec.js';
import { MessageWriter } from './netlink/writer.js';
import type { NetlinkSocket } from './netlink-socket.js';
import { WIREGUARD_GO } from './wireguard/user-space.js';

const PROBE = 'ovl-probe';
const TUN = '/dev/net/tun';

/** What a kernel has: what is there is looked for once, what is not now and then, so that a module loaded later counts. */
export class Features {
  private readonly memory: FeatureMemory;

  /** @param now milliseconds on a clock that only goes forward */
  constructor(
    private readonly socket: NetlinkSocket,
    private readonly netns: string | undefined,
    now: () => number = () => performance.now(),
  ) {
    this.memory = new FeatureMemory((feature) => this.find(feature), now);
  }

  /**
   * Those that the kernel lacks, after it tried to load their modules; an answer may be half a minute old. What cannot be told without
   * privilege counts as there.
   */
  async missing(features: readonly KernelFeature[]): Promise<KernelFeature[]> {
    const answers = await Promise.all(features.map((feature) => this.memory.has(feature)));
    return features.filter((_, position) => answers[position] === false);
  }

  private async find(feature: KernelFeature): Promise<boolean> {
    if (feature === 'tun') return opens(TUN);
    if (feature === 'wireguard') return this.hasKind(feature) || hasWireguardGo();
    if (feature !== 'fou') return this.hasKind(feature);
    return genlFamilyExists('fou', this.netns) || (await load('fou'), genlFamilyExists('fou', this.netns));
  }

  /**
   * Asks for a device with an MTU that no device can have: the kernel looks for the kind first, loads its module, and only then
   * refuses the MTU (EINVAL), so that no device comes to be. A kernel before 5.5 does not look at the MTU and makes it, down and
   * without a peer: it is deleted at once.
   */
  private hasKind(kind: string): boolean {
    const errno = this.send(RTM.NEWLINK, NLM_F.CREATE | NLM_F.EXCL, (writer) =>
      writeLinkProbe(writer, PROBE, kind),
    );
    if (errno === 0) this.send(RTM.DELLINK, 0, (writer) => writeLinkSelector(writer, PROBE));
    return errno === 0 || errnoName(errno) !== 'EOPNOTSUPP';
  }

  private send(type: number, flags: number, body: (writer: MessageWriter) => void): number {
    const batch = new MessageWriter();
    const sequence = this.socket.nextSequence();
    batch.message({ type, flags: flags | NLM_F.REQUEST | NLM_F.ACK, sequence }, () => body(batch));
    return this.socket.transact(batch, sequence)[0]?.errno ?? 0;
  }
}

/** A device file whose module the kernel loads when it is opened. */
function opens(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** A process that stands in for the kernel: slower, and the same device to the rest of the data plane. */
const hasWireguardGo = (): boolean => findTool(WIREGUARD_GO) !== undefined && opens(TUN);

/** For what the kernel does not load by itself: Debian's 6.1 knows no alias for the family of fou. */
async function load(module: string): Promise<void> {
  await promisify(execFile)('modprobe', ['-q', module]).catch(() => undefined);
}
