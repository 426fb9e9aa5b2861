import { OverlayError } from '@overlay/cidr';
import type { CommandRun } from '../command-spec.js';
import { SHELLS, completionScript } from '../completion-script.js';

export const run: CommandRun = ({ io }, [wanted = '']) => {
  const shell = SHELLS.find((one) => one === wanted);
  if (shell === undefined) {
    throw new OverlayError(
      'OVL_USAGE',
      `no completion for ${JSON.stringify(wanted)}; there is ${SHELLS.join(', ')}`,
    );
  }
  io.stdout.write(completionScript(shell));
  return Promise.resolve(undefined);
};
