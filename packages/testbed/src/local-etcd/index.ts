import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import { tryRun } from '../command.js';
import { EXIT, exitCodeOf, type Io } from '../io.js';
import { isLoopback, type LocalEtcdOptions, parseOptions, USAGE, usage } from './options.js';
import { chooseSupervisor } from './supervisor.js';

/** What `up` remembers for `status` and `down`, beside the data. */
const STATE_FILE = '/var/lib/overlay-etcd.json';
const START_TIMEOUT_MS = 20_000;
const CODES: Readonly<Record<string, number>> = {
  OVL_USAGE: EXIT.usage,
  OVL_CIDR_INVALID: EXIT.usage,
  OVL_ETCD_TAKEN: EXIT.conflict,
};

/** `overlayctl etcd ...`: a single etcd of this machine's own; gives the exit code, and an error is one line on stderr. */
export function runEtcd(argv: readonly string[], io: Io): Promise<number> {
  return exitCodeOf(async () => dispatch(argv, io), io, CODES);
}

async function dispatch([command = '', ...rest]: readonly string[], io: Io): Promise<number> {
  if (['help', '--help', '-h'].includes(command) || rest[0] === '--help') {
    io.stdout.write(USAGE);
    return EXIT.done;
  }
  const options = parseOptions(rest);
  if (command === 'status') return status(io);
  if (process.getuid?.() !== 0)
    throw new OverlayError(
      'OVL_TESTBED_ROOT',
      'etcd is started as a service of the machine: run this as root',
    );
  if (command === 'up') return up(options, io);
  if (command === 'down') return down(options, io);
  throw usage(command === '' ? 'a command is missing' : `"${command}" is none of up, status, down`);
}

async function up(options: LocalEtcdOptions, io: Io): Promise<number> {
  const supervisor = chooseSupervisor();
  const endpoint = `http://${options.listen}`;
  if (await supervisor.running()) return tellRunning(io);
  const program = await findEtcd();
  if (await answers(endpoint))
    throw new OverlayError(
      'OVL_ETCD_TAKEN',
      `Another etcd answers at ${endpoint}. Use it with --etcd-endpoints=${endpoint}, or choose another --listen`,
    );
  mkdirSync(options.dataDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(STATE_FILE, `${JSON.stringify(options)}\n`);
  await supervisor.start(program, options);
  await untilAnswers(endpoint, io.signal);
  io.stdout.write(`etcd runs as ${supervisor.title} at ${endpoint}, data in ${options.dataDirectory}\n`);
  if (!isLoopback(options.listen))
    io.stdout.write(
      'Anyone who reaches that address can read and write it: close the port to others, or set up TLS.\n',
    );
  io.stdout.write(
    `Next: overlayctl --etcd-endpoints=${endpoint} config set '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}'\n`,
  );
  return EXIT.done;
}

async function tellRunning(io: Io): Promise<number> {
  const code = await status(io);
  io.stdout.write('It was running already; `overlayctl etcd down` first to change how.\n');
  return code;
}

async function status(io: Io): Promise<number> {
  const options = savedOptions();
  const running = await chooseSupervisor().running();
  if (options === undefined || !running) {
    io.stdout.write(
      `etcd: not running${options === undefined ? '' : `; data of an earlier one is in ${options.dataDirectory}`}\n`,
    );
    return EXIT.absent;
  }
  const endpoint = `http://${options.listen}`;
  const healthy = await answers(endpoint);
  io.stdout.write(
    `etcd: running at ${endpoint}, ${healthy ? 'answers' : 'does not answer'}, data in ${options.dataDirectory}\n`,
  );
  return healthy ? EXIT.done : EXIT.failed;
}

async function down({ purge }: LocalEtcdOptions, io: Io): Promise<number> {
  const options = savedOptions();
  await chooseSupervisor().stop();
  if (options === undefined) {
    io.stdout.write('etcd was not running\n');
    return EXIT.done;
  }
  if (purge) {
    rmSync(join(options.dataDirectory, 'member'), { recursive: true, force: true });
    rmSync(STATE_FILE, { force: true });
  }
  io.stdout.write(
    `etcd is stopped; its data ${purge ? 'is removed' : `stays in ${options.dataDirectory} (--purge removes it)`}\n`,
  );
  return EXIT.done;
}

function savedOptions(): LocalEtcdOptions | undefined {
  return existsSync(STATE_FILE)
    ? (JSON.parse(readFileSync(STATE_FILE, 'utf8')) as LocalEtcdOptions)
    : undefined;
}

async function findEtcd(): Promise<string> {
  const { code, stdout } = await tryRun(['which', 'etcd']);
  if (code === 0) return stdout.trim();
  throw new OverlayError(
    'OVL_ETCD_MISSING',
    'etcd is not installed. Run `apt-get install etcd-server etcd-client`',
  );
}

/** Asks etcd itself, without etcdctl: every version answers GET /health. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

async function untilAnswers(endpoint: string, signal: AbortSignal): Promise<void> {
  const end = performance.now() + START_TIMEOUT_MS;
  while (!(await answers(endpoint))) {
    if (performance.now() > end || signal.aborted) {
      await chooseSupervisor().stop();
      const why = signal.aborted
        ? 'was interrupted'
        : `did not answer at ${endpoint} in ${START_TIMEOUT_MS} ms. Run it by hand to see why`;
      throw new OverlayError('OVL_ETCD_START', `etcd ${why}`);
    }
    await sleep(50);
  }
}
