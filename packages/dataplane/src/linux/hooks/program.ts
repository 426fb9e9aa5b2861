import { spawn, type ChildProcess } from 'node:child_process';

/** The environment of every program, and where it is looked for. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MAX_OUTPUT_BYTES = 64 * 1024;
/** A program that left a daemon behind has ended though its output is still open. */
const OUTPUT_GRACE_MS = 500;

export interface ProgramRequest {
  /** Program, by absolute path or looked for in a fixed PATH, and arguments. No shell. */
  readonly argv: readonly string[];
  /** In addition to PATH and LC_ALL. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  /** After which it and what it started are killed. */
  readonly timeoutMs: number;
}

export interface ProgramResult {
  readonly ok: boolean;
  /** Standard output and error as they came, the last 64 KiB. */
  readonly output: string;
  /** Output before that was lost. */
  readonly truncated: boolean;
  /** How it ended, with the last line of its output, when not `ok`. */
  readonly reason: string;
}

/** Runs one program of the operator's to its end. Never rejects. */
export async function runProgram(request: ProgramRequest): Promise<ProgramResult> {
  const output = new Tail(MAX_OUTPUT_BYTES);
  const end = await finished(request, output).catch((error: unknown) => messageOf(error, request));
  const text = output.text();
  const last = text.trim().split('\n').at(-1)?.trim() ?? '';
  const reason = end === '' ? '' : `${request.argv[0] ?? ''}: ${end}${last === '' ? '' : `: ${last}`}`;
  return { ok: end === '', output: text, truncated: output.truncated, reason };
}

function messageOf(error: unknown, { argv }: ProgramRequest): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `not found (PATH is ${PATH})`;
  return code === 'EACCES' ? 'not executable' : `could not be started: ${message || String(argv)}`;
}

/** How it ended: empty for exit code 0. */
function finished({ argv, environment, input, timeoutMs }: ProgramRequest, output: Tail): Promise<string> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = argv;
    // A process group of its own, so that what it started is killed with it.
    const child = spawn(file, args, { env: { LC_ALL: 'C', PATH, ...environment }, cwd: '/', detached: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child);
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.stdout.on('data', (chunk: Buffer) => output.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.add(chunk));
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const text = late ? `killed: it ran longer than ${timeoutMs / 1000} s` : endText(code, signal);
      afterOutput(child, () => resolve(text));
    });
    // A child that ends without reading is reported by its exit code, not by EPIPE.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const endText = (code: number | null, signal: NodeJS.Signals | null): string =>
  signal === null ? (code === 0 ? '' : `exit code ${code ?? -1}`) : `killed by ${signal}`;

function afterOutput(child: ChildProcess, done: () => void): void {
  const grace = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, OUTPUT_GRACE_MS);
  child.on('close', () => {
    clearTimeout(grace);
    done();
  });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** The last bytes of a stream. */
class Tail {
  private kept: Buffer = Buffer.alloc(0);
  truncated = false;

  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.kept, chunk]);
    this.truncated ||= all.length > this.limit;
    this.kept = all.subarray(Math.max(0, all.length - this.limit));
  }

  text(): string {
    return this.kept.toString('utf8');
  }
}
