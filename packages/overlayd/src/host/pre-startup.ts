import { OverlayError } from '@overlay/cidr';
import { runProgram } from '@overlay/dataplane/linux';
import { commandWords, type CommandEnvironment } from '../backends/extension-command.js';

const TIMEOUT_MS = 60_000;

/**
 * Runs PreStartupCommand of the extension backend and returns its trimmed output, standard output and error together: the lease's
 * BackendData. Not through a shell. Killed after a minute.
 * @throws OverlayError OVL_EXTENSION_COMMAND with the last line of its output when it fails, or says more than 64 KiB
 */
export async function runPreStartup(command: string, env: CommandEnvironment): Promise<string> {
  const request = { argv: commandWords(command, env), environment: env, input: '', timeoutMs: TIMEOUT_MS };
  const { ok, output, truncated, reason } = await runProgram(request);
  if (ok && !truncated) return output.trim();
  throw new OverlayError(
    'OVL_EXTENSION_COMMAND',
    `PreStartupCommand of the extension backend failed: ${ok ? 'its output is longer than 64 KiB, and a lease holds it' : reason}. Correct it with \`overlayctl config set\``,
  );
}
