import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon, type Container } from '@overlay/testbed';

const PROGRAM = require.resolve('./udp-flow.cjs');
const PORT = 7777;
/** Packets a second. */
const RATE = 100;
/** The path is one queue: when a later packet is back, one before it that is not is lost. So long may all of them be. */
const PATIENCE_MS = 15_000;

interface Answer {
  readonly number: number;
  readonly sentMs: number;
}

/** What a flow lost, and about when it sent each of those, Unix ms. */
export interface Losses {
  readonly sent: number;
  readonly lostAt: readonly number[];
}

/** A UDP flow from one container to another and back, numbered, so that each missing packet is known. */
export class UdpFlow {
  private constructor(
    private readonly ends: readonly [Daemon, Daemon],
    private readonly to: string,
  ) {}

  static async start(from: Container, to: Container, directory: string): Promise<UdpFlow> {
    const end = (container: Container, title: string, args: readonly string[]): Daemon =>
      new Daemon({
        title: `UDP flow of ${container.name}`,
        argv: container.inside([process.execPath, PROGRAM, ...args]),
        logFile: join(directory, `udp-${title}.log`),
      });
    const echo = end(to, 'echo', ['echo', String(PORT)]);
    await echo.waitUntil(() => Promise.resolve(echo.log().includes('listening')));
    const flow = new UdpFlow(
      [end(from, 'send', ['send', to.ip, String(PORT), String(RATE)]), echo],
      `${from.ip} -> ${to.ip}`,
    );
    await flow.settle();
    return flow;
  }

  async stop(): Promise<void> {
    await Promise.all(this.ends.map((end) => end.kill()));
  }

  /** Waits until a packet that is sent from now on is back, and gives its number. @throws Error when none is after 15 s */
  async settle(): Promise<number> {
    const now = Date.now();
    while (Date.now() < now + PATIENCE_MS) {
      const answer = this.answers().find(({ sentMs }) => sentMs > now);
      if (answer !== undefined) return answer.number;
      await sleep(20);
    }
    throw new Error(`no UDP packet ${this.to} has come back for ${PATIENCE_MS} ms`);
  }

  /** What was lost between two packets that came back. */
  losses(first: number, last: number): Losses {
    const lostAt: number[] = [];
    const answers = this.answers().filter(({ number }) => number >= first && number <= last);
    for (const [index, { number, sentMs }] of answers.entries()) {
      const next = answers[index + 1];
      if (next === undefined) break;
      const stepMs = (next.sentMs - sentMs) / (next.number - number);
      for (let lost = number + 1; lost < next.number; lost += 1)
        lostAt.push(sentMs + stepMs * (lost - number));
    }
    return { sent: last - first, lostAt };
  }

  /** In the order they were sent. */
  private answers(): readonly Answer[] {
    const found = new Map<number, Answer>();
    for (const [, number, sentMs] of this.ends[0].log().matchAll(/^(\d+) (\d+)$/gm))
      found.set(Number(number), { number: Number(number), sentMs: Number(sentMs) });
    return [...found.values()].sort((a, b) => a.number - b.number);
  }
}
