import { OverlayError } from '@overlay/cidr';
import type { DockerAgent, DockerProblem, DockerReport, DockerWish } from '../model.js';
import { problem } from '../problem.js';
import { ensureDaemonJson, restoreDaemonJsonFile, type FileOutcome } from './daemon-json-mode.js';
import { Deadline } from './deadline.js';
import { DefaultBridgeMode } from './default-bridge-mode.js';
import { DockerEngine, type EngineFacts } from './docker-engine.js';
import { ensureNetwork, removeNetwork } from './network-mode.js';
import { withDefaults, type DockerAgentOptions, type Settings } from './options.js';
import { watchDocker } from './watch.js';

export type { DockerAgentOptions, UnitFiles } from './options.js';

const OFF: DockerReport = { mode: 'off', reachable: false, state: 'off', problems: [], changes: [] };
/** How long what `GET /info` said is taken for true. */
const FACTS_MS = 60_000;
const NO_FILE: FileOutcome = { problems: [], changes: [] };

/** Opens the agent of this host's Docker. Nothing is loaded or connected before the first call; with mode `off` nothing ever is. */
export function openDockerAgent(options: DockerAgentOptions): DockerAgent {
  const settings = withDefaults(options);
  if (settings.mode === 'off')
    return {
      ensure: () => Promise.resolve(OFF),
      watch: () => ({ close: () => undefined }),
      cleanup: () => Promise.resolve([]),
    };
  return new Agent(settings);
}

class Agent implements DockerAgent {
  private readonly defaultBridge: DefaultBridgeMode;
  private facts: { readonly value: EngineFacts; readonly until: number } | undefined;

  constructor(private readonly settings: Settings) {
    this.defaultBridge = new DefaultBridgeMode(settings);
  }

  async ensure(wish: DockerWish): Promise<DockerReport> {
    const deadline = new Deadline(this.settings.timeoutMs);
    const file = wish.mode === 'daemon-json' ? await this.file(wish, deadline) : NO_FILE;
    // A restart without our keys in the file would stop containers for nothing.
    const restart = file.problems.length > 0 ? 'never' : wish.restart;
    const docker = await this.docker({ ...wish, restart }, deadline);
    return {
      ...docker,
      state: stateOf(file.problems) ?? docker.state,
      problems: [...file.problems, ...docker.problems],
      changes: [...file.changes, ...docker.changes],
    };
  }

  watch(listener: (reason: string) => void): { close(): void } {
    return watchDocker(this.settings.socketPath, this.settings.timeoutMs, listener);
  }

  async cleanup(wish: Pick<DockerWish, 'instance' | 'network' | 'mode'>): Promise<readonly string[]> {
    const deadline = new Deadline(this.settings.timeoutMs);
    try {
      if (wish.mode === 'daemon-json') return await restoreDaemonJsonFile(this.settings, deadline);
      const engine = await DockerEngine.at(this.settings.socketPath, deadline);
      return await removeNetwork(engine, wish.instance, wish.network);
    } catch (error) {
      return [asProblem(error, this.settings).message];
    }
  }

  private async file(wish: DockerWish, deadline: Deadline): Promise<FileOutcome> {
    try {
      return await deadline.within('daemon.json', ensureDaemonJson(this.settings, wish, deadline));
    } catch (error) {
      return { problems: [asFileProblem(error, this.settings)], changes: [] };
    }
  }

  private async docker(wish: DockerWish, deadline: Deadline): Promise<DockerReport> {
    let facts: EngineFacts | undefined;
    try {
      const engine = await DockerEngine.at(this.settings.socketPath, deadline);
      facts = await this.recentFacts(engine);
      const found =
        wish.mode === 'network'
          ? await ensureNetwork(engine, facts, wish)
          : await this.defaultBridge.ensure(engine, wish, deadline);
      return { mode: wish.mode, ...known(facts), ...found };
    } catch (error) {
      this.facts = undefined;
      const state = facts ? 'failed' : 'waiting';
      return {
        mode: wish.mode,
        ...known(facts),
        state,
        problems: [asProblem(error, this.settings)],
        changes: [],
      };
    }
  }

  /** They change only when dockerd starts anew, which shows as a failed call or, at the latest, after a minute. */
  private async recentFacts(engine: DockerEngine): Promise<EngineFacts> {
    await engine.ping();
    const now = performance.now();
    if (this.facts === undefined || now > this.facts.until) {
      this.facts = { value: await engine.facts(), until: now + FACTS_MS };
    }
    return this.facts.value;
  }
}

function known(
  facts: EngineFacts | undefined,
): Pick<DockerReport, 'reachable' | 'version' | 'firewallBackend'> {
  return facts
    ? { reachable: true, version: facts.version, firewallBackend: facts.firewallBackend }
    : { reachable: false };
}

/** What a problem with daemon.json makes of the report, whatever Docker itself says. */
function stateOf(problems: readonly DockerProblem[]): DockerReport['state'] | undefined {
  if (problems.length === 0) return undefined;
  const conflicts = ['OVL_DOCKER_FLAG_CONFLICT', 'OVL_DOCKER_NO_DEFAULT_BRIDGE'];
  return problems.some((found) => conflicts.includes(found.code)) ? 'conflict' : 'failed';
}

function asFileProblem(error: unknown, { daemonJson }: Settings): DockerProblem {
  if (error instanceof OverlayError) return { code: error.code, message: error.message };
  const why = (error as Error).message;
  return problem(
    'OVL_DOCKER_JSON_UNREADABLE',
    `${daemonJson} cannot be read (${why}); it was left alone. It is tried again.`,
  );
}

const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ECONNRESET', 'EPIPE', 'ENOTSOCK']);

function asProblem(error: unknown, { socketPath }: Settings): DockerProblem {
  if (error instanceof OverlayError) return { code: error.code, message: error.message };
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!ABSENT.has(code))
    return problem('OVL_DOCKER_FAILED', `Docker refused: ${message.trim()}. It is tried again.`);
  return problem(
    'OVL_DOCKER_UNREACHABLE',
    `Docker does not answer at ${socketPath} (${code}). The overlay runs without it; containers get their network when Docker is there.`,
  );
}
