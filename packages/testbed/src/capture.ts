import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, tryRun } from './command.js';
import { Daemon } from './daemon.js';
import type { Host } from './host.js';
import { inNamespace } from './namespaces.js';
import { switchAddress } from './topology.js';

/** Where to capture. */
export interface CapturePlace {
  /** The command line that runs `argv` there. */
  readonly inside: (argv: readonly string[]) => readonly string[];
  readonly device: string;
  /** An address that is reached through the device: the capture ends with an echo request to it, which it has to see. */
  readonly beyond: string;
  /** Where its files go. */
  readonly directory: string;
}

/** What passed a device during some work, both ways. Its last packets are an echo to {@link CapturePlace.beyond}. */
export interface Capture {
  /**
   * How many of the packets a filter of tcpdump takes.
   * @throws OverlayError OVL_TESTBED_COMMAND when tcpdump refuses the filter or cannot read the packets
   */
  count(filter: string): Promise<number>;
}

/** Enough of each packet for the headers of any tunnel and the mark. */
const SNAPLEN = 128;
/** KiB; tens of thousands of packets. */
const BUFFER = 16_384;
const START_MS = 60_000;
const MARK_MS = 60_000;

/** Captures on a host's eth0 while the work is done. */
export function capture(host: Host, work: () => Promise<unknown>): Promise<Capture> {
  const { directory, switchNamespace } = host.context;
  const inside = (argv: readonly string[]): readonly string[] => inNamespace(host.namespace, argv);
  const beyond = switchAddress(switchNamespace.replace(/-sw$/, ''));
  return captureAt({ inside, device: 'eth0', beyond, directory }, work);
}

/**
 * Captures every packet from before the work until after it.
 * @throws Error when the kernel dropped packets, or the capture did not see its own mark: what was counted would mean nothing
 */
export async function captureAt(place: CapturePlace, work: () => Promise<unknown>): Promise<Capture> {
  const folder = mkdtempSync(join(place.directory, 'capture-'));
  const file = join(folder, 'packets.pcap');
  const tcpdump = startTcpdump(place, folder, file);
  try {
    await tcpdump.waitUntil(() => Promise.resolve(tcpdump.log().includes('listening on')), START_MS);
    await work();
    await seesMark(place, file);
  } finally {
    await tcpdump.stop();
  }
  checkEnd(tcpdump.exitCode, tcpdump.log());
  return { count: (filter) => countIn(file, filter) };
}

function startTcpdump({ inside, device }: CapturePlace, folder: string, file: string): Daemon {
  const sizes = ['-s', String(SNAPLEN), '-B', String(BUFFER)];
  const argv = ['tcpdump', '-n', '-i', device, '-Z', 'root', '--immediate-mode', ...sizes, '-U', '-w', file];
  return new Daemon({ title: `tcpdump on ${device}`, argv: inside(argv), logFile: join(folder, 'log') });
}

/** tcpdump drops what it has not read yet when it is stopped: once the mark is in its file, all that came before is too. */
async function seesMark({ inside, beyond }: CapturePlace, file: string): Promise<void> {
  const mark = randomBytes(16);
  const argv = inside(['ping', '-n', '-q', '-c', '1', '-W', '1', '-p', mark.toString('hex'), beyond]);
  const end = performance.now() + MARK_MS;
  let pinged = '';
  while (!readFileSync(file).includes(mark)) {
    if (performance.now() > end)
      throw new Error(`the capture does not see what is sent to ${beyond}: ${pinged}`);
    const { stdout, stderr } = await tryRun(argv);
    pinged = stdout + stderr;
    await sleep(50);
  }
}

function checkEnd(code: number | undefined, log: string): void {
  if (code === 0 && /^0 packets dropped by kernel$/m.test(log)) return;
  throw new Error(`the capture is not whole; tcpdump ended with code ${code ?? 'none'}: ${log}`);
}

async function countIn(file: string, filter: string): Promise<number> {
  const { stdout } = await run(['tcpdump', '-n', '--count', '-r', file, filter]);
  const [, packets] = /^(\d+) packets?$/m.exec(stdout) ?? [];
  if (packets === undefined) throw new Error(`tcpdump --count said no number: ${stdout}`);
  return Number(packets);
}
