import { setTimeout as sleep } from 'node:timers/promises';
import { openEvents } from './docker-engine.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Follows Docker's events and calls back with a reason: Docker answers, Docker went, `network connect overlay`. Dockerode does not reconnect,
 * so a stream that ends is opened again, after 0.1 s and then ever later up to 2 s. Events in between are lost: a caller that hears
 * "Docker answers" looks at everything again.
 */
export function watchDocker(
  socketPath: string,
  timeoutMs: number,
  listener: (reason: string) => void,
): { close(): void } {
  const closed = new AbortController();
  void follow(socketPath, timeoutMs, listener, closed.signal);
  return { close: () => closed.abort() };
}

async function follow(
  socketPath: string,
  timeoutMs: number,
  listener: (reason: string) => void,
  closed: AbortSignal,
): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (!closed.aborted) {
    const answered = await attempt(socketPath, timeoutMs, listener, closed);
    if (answered) pause = FIRST_PAUSE_MS;
    await sleep(pause, undefined, { signal: closed, ref: false }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/**
 * Follows one stream to its end. False when there was none. Each attempt has a signal of its own and takes its listener off `closed`
 * again: AbortSignal.any leaks with every signal made from a long-lived one (Node 20).
 */
async function attempt(
  socketPath: string,
  timeoutMs: number,
  listener: (reason: string) => void,
  closed: AbortSignal,
): Promise<boolean> {
  const ended = new AbortController();
  const end = () => ended.abort();
  closed.addEventListener('abort', end);
  try {
    const stream = await open(socketPath, timeoutMs, ended);
    if (stream === undefined) return false;
    listener('Docker answers');
    await deliver(stream, listener);
    if (!closed.aborted) listener('Docker went');
    return true;
  } finally {
    closed.removeEventListener('abort', end);
  }
}

/** The stream, or undefined when Docker is not there or does not answer in time. `ended` ends the stream too. */
async function open(
  socketPath: string,
  timeoutMs: number,
  ended: AbortController,
): Promise<NodeJS.ReadableStream | undefined> {
  const timer = setTimeout(() => ended.abort(), timeoutMs);
  try {
    return await openEvents(socketPath, ended.signal);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the stream is over, however it ends. */
async function deliver(stream: NodeJS.ReadableStream, listener: (reason: string) => void): Promise<void> {
  // Without a listener an ECONNRESET from a killed dockerd ends the process.
  stream.on('error', () => undefined);
  stream.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      lines.flatMap(reasonsOf).forEach((reason) => listener(reason));
    }
  } catch {
    // The stream broke; the caller opens another.
  }
}

interface RawEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly Attributes?: { readonly name?: string } };
}

/** `network connect overlay`; nothing for a line that is not an event. */
function reasonsOf(line: string): string[] {
  try {
    const event = JSON.parse(line) as RawEvent;
    return [[event.Type, event.Action, event.Actor?.Attributes?.name].filter(Boolean).join(' ')];
  } catch {
    return [];
  }
}
