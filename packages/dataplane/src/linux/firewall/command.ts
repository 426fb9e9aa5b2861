import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** The only places a system tool is looked for: a PATH of the caller's could name another. */
const DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/local/bin'];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** The shell's code for a command that is not there. */
const NOT_RUN = 127;

/** What a finished child said. `code` is null when it was killed, for its time or its output, and 127 when it had no chance: see {@link answered}. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether it was the tool that said so: not when it could not be started, was killed, or did not get its input. */
export const answered = ({ code }: Pick<CommandResult, 'code'>): boolean => code !== null && code !== NOT_RUN;

/** The cause of a failure that says nothing about what was asked of the tool. */
export class Unanswered extends Error {}

/** Runs one command to its end. */
export type RunCommand = (argv: readonly string[], stdin?: string) => Promise<CommandResult>;

/** Absolute path of a tool in the fixed directories; undefined when it is in none. */
export function findTool(name: string): string | undefined {
  if (name.startsWith('/')) return name;
  return DIRECTORIES.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Commands as argument arrays, never through a shell, with an environment of their own. Never rejects: a tool that cannot be started, or
 * ends well without its input, is code 127.
 *
 * @param prefix argv to put before each command, such as `['nsenter', '--net=/run/netns/x']`
 * @param timeoutMs after which the child is killed
 */
export function commandRunner(prefix: readonly string[], timeoutMs: number): RunCommand {
  const [tool, ...rest] = prefix;
  const resolved = tool === undefined ? [] : [findTool(tool) ?? tool, ...rest];
  return (argv, stdin = '') =>
    runOnce([...resolved, ...argv], stdin, timeoutMs).catch((error: unknown) => ({
      code: NOT_RUN,
      stdout: '',
      stderr: String(error),
    }));
}

function runOnce(argv: readonly string[], stdin: string, timeoutMs: number): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, {
      env: { LC_ALL: 'C', PATH: DIRECTORIES.join(':') },
      cwd: '/',
    });
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(kill, timeoutMs);
    const output = collect(child.stdout, kill);
    const errors = collect(child.stderr, kill);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    let lost: Error | undefined;
    child.on('close', (code) => {
      clearTimeout(timer);
      if (lost !== undefined && stdin !== '' && code === 0) reject(lost);
      else resolve({ code, stdout: output(), stderr: errors().trim() });
    });
    // A child that fails without reading is reported by its exit code, not by EPIPE; one that reads less than there is may call it well done.
    child.stdin.on('error', (error) => (lost = error));
    child.stdin.end(stdin);
  });
}

function collect(stream: NodeJS.ReadableStream, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
