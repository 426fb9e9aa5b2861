import { defaultBridge, type DefaultBridge } from '../default-bridge.js';
import { desiredKeys } from '../daemon-json-keys.js';
import type { DockerProblem, DockerWish } from '../model.js';
import { problem } from '../problem.js';
import { readRecord, writeRecord } from './daemon-json-state.js';
import type { Deadline } from './deadline.js';
import type { DockerEngine, EngineFacts } from './docker-engine.js';
import type { ModeReport } from './network-mode.js';
import type { Settings } from './options.js';
import { restartCommand, runRestart } from './restart.js';

const BY_HAND =
  'Restart Docker (systemctl restart docker); that stops its containers unless live-restore is on.';

const RESTARTING = 'Docker is being restarted.';

/** What to tell the administrator about the restart. */
interface RestartOutcome {
  readonly advice: string;
  readonly changes: readonly string[];
}

/** Compares what Docker uses with the lease, and restarts Docker when the wish says so: once for each wish. */
export class DefaultBridgeMode {
  private restarting: Promise<string> | undefined;

  constructor(private readonly settings: Settings) {}

  /** Throws what Docker's API throws. */
  async ensure(engine: DockerEngine, wish: DockerWish, deadline: Deadline): Promise<ModeReport> {
    const real = await this.compare(engine, wish);
    if (real.differences.length === 0) return report('ready', real, [], []);
    const facts = await engine.facts();
    const never = { advice: BY_HAND, changes: [] };
    const { advice, changes } = wish.restart === 'never' ? never : await this.restart(wish, deadline);
    // The API goes with dockerd; the watch hears it come back and causes the next pass, which compares.
    return report('restart-required', real, [differs(real, facts, advice)], changes);
  }

  private async compare(engine: DockerEngine, wish: DockerWish): Promise<DefaultBridge> {
    const network = (await engine.networks()).find((candidate) => candidate.name === 'bridge');
    return network
      ? defaultBridge(network, wish)
      : { bridge: 'docker0', differences: ['no default network, wanted one'] };
  }

  private async restart(wish: DockerWish, deadline: Deadline): Promise<RestartOutcome> {
    if (this.restarting) return { advice: RESTARTING, changes: [] };
    const command = restartCommand(this.settings.restartCommand);
    if (!command) return { advice: `Nothing here can restart Docker for overlayd. ${BY_HAND}`, changes: [] };
    const record = await readRecord(this.settings.stateFile);
    const restartedFor = JSON.stringify([...desiredKeys(wish, false)]);
    if (record.restartedFor === restartedFor) {
      return { advice: `Docker was restarted for this once. ${BY_HAND}`, changes: [] };
    }
    await writeRecord(this.settings.stateFile, { ...record, restartedFor });
    this.restarting = runRestart(command).finally(() => (this.restarting = undefined));
    const advice = await Promise.race([this.restarting, deadline.passed(RESTARTING)]);
    return { advice, changes: [`restarted Docker (${command.join(' ')})`] };
  }
}

function report(
  state: 'ready' | 'restart-required',
  real: DefaultBridge,
  problems: readonly DockerProblem[],
  changes: readonly string[],
): ModeReport {
  const { differences: _, ...used } = real;
  return { state, problems, changes, ...used };
}

function differs(real: DefaultBridge, facts: EngineFacts, advice: string): DockerProblem {
  const kept =
    facts.liveRestore && facts.containersRunning > 0
      ? ` live-restore keeps the old network as long as a container runs (${facts.containersRunning} now).`
      : '';
  return problem(
    'OVL_DOCKER_SUBNET_DIFFERS',
    `Docker's ${real.bridge} is not what the lease says: ${real.differences.join('; ')}.${kept} ${advice}`,
  );
}
