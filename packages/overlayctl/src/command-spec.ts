import type { Context } from './context.js';

/** Options of a command as commander gives them: camelCase names. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** Runs a command. Resolves to the exit status where it is not 0; rejects with an OverlayError. */
export type CommandRun = (
  context: Context,
  args: readonly string[],
  options: Options,
) => Promise<number | undefined>;

/** One command as help and completion show it. Its code is in command-loaders.ts. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** commander's notation: `<subnet>`, `[file]`. */
  readonly arguments?: readonly (readonly [notation: string, description: string])[];
  readonly options?: readonly (readonly [notation: string, description: string])[];
  /** Exit status for wrong usage, where it is not 2. */
  readonly usageExit?: number;
}

export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandSpec[];
}
