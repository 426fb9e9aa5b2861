/** A flag given to dockerd outside daemon.json. */
export interface DockerdFlag {
  /** Without dashes; `-b` is `bridge`. */
  readonly name: string;
  /** Empty for a flag without one: `--ipv6`. */
  readonly value: string;
  /** Where it is given: `/lib/systemd/system/docker.service`, `the running dockerd (pid 712)`. */
  readonly place: string;
}

/** A text file and where it is. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** The flags among the arguments of a dockerd command line (pflag syntax: `--name=value`, `--name value`, `-b value`). */
export function flagsOfArguments(args: readonly string[], place: string): DockerdFlag[] {
  return args.flatMap((argument, index) => {
    const match = /^(?:--([a-z][a-z0-9-]*)|-(b))(?:=(.*))?$/s.exec(argument);
    if (!match) return [];
    const next = args[index + 1] ?? '';
    const value = match[3] ?? (next.startsWith('-') ? '' : next);
    return [{ name: match[1] ?? 'bridge', value, place }];
  });
}

/**
 * The flags that a systemd unit and its drop-ins, in the order systemd reads them, give to dockerd, and the environment files they name
 * (systemd.service(5): an empty `ExecStart=` forgets the ones before; systemd.exec(5): `-` before a path allows it to be absent).
 */
export function flagsOfUnit(files: readonly TextFile[]): {
  flags: DockerdFlag[];
  environmentFiles: string[];
} {
  let started: DockerdFlag[] = [];
  const environment: DockerdFlag[] = [];
  const environmentFiles: string[] = [];
  for (const { path, text } of files) {
    for (const [key, value] of assignments(text)) {
      if (key === 'ExecStart') started = value === '' ? [] : [...started, ...flagsOfText(value, path)];
      if (key === 'Environment') environment.push(...flagsOfText(value, path));
      if (key === 'EnvironmentFile') environmentFiles.push(value.replace(/^-/, ''));
    }
  }
  return { flags: [...started, ...environment], environmentFiles };
}

/** The flags in the values of a file of shell assignments: `DOCKER_OPTS="--bip=10.5.1.1/24 --mtu=1450"`. */
export function flagsOfEnvironmentFile({ path, text }: TextFile): DockerdFlag[] {
  return lines(text).flatMap((line) => flagsOfText(line, path));
}

function assignments(text: string): [string, string][] {
  return lines(text).flatMap((line) => {
    const match = /^([A-Za-z]+)\s*=\s*(.*)$/s.exec(line);
    return match ? [[match[1] ?? '', (match[2] ?? '').trim()]] : [];
  });
}

/** Logical lines: a backslash at the end continues, `#` and `;` at the start comment. */
function lines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line));
}

function flagsOfText(text: string, place: string): DockerdFlag[] {
  const words = text
    .replace(/["']/g, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[A-Za-z_][A-Za-z0-9_]*=(?=-|$)/, ''))
    .filter((word) => word !== '');
  return flagsOfArguments(words, place);
}

/** The flag that makes dockerd read another file than `path`. */
export function otherConfigFile(flags: readonly DockerdFlag[], path: string): DockerdFlag | undefined {
  return flags.find((flag) => flag.name === 'config-file' && flag.value !== path);
}
