import type { Pod } from './pod.js';

/** Echo requests from one pod to an address. */
export interface Flow {
  readonly from: Pod;
  readonly to: string;
}

export interface FlowResult {
  readonly flow: Flow;
  readonly sent: number;
  readonly lost: number;
  /** About when each lost one was sent, Unix ms. */
  readonly lostAt: readonly number[];
}

/** How long an answer may take, seconds. */
const PATIENCE = 5;
/** One ping sends for so long; then the next one begins at once. */
const CHUNK_SECONDS = 2;

export interface FlowOptions {
  /** Echo requests a second on each flow. */
  readonly rate: number;
  /** At least so long, however soon the work is done; 0 unless given. */
  readonly seconds?: number;
}

/**
 * Sends echo requests on all flows at once, from before `work` begins until a few seconds after it ended. An answer that is missing in
 * the end counts as lost.
 */
export async function runFlows(
  flows: readonly Flow[],
  { rate, seconds = 0 }: FlowOptions,
  work: () => Promise<void>,
): Promise<readonly FlowResult[]> {
  const end = performance.now() + seconds * 1000;
  let worked = false;
  const sending = flows.map(async (flow) => {
    const chunks = [await sendChunk(flow, rate)];
    while (!worked || performance.now() < end) chunks.push(await sendChunk(flow, rate));
    chunks.push(await sendChunk(flow, rate));
    return sumOf(flow, chunks);
  });
  try {
    await work();
  } finally {
    worked = true;
    await Promise.allSettled(sending);
  }
  return Promise.all(sending);
}

async function sendChunk(flow: Flow, rate: number): Promise<FlowResult> {
  const count = String(rate * CHUNK_SECONDS);
  const interval = (1 / rate).toFixed(4);
  const argv = ['ping', '-n', '-D', '-i', interval, '-c', count, '-W', String(PATIENCE), flow.to];
  const startedMs = Date.now();
  const { stdout } = await flow.from.tryExec(argv);
  return readPing({ flow, startedMs, rate }, stdout);
}

function sumOf(flow: Flow, chunks: readonly FlowResult[]): FlowResult {
  const sum = (key: 'sent' | 'lost'): number => chunks.reduce((total, chunk) => total + chunk[key], 0);
  return { flow, sent: sum('sent'), lost: sum('lost'), lostAt: chunks.flatMap(({ lostAt }) => lostAt) };
}

interface Chunk {
  readonly flow: Flow;
  readonly startedMs: number;
  readonly rate: number;
}

/** What `ping -D` printed. When a lost one was sent is told from the answer before it. */
export function readPing({ flow, startedMs, rate }: Chunk, report: string): FlowResult {
  const [, text, received] = /(\d+) packets transmitted, (\d+) received/.exec(report) ?? [];
  if (text === undefined) throw new Error(`ping to ${flow.to} said nothing of what it sent: ${report}`);
  const sent = Number(text);
  const answers = new Map<number, number>();
  for (const [, at, seq] of report.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from .*icmp_seq=(\d+) .*time=/gm))
    answers.set(Number(seq), Number(at) * 1000);
  const lostAt: number[] = [];
  let before = startedMs;
  for (let seq = 1; seq <= sent; seq += 1) {
    const at = answers.get(seq);
    if (at === undefined) lostAt.push(before + 1000 / rate);
    before = at ?? before + 1000 / rate;
  }
  return { flow, sent, lost: sent - Number(received), lostAt };
}

/** `10.5.1.2 -> 10.5.2.2 at 12:30:01.250` for each lost packet, for who looks for what happened then. */
export const lossTimes = (results: readonly FlowResult[]): readonly string[] =>
  results.flatMap(({ flow, lostAt }) =>
    lostAt.map((ms) => `${flow.from.address} -> ${flow.to} at ${new Date(ms).toISOString().slice(11, 23)}`),
  );
