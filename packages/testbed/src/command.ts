import { spawn } from 'node:child_process';
import { OverlayError } from '@overlay/cidr';
import { childEnvironment } from './config.js';

/** What may be asked of one command. */
export interface CommandOptions {
  /** Milliseconds before the command is killed; 60,000 by default. */
  readonly timeoutMs?: number;
  /** Written to its standard input; otherwise that is empty. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** What a finished command left: `code` is 128 + signal number's stand-in 137 when it was killed. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const KILLED = 137;

/**
 * Runs one command to its end and gives back its exit code and output, whatever the code is.
 * @throws OverlayError OVL_TESTBED_COMMAND when it cannot be started.
 */
export function tryRun(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: childEnvironment(options.env),
      timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (cause) => reject(startFailure(argv, cause)));
    child.on('close', (code) => resolve({ code: code ?? KILLED, stdout, stderr }));
    // A command that ends without reading its input closes the pipe; its exit code says what happened.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Runs one command that has to succeed.
 * @throws OverlayError OVL_TESTBED_COMMAND with its arguments, exit code and last output when it does not.
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const result = await tryRun(argv, options);
  if (result.code === 0) return result;
  const said = (result.stderr.trim() || result.stdout.trim()).slice(-2000);
  throw new OverlayError(
    'OVL_TESTBED_COMMAND',
    `\`${argv.join(' ')}\` ended with code ${result.code}: ${said || 'it printed nothing'}`,
  );
}

function startFailure(argv: readonly string[], cause: Error): OverlayError {
  const why =
    cause.name === 'AbortError'
      ? 'was interrupted'
      : `could not be started (${cause.message}). Run \`node scripts/setup.mjs demo\``;
  return new OverlayError('OVL_TESTBED_COMMAND', `\`${argv.join(' ')}\` ${why}`, { cause });
}
