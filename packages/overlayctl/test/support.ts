import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { run } from '@overlay/overlayctl';

export interface Etcd {
  readonly endpoint: string;
  readonly directory: string;
  stop(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A real etcd on loopback with a directory of its own. */
export async function startEtcd(): Promise<Etcd> {
  const directory = mkdtempSync(join(tmpdir(), 'ovl-ctl-etcd-'));
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const urls = ['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint];
  const peers = [
    '--listen-peer-urls',
    peer,
    '--initial-advertise-peer-urls',
    peer,
    '--initial-cluster',
    `default=${peer}`,
  ];
  const child = spawn(
    'etcd',
    ['--data-dir', join(directory, 'data'), ...urls, ...peers, '--log-level', 'error'],
    { stdio: 'ignore' },
  );
  try {
    await healthy(endpoint, child);
  } catch (error) {
    await stop(child, directory);
    throw error;
  }
  return { endpoint, directory, stop: () => stop(child, directory) };
}

async function healthy(endpoint: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}`);
    const answer = await fetch(`${endpoint}/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('etcd did not become healthy');
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  rmSync(directory, { recursive: true, force: true });
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Typed {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Called with all of stdout at each write; `stop` is Ctrl-C. */
  readonly onOutput?: (text: string, stop: () => void) => void;
}

/** Runs a command line in this process. */
export async function ctl(
  argv: readonly string[],
  { env = {}, stdin = '', onOutput }: Typed = {},
): Promise<Result> {
  const out = { stdout: '', stderr: '' };
  const control = new AbortController();
  const sink = (name: keyof typeof out): PassThrough => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => {
      out[name] += chunk.toString();
      if (name === 'stdout') onOutput?.(out.stdout, () => control.abort());
    });
    return stream;
  };
  const io = {
    stdin: Readable.from([stdin]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env,
    signal: control.signal,
  };
  const code = await run(argv, io);
  return { code, ...out };
}

/** A stream read slowly enough that a pipe fills up. */
export async function readAllOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return text;
}
