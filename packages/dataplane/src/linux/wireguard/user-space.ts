import { commandRunner, findTool } from '../firewall/command.js';
import type { Refusal } from '../refusal.js';

export const WIREGUARD_GO = 'wireguard-go';
const START_TIMEOUT_MS = 15_000;

/**
 * Makes a device by wireguard-go in the namespace of the file `netns`. It puts itself into the background once the device and its socket
 * stand, in a session of its own: it goes on when this process ends.
 */
export async function startWireguardGo(
  name: string,
  netns: string | undefined,
): Promise<Refusal | undefined> {
  const program = findTool(WIREGUARD_GO);
  if (program === undefined) return NEITHER;
  const prefix = netns === undefined ? ['setsid'] : ['nsenter', `--net=${netns}`, '--', 'setsid'];
  const { code, stderr } = await commandRunner(prefix, START_TIMEOUT_MS)([program, name]);
  if (code === 0) return undefined;
  const said = stderr.split('\n').filter((line) => line.startsWith('ERROR') || line.startsWith('Failed'));
  return {
    code: 'OVL_WIREGUARD_GO',
    message: `${program} could not make the device ${name} (exit code ${String(code)}): ${said.join('; ') || stderr.slice(-300)}`,
  };
}

const NEITHER: Refusal = {
  code: 'OVL_WIREGUARD_MISSING',
  message:
    'this kernel has no WireGuard and wireguard-go is not installed: load the module (modprobe wireguard), install wireguard-go (slower), or choose another backend',
};
