import { OverlayError } from '@overlay/cidr';
import { choiceObstacles, familyFacts, mergeFacts, type FactsByFamily } from '../../firewall/facts.js';
import type { Firewall, FirewallFacts, FirewallInput, FirewallReport } from '../../firewall/model.js';
import { planFirewall } from '../../firewall/plan.js';
import { isStale } from '../../firewall/stale-flows.js';
import { commandRunner } from './command.js';
import { forgetFlows } from './conntrack.js';
import { findWrites, readHost, type Host, type Tools, type Write } from './host.js';
import { Nftables } from './nftables.js';
import { NftablesWatch } from './watch.js';
import { Performer } from './perform.js';
import { SweepPace } from './sweep-pace.js';
import { WriteBudget } from './write-budget.js';
import { openXtables } from './xtables.js';

/** Longer than the wait for the xtables lock, shorter than a person's patience. */
const COMMAND_TIMEOUT_MS = 10_000;

export interface FirewallOptions {
  /** argv to put before each command, such as `['nsenter', '--net=/run/netns/x']`. */
  readonly run?: readonly string[];
  /** File of the network namespace to work in, `/run/netns/x`; this process's own when absent. */
  readonly netns?: string;
  /** Gets a line for each write. */
  readonly log?: (message: string) => void;
}

/**
 * The firewall of a network namespace: iptables and ip6tables in the variant that holds Docker's rules, and nft. Calls run one after the
 * other. `ensure` and `preview` put what fails in their answer; `cleanup` rejects with the first failure after trying everything.
 */
export function openFirewall(options: FirewallOptions = {}): Firewall {
  const enter = options.netns === undefined ? [] : ['nsenter', `--net=${options.netns}`];
  const run = commandRunner(options.run ?? enter, COMMAND_TIMEOUT_MS);
  const tools: Tools = { 4: openXtables(4, run), 6: openXtables(6, run), nft: new Nftables(run) };
  const now = (): number => performance.now();
  const performer = new Performer(new WriteBudget(now), now, options.log);
  const sweeps = new SweepPace(now);
  const inTurn = queue();
  return {
    ensure: (input) =>
      inTurn(async () => {
        const report = await ensure(tools, input, performer);
        if (sweeps.isDue(report.written.some(translates))) await forgetStale(input, options);
        return report;
      }),
    preview: (input) => inTurn(() => preview(tools, input)),
    cleanup: (instance) => inTurn(() => cleanup(tools, instance, performer)),
    // eslint-disable-next-line @typescript-eslint/require-await -- a socket that cannot be opened is a rejection
    watch: async (listener) => new NftablesWatch(options.netns, listener),
  };
}

type Problem = FirewallReport['errors'][number];

function queue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function ensure(tools: Tools, input: FirewallInput, performer: Performer): Promise<FirewallReport> {
  const { host, facts, writes, problems } = await prepare(tools, input);
  const { written, failed, missed } = await performer.perform(writes);
  const obstacles = [...facts.obstacles, ...missed];
  return {
    facts: { ...facts, obstacles },
    written,
    errors: [...host.errors, ...problems, ...failed].map(toProblem),
  };
}

/** A table whose rules give flows another source. */
const translates = (name: string): boolean => name.endsWith(' nat') || name.startsWith('nft ');

/** Flows that are older than the rules keep what they got from those before, or from Docker's. */
async function forgetStale(input: FirewallInput, { netns, run, log }: FirewallOptions): Promise<void> {
  // Where the commands have a namespace of their own, which one is not known.
  if (run !== undefined) return;
  try {
    const families = input.traffic.map(({ family }) => family);
    const removed = await forgetFlows(netns, families, (flow) => isStale(flow, input));
    if (removed > 0)
      log?.(`firewall: ${removed} UDP flows that may have a translation of before were forgotten`);
  } catch (error) {
    log?.(`firewall: UDP flows of before keep their translation: ${String(error)}`);
  }
}

interface Prepared {
  readonly host: Host;
  readonly facts: FirewallFacts;
  readonly writes: readonly Write[];
  readonly problems: readonly unknown[];
}

async function prepare(tools: Tools, input: FirewallInput): Promise<Prepared> {
  const host = await readHost(
    tools,
    input.traffic.map(({ family }) => family),
  );
  const byFamily = factsOf(host, input);
  const facts = mergeFacts(byFamily);
  try {
    return {
      host,
      facts,
      writes: await findWrites(tools, host, input.instance, planFirewall(input, byFamily)),
      problems: [],
    };
  } catch (error) {
    return { host, facts, writes: [], problems: [error] };
  }
}

/** Only of the families the overlay uses: a missing ip6tables matters to nobody without IPv6. */
function factsOf(host: Host, input: FirewallInput): FactsByFamily {
  const families = new Set(input.traffic.map(({ family }) => family));
  const known = host.readings.filter(({ family }) => families.has(family));
  return Object.fromEntries(
    known.map((reading) => {
      const facts = familyFacts(reading);
      return [
        reading.family,
        { ...facts, obstacles: [...facts.obstacles, ...choiceObstacles(input, facts)] },
      ];
    }),
  );
}

async function preview(tools: Tools, input: FirewallInput): Promise<readonly string[]> {
  const { host, writes, problems } = await prepare(tools, input);
  const errors = [...host.errors, ...problems].map(toProblem);
  return [
    ...errors.map(({ code, message }) => `# ${code}: ${message}`),
    ...writes.flatMap(({ lines }) => lines),
  ];
}

async function cleanup(tools: Tools, instance: string, performer: Performer): Promise<void> {
  const host = await readHost(tools, [4, 6]);
  const writes = await findWrites(tools, host, instance, { chains: [], clamps: [], tables: [] });
  const { failed } = await performer.perform(writes);
  const [first] = [...host.errors, ...failed];
  if (first !== undefined)
    throw first instanceof Error ? first : new Error('cleanup failed', { cause: first });
}

function toProblem(error: unknown): Problem {
  if (error instanceof OverlayError) return { code: error.code, message: error.message };
  return { code: 'OVL_FIREWALL_READ', message: `the firewall could not be read: ${String(error)}` };
}
