import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchDocker } from './watch.js';

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlay-watch-'));
});
afterEach(async () => {
  jest.restoreAllMocks();
  server?.closeAllConnections();
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Waits for a condition that other work in this process brings about. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 600) throw new Error('it did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A Docker that knows only its events; `streams` are those opened so far. */
async function listen(socket: string): Promise<ServerResponse[]> {
  const streams: ServerResponse[] = [];
  server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    streams.push(response);
  });
  await new Promise<void>((done) => server?.listen(socket, done));
  return streams;
}

const network = (action: string): string =>
  `${JSON.stringify({ Type: 'network', Action: action, Actor: { Attributes: { name: 'overlay' } } })}\n`;

test('events become reasons, whole lines at a time, and a stream that ends is opened again', async () => {
  const socket = join(folder, 'docker.sock');
  const streams = await listen(socket);
  const reasons: string[] = [];
  const watch = watchDocker(socket, 1000, (reason) => reasons.push(reason));
  await until(() => reasons.length === 1);
  streams[0]?.write(network('create') + network('connect').slice(0, 20));
  await until(() => reasons.length === 2);
  streams[0]?.end(network('connect').slice(20));
  await until(() => reasons.length === 5);
  watch.close();
  expect(reasons).toEqual([
    'Docker answers',
    'network create overlay',
    'network connect overlay',
    'Docker went',
    'Docker answers',
  ]);
});

test('close ends the stream at Docker, and nothing is said any more', async () => {
  const socket = join(folder, 'docker.sock');
  const streams = await listen(socket);
  const reasons: string[] = [];
  const watch = watchDocker(socket, 1000, (reason) => reasons.push(reason));
  await until(() => reasons.length === 1);
  watch.close();
  await until(() => streams[0]?.closed === true);
  expect(reasons).toEqual(['Docker answers']);
});

test('F12 retries leave nothing behind on the signal that lives as long as the watch', async () => {
  let attempts = 0;
  const held = new Map<EventTarget, number>();
  const any = jest.spyOn(AbortSignal, 'any');
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  jest.spyOn(AbortSignal.prototype, 'addEventListener').mockImplementation(function (
    this: AbortSignal,
    ...args
  ) {
    attempts += 1;
    held.set(this, (held.get(this) ?? 0) + 1);
    add.apply(this, args);
  });
  jest.spyOn(AbortSignal.prototype, 'removeEventListener').mockImplementation(function (
    this: AbortSignal,
    ...args
  ) {
    held.set(this, (held.get(this) ?? 0) - 1);
    remove.apply(this, args);
  });
  const watch = watchDocker(join(folder, 'nobody.sock'), 1000, () => undefined);
  await until(() => attempts > 8);
  const [lived] = held.values();
  watch.close();
  expect(any).not.toHaveBeenCalled();
  expect(lived).toBeLessThanOrEqual(2);
});
