/** `${NAME}` or `$NAME`. */
const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

export type CommandEnvironment = Readonly<Record<string, string>>;

/**
 * Program and arguments of a command as Flannel reads it: split on white space, then `$NAME` and `${NAME}` expanded within each word,
 * an unknown name to nothing. No shell: quotes, pipes and redirections are plain characters, and a value with spaces stays one word. Empty
 * for an empty command.
 */
export function commandWords(command: string, environment: CommandEnvironment): readonly string[] {
  const words = command.split(/\s+/).filter((word) => word !== '');
  return words.map((word) =>
    word.replace(VARIABLE, (_, braced: string | undefined, plain: string | undefined) => {
      const name = braced ?? plain ?? '';
      return Object.hasOwn(environment, name) ? (environment[name] ?? '') : '';
    }),
  );
}
