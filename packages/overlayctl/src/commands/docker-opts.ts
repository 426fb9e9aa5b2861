import { readFile, writeFile } from 'node:fs/promises';
import { OverlayError } from '@overlay/cidr';
import { dockerOptions, parseSubnetEnv } from '@overlay/lease';
import type { CommandRun, Options } from '../command-spec.js';
import type { Context } from '../context.js';
import { EXIT } from '../exit-code.js';
import { gatewayRoute } from '../kernel-routes.js';

/** As mk-docker-opts.sh of Flannel: its options, its file, its exit statuses. */
export const run: CommandRun = async ({ io }, _args, options) => {
  const subnetEnvText = await readIfThere(text(options, 'f') ?? '/run/flannel/subnet.env');
  const flags = {
    individual: options['i'] === true,
    combined: options['c'] === true,
    ipMasqOff: options['m'] === true,
    key: text(options, 'k') ?? 'DOCKER_OPTS',
  };
  const { output, exitCode, stderr } = dockerOptions({ subnetEnvText, flags, environment: io.env });
  io.stderr.write(stderr);
  if (output !== null) await write(text(options, 'd') ?? '/run/docker_opts.env', output);
  if (exitCode !== 0) return exitCode;
  return warnOfRoute(io, subnetEnvText);
};

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new OverlayError('OVL_INPUT_UNREADABLE', `cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function write(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new OverlayError('OVL_OUTPUT_UNWRITABLE', `cannot write ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A subnet that the kernel sends to a gateway is somebody else's: Docker's bridge would collide with it. */
async function warnOfRoute(
  io: Context['io'],
  subnetEnvText: string | undefined,
): Promise<number | undefined> {
  const subnets = parseSubnetEnv(subnetEnvText ?? '').subnets;
  if (subnets === undefined) return undefined;
  const route = gatewayRoute((await readIfThere('/proc/net/route')) ?? '', subnets.subnet);
  if (route === undefined) return undefined;
  io.stderr.write(`Your routing table already contains the subnet: ${route}\n`);
  return EXIT.failed;
}
