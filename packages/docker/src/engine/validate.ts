import { execFile } from 'node:child_process';
import { OverlayError } from '@overlay/cidr';

/**
 * Asks `dockerd --validate` (Docker 23.0 and later) about a daemon.json. Passes where there is no such dockerd or flag. Throws
 * OVL_DOCKER_JSON_REJECTED with what dockerd said, or when it did not answer within `timeoutMs`.
 */
export async function validateDaemonJson(dockerd: string, path: string, timeoutMs: number): Promise<void> {
  const said = await run(dockerd, ['--validate', '--config-file', path], timeoutMs);
  if (said === undefined || said.includes('unknown flag: --validate')) return;
  const message = `dockerd --validate refuses the daemon.json that the lease needs, so nothing was written: ${said}`;
  throw new OverlayError('OVL_DOCKER_JSON_REJECTED', message);
}

/** What the program wrote when it failed; undefined when it succeeded or does not exist. */
function run(program: string, args: string[], timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (!error || error.code === 'ENOENT') resolve(undefined);
      else
        resolve(
          (stderr + stdout).trim() || (error.killed ? `no answer within ${timeout} ms` : error.message),
        );
    });
  });
}
