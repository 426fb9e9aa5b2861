import { OverlayError } from '@overlay/cidr';
import { type CommandOptions, type CommandResult, run, tryRun } from './command.js';
import type { Engine } from './engine.js';
import { IMAGE } from './image.js';

/** What `docker run` is asked for. */
export interface ContainerSpec {
  /** Two characters or more. */
  readonly name: string;
  /** The Docker network; the default one (docker0) when left out. */
  readonly network?: string;
  /** More arguments of `docker run`, before the image: `['--publish', '8080:80']`. */
  readonly args?: readonly string[];
  /** The command; a web server on port 80 when left out. */
  readonly command?: readonly string[];
}

/** Where a running container is. */
interface ContainerFacts {
  /** Its IPv4 address in its first network, empty with `--network none` or `host`. */
  readonly ip: string;
  /** Its IPv6 address, empty without one. */
  readonly ip6: string;
  readonly mac: string;
  /** The file of its network namespace, as the engine sees it. */
  readonly sandbox: string;
}

/** A running container. */
export class Container {
  readonly ip: string;
  readonly ip6: string;
  readonly mac: string;
  readonly #sandbox: string;

  constructor(
    readonly engine: Engine,
    readonly name: string,
    facts: ContainerFacts,
  ) {
    this.ip = facts.ip;
    this.ip6 = facts.ip6;
    this.mac = facts.mac;
    this.#sandbox = facts.sandbox;
  }

  /** `docker exec`: slow (about 100 ms) and true to what people type. */
  exec(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.engine.docker(['exec', this.name, ...argv], options);
  }

  /** Runs one of the machine's own programs in the container's network namespace: fast, and not limited to busybox. */
  net(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return run(this.inside(argv), options);
  }

  /** Like {@link net}, for a command that may fail. */
  tryNet(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return tryRun(this.inside(argv), options);
  }

  /** The command line that runs `argv` in the container's network namespace. */
  inside(argv: readonly string[]): string[] {
    return ['nsenter', `--net=${this.engine.pathInside(this.#sandbox)}`, '--', ...argv];
  }

  /** Whether `count` pings get an answer, each within a second. */
  async pings(address: string, count = 1): Promise<boolean> {
    const { code } = await this.tryNet([
      'ping',
      '-n',
      '-q',
      '-c',
      String(count),
      '-i',
      '0.05',
      '-W',
      '1',
      address,
    ]);
    return code === 0;
  }

  /** Fetches from a web server with busybox, as a container would; rejects when there is no answer in `seconds`. */
  async fetch(url: string, seconds = 3): Promise<string> {
    // No `-T`: Debian's static busybox crashes on it.
    const { stdout } = await this.net(['busybox', 'wget', '-q', '-O', '-', url], {
      timeoutMs: seconds * 1000,
    });
    return stdout.trim();
  }

  /**
   * The address this container's packets come from, as the container at `address` sees it (an IPv6 `address` in brackets).
   * @throws OverlayError OVL_TESTBED_COMMAND when there is no answer.
   */
  async sourceSeenBy(address: string): Promise<string> {
    const answer = await this.fetch(`http://${address}/cgi-bin/whoami`);
    return /source=(\S+)/.exec(answer)?.[1] ?? answer;
  }

  async logs(): Promise<string> {
    const { stdout, stderr } = await this.engine.docker(['logs', this.name]);
    return stdout + stderr;
  }

  async remove(): Promise<void> {
    await this.engine.docker(['rm', '--force', '--volumes', this.name]);
  }
}

interface Endpoint {
  readonly IPAddress: string;
  readonly GlobalIPv6Address: string;
  readonly MacAddress: string;
}

interface Inspected {
  readonly NetworkSettings: {
    readonly SandboxKey: string;
    readonly Networks: Readonly<Record<string, Endpoint>>;
  };
}

/** Starts a container and reads where it is. */
export async function runContainer(engine: Engine, spec: ContainerSpec): Promise<Container> {
  const network = spec.network === undefined ? [] : ['--network', spec.network];
  // Process 1 ignores SIGTERM unless it handles it: without KILL every stop would take ten seconds.
  const flags = [
    '--detach',
    '--stop-signal',
    'KILL',
    '--name',
    spec.name,
    '--hostname',
    spec.name,
    ...network,
  ];
  await engine.docker(['run', ...flags, ...(spec.args ?? []), IMAGE, ...(spec.command ?? [])]);
  return inspectContainer(engine, spec.name);
}

/** @throws OverlayError OVL_TESTBED_COMMAND when there is no such container. */
export async function inspectContainer(engine: Engine, name: string): Promise<Container> {
  const { stdout } = await engine.docker(['inspect', '--type', 'container', name]);
  const [found] = JSON.parse(stdout) as Inspected[];
  if (found === undefined)
    throw new OverlayError(
      'OVL_TESTBED_COMMAND',
      `docker inspect said nothing about ${name}. Look at \`docker ps -a\``,
    );
  const { SandboxKey, Networks } = found.NetworkSettings;
  const [endpoint] = Object.values(Networks);
  return new Container(engine, name, {
    ip: endpoint?.IPAddress ?? '',
    ip6: endpoint?.GlobalIPv6Address ?? '',
    mac: endpoint?.MacAddress ?? '',
    sandbox: SandboxKey,
  });
}
