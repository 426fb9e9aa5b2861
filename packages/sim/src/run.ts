import { drawActions, heal, unleash } from './nemesis/schedule.js';
import type { Action } from './nemesis/model.js';
import { everyLeaseIsReached, everyNodeHasALease, kernelIsThePlan, kernelTexts } from './invariants/final.js';
import { Random } from './random.js';
import type { Mutation } from './sim-node.js';
import { World, type Midst, type Violation } from './world.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const EPISODES = 3;
const CHAOS_MS = 20 * MINUTE_MS;
const CALM_MS = 5 * MINUTE_MS;
const WARM_UP_MS = 2 * MINUTE_MS;
/** Longer than removals are held, than backends linger, and than the longest back-off. */
const SETTLE_MS = 20 * MINUTE_MS;
/** Longer than from one complete list to the next. */
const QUIET_MS = 6 * MINUTE_MS;

export interface ClusterSize {
  readonly nodes: number;
  readonly ttlSeconds: number;
  /** How many may be leased. */
  readonly subnets: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly days?: number;
  /** Leaps over no quiet hour. */
  readonly full?: boolean;
  readonly mutation?: Mutation;
  /** Those of the seed unless given. */
  readonly cluster?: ClusterSize;
  /** The faults, by episode; those of the seed unless given. */
  readonly plan?: readonly (readonly Action[])[];
}

export interface RunResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly plan: readonly (readonly Action[])[];
  /** Equal for equal runs. */
  readonly digest: string;
  readonly last: readonly string[];
  readonly events: number;
  readonly kernelChanges: number;
  readonly midst: Midst;
}

interface Setting {
  readonly cluster: ClusterSize;
  readonly plan: readonly (readonly Action[])[];
}

function settingOf({ seed, days = 1, plan, cluster: given }: RunOptions): Setting {
  const random = new Random(seed ^ 0x5eed);
  const nodes = random.pick([3, 3, 3, 4, 4, 5]);
  const ttlSeconds = random.pick([60, 120, 600, 3600]);
  const cluster = given ?? { nodes, ttlSeconds, subnets: nodes + random.below(5) };
  const episodes = Math.max(1, Math.round(days * EPISODES));
  const drawn = Array.from({ length: episodes }, (_, n) =>
    drawActions(random.fork(n), cluster.nodes, CHAOS_MS),
  );
  return { cluster, plan: plan ?? drawn };
}

async function start(world: World): Promise<void> {
  world.configure({ Type: 'vxlan' });
  for (const node of world.nodes) world.scheduler.at(world.random.between(0, 5000), () => node.start());
  await world.runFor(WARM_UP_MS);
  world.backup = world.etcd.save();
}

async function episode(world: World, actions: readonly Action[]): Promise<void> {
  const end = unleash(world, actions);
  await world.runFor(CHAOS_MS);
  end();
  heal(world);
  await world.runFor(CALM_MS);
}

/** I10: what is verified now is right, and nothing is written. */
async function quiet(world: World): Promise<string | undefined> {
  const counts = (): readonly number[] => [
    world.kernelChanges,
    world.etcd.writes,
    ...world.nodes.map(({ firewall }) => firewall.writes),
  ];
  const before = counts();
  await world.runFor(QUIET_MS);
  const after = counts();
  return before.join() === after.join()
    ? undefined
    : `something is still written: kernel, etcd, firewalls ${before.join()} became ${after.join()}`;
}

/** I11: hosts whose power was cut come to the same, from empty kernels and what is on their disks. */
async function rebuilt(world: World): Promise<string | undefined> {
  const before = await kernelTexts(world);
  for (const node of world.nodes) {
    world.judge('I9', node.cutPower(world.random)());
    node.start();
  }
  await world.runFor(QUIET_MS);
  const after = await kernelTexts(world);
  const other = after.findIndex((text, index) => text !== before[index]);
  if (other === -1) return undefined;
  return `n${other + 1} comes to another kernel after a power cut:\n${before[other] ?? ''}\n  instead of:\n${after[other] ?? ''}`;
}

async function judgeEnd(world: World): Promise<void> {
  await world.runFor(SETTLE_MS);
  world.judge('I12', everyNodeHasALease(world));
  world.judge('I5', everyLeaseIsReached(world));
  world.judge('I11', await kernelIsThePlan(world));
  world.judge('I7', world.foreignIsUntouched());
  if (!world.isSound()) return;
  world.judge('I10', await quiet(world));
  if (world.isSound()) world.judge('I11', await rebuilt(world));
}

async function live(world: World, { plan }: Setting, full: boolean): Promise<void> {
  await start(world);
  const restMs = DAY_MS / EPISODES - CHAOS_MS - CALM_MS;
  for (const actions of plan) {
    if (!world.isSound()) return;
    await episode(world, actions);
    if (full) await world.runFor(restMs);
    else world.scheduler.leap(restMs);
  }
  if (world.isSound()) await judgeEnd(world);
}

/** One run, the same for the same options. A rejection that nobody handles ends a real daemon: it is a violation. */
export async function run(options: RunOptions): Promise<RunResult> {
  const setting = settingOf(options);
  const { cluster, plan } = setting;
  const { seed, mutation } = options;
  const world = new World({ seed, ...cluster, ...(mutation && { mutation }) });
  const rejected = (error: unknown): void => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.judge('I12', `nobody handles: ${text}`);
  };
  process.on('unhandledRejection', rejected);
  try {
    await live(world, setting, options.full === true);
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('unhandledRejection', rejected);
    world.close();
  }
  const { violation, trace, scheduler, kernelChanges, midst } = world;
  const { events } = scheduler;
  return { seed, violation, plan, digest: trace.digest, last: trace.last(60), events, kernelChanges, midst };
}
