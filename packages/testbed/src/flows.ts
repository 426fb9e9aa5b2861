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
  const argv = ['ping', '-n', '-q', '-i', interval, '-c', count, '-W', String(PATIENCE), flow.to];
  const { stdout } = await flow.from.tryExec(argv);
  return read(flow, stdout);
}

function sumOf(flow: Flow, chunks: readonly FlowResult[]): FlowResult {
  const sum = (key: 'sent' | 'lost'): number => chunks.reduce((total, chunk) => total + chunk[key], 0);
  return { flow, sent: sum('sent'), lost: sum('lost') };
}

function read(flow: Flow, report: string): FlowResult {
  const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(report) ?? [];
  if (sent === undefined) throw new Error(`ping to ${flow.to} said nothing of what it sent: ${report}`);
  return { flow, sent: Number(sent), lost: Number(sent) - Number(received) };
}
