import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { openLeaseStore } from '../../src/etcd/index.js';

/** Asks an etcd by name, in a network where a name server takes every question and answers none. Prints what came of it. */
async function main(): Promise<void> {
  const server = createSocket('udp4');
  let questions = 0;
  server.on('message', () => (questions += 1));
  await new Promise<void>((resolve) => server.bind(53, '127.0.0.1', resolve));
  const store = openLeaseStore({
    endpoints: ['http://etcd.overlay.test:2379'],
    prefix: '/atomic.io/network',
  });
  const started = performance.now();
  const calls = Array.from({ length: 3 }, () =>
    store.list().then(
      () => 'listed',
      (error: unknown) => (error as { code: string }).code,
    ),
  );
  await readFile('/proc/uptime');
  const readMs = performance.now() - started;
  const codes = await Promise.all(calls);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(JSON.stringify({ codes, seconds, readMs, asked: questions > 0 }));
  process.exit(0);
}

void main();
