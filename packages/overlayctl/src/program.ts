import { Command } from 'commander';
import type { CommandSpec, Options } from './command-spec.js';
import { COMMANDS, GLOBAL_OPTIONS, GROUPS, TESTBED_GROUPS } from './command-table.js';
import type { Flags } from './config.js';
import type { Io } from './io.js';
import { ownVersion } from './own-version.js';

/** A command as typed. */
export interface Invocation {
  /** `lease list` */
  readonly words: string;
  readonly args: readonly string[];
  readonly options: Options;
  readonly flags: Flags;
}

const EPILOGUE = `
Each --etcd-* option, --instance and --socket also come from OVERLAYD_<NAME> and FLANNELD_<NAME>, etcd's endpoints and
prefix also from FLANNEL_ETCD_ENDPOINTS and FLANNEL_ETCD_PREFIX.
Exit status: 0 done, 1 failed, 2 usage or bad input, 3 not found, 4 conflict, 5 unreachable.`;

/** The commander program; `invoke` is called with the one command that was typed. */
export function buildProgram(io: Io, invoke: (invocation: Invocation) => Promise<void>): Command {
  const program = new Command('overlayctl')
    .description('Look at and steer the overlay network of this host and its cluster.')
    .version(ownVersion(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      // Reported by run(), in one line.
      outputError: () => undefined,
    })
    .addHelpText('after', EPILOGUE);
  for (const [notation, description] of GLOBAL_OPTIONS) program.option(notation, description);
  for (const group of GROUPS) {
    const parent = program.command(group.name).description(group.summary);
    for (const spec of group.commands)
      addCommand([parent, program], `${group.name} ${spec.name}`, spec, invoke);
  }
  for (const spec of COMMANDS) addCommand([program, program], spec.name, spec, invoke);
  // For the help only: run() passes their arguments to the testbed unread.
  for (const { name, summary } of TESTBED_GROUPS) program.command(name).description(summary);
  return program;
}

function addCommand(
  [parent, program]: readonly [Command, Command],
  words: string,
  spec: CommandSpec,
  invoke: (invocation: Invocation) => Promise<void>,
): void {
  const command = parent.command(spec.name).description(spec.summary);
  for (const [notation, description] of spec.arguments ?? []) command.argument(notation, description);
  for (const [notation, description] of spec.options ?? []) command.option(notation, description);
  command.action(async () => {
    const flags = flagsOf(program);
    await invoke({ words, args: command.args, options: command.opts<Options>(), flags });
  });
}

/** commander's camelCase back to the flag's own name. */
function flagsOf(program: Command): Flags {
  return Object.fromEntries(
    program.options.map((option) => [
      option.long?.slice(2) ?? '',
      program.getOptionValue(option.attributeName()) as string | undefined,
    ]),
  );
}
