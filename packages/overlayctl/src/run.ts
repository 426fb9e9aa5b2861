import { OverlayError } from '@overlay/cidr';
import type { CommanderError } from 'commander';
import { loadCommand } from './command-loaders.js';
import { COMMANDS, TESTBED_GROUPS } from './command-table.js';
import { resolveSettings } from './config.js';
import { createContext } from './context.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import type { Io } from './io.js';
import { printable } from './output/text.js';
import { buildProgram, type Invocation } from './program.js';

/**
 * Runs one command line, without `node` and the script. Resolves to the exit status and never rejects: an error is one line
 * `overlayctl: OVL_CODE: message` on stderr.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    if (TESTBED_GROUPS.some(({ name }) => name === argv[0])) return await runTestbed(argv, io);
    return await runCommand(argv, io);
  } catch (error) {
    return report(asUsageError(error), io, argv);
  }
}

async function runTestbed([group, ...rest]: readonly string[], io: Io): Promise<number> {
  const { runDemo, runEtcd } = await import('@overlay/testbed');
  const { stdout, stderr, signal } = io;
  return (group === 'demo' ? runDemo : runEtcd)(rest, { stdout, stderr, signal });
}

async function runCommand(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.done;
  const program = buildProgram(io, async (invocation) => {
    code = await execute(invocation, io);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    // Help and version were printed.
    if (isCommanderError(error) && error.exitCode === 0) return EXIT.done;
    throw error;
  }
  return code;
}

async function execute({ words, args, options, flags }: Invocation, io: Io): Promise<number> {
  const context = createContext(io, resolveSettings(flags, io.env));
  try {
    const command = await loadCommand(words);
    return (await command(context, args, options)) ?? EXIT.done;
  } finally {
    await context.close();
  }
}

function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'exitCode' in error && error.name === 'CommanderError';
}

/** commander's own texts start with "error: " and put a suggestion on a second line. */
function asUsageError(error: unknown): unknown {
  if (!isCommanderError(error)) return error;
  const shown = error.code === 'commander.help';
  const text = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return new OverlayError('OVL_USAGE', shown ? 'a command is missing' : `${text}; see overlayctl --help`, {
    cause: error,
  });
}

function report(error: unknown, io: Io, argv: readonly string[]): number {
  const code = error instanceof OverlayError ? error.code : 'OVL_INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  io.stderr.write(`overlayctl: ${code}: ${printable(message)}\n`);
  const usageExit =
    code === 'OVL_USAGE' ? COMMANDS.find(({ name }) => name === argv[0])?.usageExit : undefined;
  return usageExit ?? exitCodeOf(error);
}
