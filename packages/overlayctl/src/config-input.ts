import { createReadStream } from 'node:fs';
import { OverlayError } from '@overlay/cidr';
import { parseNetworkConfig, type NetworkConfig } from '@overlay/lease';
import { readAll, type Io } from './io.js';

/** Far more than etcd takes in one value (1.5 MiB). */
const MAX_BYTES = 2 * 1024 * 1024;

export interface ConfigInput {
  /** Without blanks around it. */
  readonly text: string;
  readonly config: NetworkConfig;
}

/**
 * A network config from a file, from standard input (`-`), or the argument itself when it starts with `{`. Its warnings go
 * to stderr.
 * @throws OverlayError `OVL_INPUT_UNREADABLE` or `OVL_CONFIG_INVALID`
 */
export async function readConfig(io: Io, argument: string): Promise<ConfigInput> {
  const text = (await readText(io, argument)).trim();
  const config = parseNetworkConfig(text);
  for (const { code, message } of config.warnings)
    io.stderr.write(`overlayctl: warning: ${code}: ${message}\n`);
  return { text, config };
}

async function readText(io: Io, argument: string): Promise<string> {
  if (argument.trimStart().startsWith('{')) return argument;
  try {
    return await readAll(argument === '-' ? io.stdin : createReadStream(argument, { end: MAX_BYTES }));
  } catch (error) {
    throw new OverlayError('OVL_INPUT_UNREADABLE', `cannot read the config: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
