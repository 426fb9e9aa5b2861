import { OverlayError } from '@overlay/cidr';
import { EXIT, exitCodeOf, type Io } from '../io.js';
import { breakSomething, down, exec, status } from './commands.js';
import { parseUp, USAGE, usage } from './options.js';
import { up } from './up.js';

const CODES: Readonly<Record<string, number>> = {
  OVL_USAGE: EXIT.usage,
  OVL_TESTBED_ABSENT: EXIT.absent,
  OVL_TESTBED_BUSY: EXIT.conflict,
  OVL_DEMO_RUNNING: EXIT.conflict,
};

/** `overlayctl demo ...`: runs one command and gives its exit code; an error is one line on stderr. Never rejects for an OverlayError. */
export function runDemo(argv: readonly string[], io: Io): Promise<number> {
  return exitCodeOf(async () => dispatch(argv, io), io, CODES);
}

function dispatch([command = '', ...rest]: readonly string[], io: Io): Promise<number> {
  if (['help', '--help', '-h'].includes(command) || rest[0] === '--help') {
    io.stdout.write(USAGE);
    return Promise.resolve(EXIT.done);
  }
  if (process.getuid?.() !== 0)
    throw new OverlayError('OVL_TESTBED_ROOT', 'The demo makes network namespaces: run it as root');
  switch (command) {
    case 'up':
      return up(parseUp(rest), io);
    case 'status':
      return status(io);
    case 'exec':
      return exec(rest, io);
    case 'break':
      return breakSomething(rest, io);
    case 'down':
      return down(io);
    default:
      throw usage(
        command === '' ? 'a command is missing' : `"${command}" is none of up, status, exec, break, down`,
      );
  }
}
