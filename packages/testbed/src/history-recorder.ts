import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, tryRun } from './command.js';
import { childEnvironment } from './config.js';
import type { Etcd } from './etcd.js';
import { checkHistory, type HistoryEvent } from './history.js';
import { HistoryLog, type KeyList, readKeyList } from './history-log.js';
import { inNamespace, namespaceFile } from './namespaces.js';

/** What a run did to its lease keys. */
export interface History {
  readonly events: readonly HistoryEvent[];
  /** What {@link checkHistory} says of them, and every `history has a gap: ...`; empty when all held and nothing is missing. */
  readonly violations: readonly string[];
}

/** Follows a store until it is stopped. */
export interface HistoryRecorder {
  /** Waits until all that happened up to now is recorded, at most 20 s, and ends. May be called again, and gives the same. */
  stop(): Promise<History>;
}

type Store = Pick<Etcd, 'namespace' | 'endpoints'>;

const ENVIRONMENT = { ETCDCTL_API: '3' };
const AGAIN_MS = 200;
const CAUGHT_UP_WITHIN_MS = 20_000;
/** A connection that has not caught up by then is made anew: its member may be cut off. */
const RECONNECT_AFTER_MS = 5000;

/**
 * Records what happens to the lease keys of a real etcd from now on, as it happens, so that a later compaction takes nothing away.
 * Lasts through the loss of any and all of its members. etcd has to answer now.
 * @param prefix `/atomic.io/network`
 * @throws OverlayError OVL_TESTBED_COMMAND when etcd does not answer.
 */
export async function recordHistory(etcd: Store, prefix: string): Promise<HistoryRecorder> {
  const directory = `${prefix}/subnets/`;
  const argv = listArguments(etcd, directory);
  const { stdout } = await run(argv, { env: ENVIRONMENT });
  return new Recorder(etcd, directory, new HistoryLog(readKeyList(stdout)));
}

function etcdctl({ namespace, endpoints }: Store, args: readonly string[]): string[] {
  return inNamespace(namespace, [
    'etcdctl',
    `--endpoints=${endpoints.join(',')}`,
    ...args,
    '--write-out=json',
  ]);
}

const listArguments = (etcd: Store, directory: string): string[] =>
  etcdctl(etcd, ['--dial-timeout=1s', '--command-timeout=3s', 'get', '--prefix', directory]);

class Recorder implements HistoryRecorder {
  #child: ChildProcess | undefined;
  #stopping: Promise<History> | undefined;
  #ended = false;
  readonly #following: Promise<void>;

  constructor(
    private readonly etcd: Store,
    private readonly directory: string,
    private readonly log: HistoryLog,
  ) {
    this.#following = this.#follow();
  }

  stop(): Promise<History> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<History> {
    const missing = await this.#caughtUp();
    this.#ended = true;
    this.#child?.ref();
    this.#child?.kill('SIGKILL');
    await this.#following;
    const { events, gaps } = this.log;
    return {
      events,
      violations: [...gaps, ...(missing === undefined ? [] : [missing]), ...checkHistory(events)],
    };
  }

  /** Nothing of it keeps a process alive, or goes on when the rig is gone: a test may fail before it stops the record. */
  async #follow(): Promise<void> {
    while (!this.#ended && existsSync(namespaceFile(this.etcd.namespace))) {
      await this.#watch();
      await sleep(AGAIN_MS, undefined, { ref: false });
    }
  }

  /** One `etcdctl watch`, until it ends. It finds another member by itself when one is lost. */
  async #watch(): Promise<void> {
    const args = ['watch', '--prefix', this.directory, `--rev=${this.log.from}`];
    const [file = '', ...rest] = etcdctl(this.etcd, args);
    const child = spawn(file, rest, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: childEnvironment(ENVIRONMENT),
    });
    this.#child = child;
    child.unref();
    if (child.stdout instanceof Socket) child.stdout.unref();
    createInterface({ input: child.stdout }).on('line', (line) => this.log.take(line));
    await once(child, 'close').catch(() => undefined);
  }

  /** What is missing when the time is over; undefined when nothing is. */
  async #caughtUp(): Promise<string | undefined> {
    const started = performance.now();
    const known = this.log.next - 1;
    const list = await this.#list(started + CAUGHT_UP_WITHIN_MS);
    if (list === undefined) return 'history has a gap: etcd did not answer when the record ended';
    if (list.revision < known)
      return `history has a gap: the store went back from revision ${known} to ${list.revision}`;
    let renewed = false;
    for (;;) {
      const missing = this.log.lacks(list);
      const waitedMs = performance.now() - started;
      // What was compacted away never comes.
      const limitMs = this.log.gaps.length > 0 ? RECONNECT_AFTER_MS : CAUGHT_UP_WITHIN_MS;
      if (missing === undefined || waitedMs > limitMs) return missing;
      if (!renewed && waitedMs > RECONNECT_AFTER_MS) {
        renewed = true;
        this.#child?.kill('SIGKILL');
      }
      await sleep(50);
    }
  }

  async #list(until: number): Promise<KeyList | undefined> {
    while (performance.now() < until) {
      const { code, stdout } = await tryRun(listArguments(this.etcd, this.directory), { env: ENVIRONMENT });
      if (code === 0) return readKeyList(stdout);
      await sleep(AGAIN_MS);
    }
    return undefined;
  }
}
