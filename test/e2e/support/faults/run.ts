import type { FaultRig } from './rig';
import { eventually } from '../rig';

/** One kind of damage: a row of the table. */
export interface Fault {
  /** A claim, after the ids of the entries that it shows: `A04 ...`. */
  readonly name: string;
  readonly inject: (rig: FaultRig) => Promise<unknown>;
  /** What has to hold while it lasts. */
  readonly meanwhile?: (rig: FaultRig) => Promise<unknown>;
  /** Ends the fault, also when `inject` failed half way. */
  readonly heal: (rig: FaultRig) => Promise<unknown>;
  /** Whether the fault itself takes packets of the flow, from `inject` until all is repaired; otherwise none may be lost. */
  readonly mayLose?: boolean;
  /** When leases of other hosts change: while the fault lasts, or once etcd takes writes again. */
  readonly peersChange: 'meanwhile' | 'afterwards';
  /** The host that gets another subnet. */
  readonly renumbers?: number;
}

/** What one fault did. */
export interface Verdict {
  readonly name: string;
  /** From the heal (or the first change of a lease after it) until kernel and firewall of all hosts were what the leases want. */
  readonly convergedMs: number;
  /** From then until every host was ready. */
  readonly readyMs: number;
  readonly sent: number;
  readonly lost: number;
  /** All that must not be; empty when the fault was survived as it should be. */
  readonly wrong: readonly string[];
}

const HOSTS = [1, 2, 3] as const;
/** When a packet was sent is known to about as much. */
const SLACK_MS = 30;

/** Injects a fault, heals it and judges: the same for every fault. */
export const runFault = (rig: FaultRig, fault: Fault): Promise<Verdict> => rig.from(() => run(rig, fault));

async function run(rig: FaultRig, fault: Fault): Promise<Verdict> {
  const first = await rig.flow.settle();
  const before = await rig.subnets();
  const injectedMs = Date.now();
  await damage(rig, fault);
  const convergedMs = await repaired(rig, fault);
  const repairedMs = Date.now();
  const readyMs = await rig.ready();
  const { sent, lostAt } = rig.flow.losses(first, await rig.flow.settle());
  const isAllowed = (ms: number): boolean =>
    fault.mayLose === true && ms > injectedMs - SLACK_MS && ms < repairedMs + SLACK_MS;
  const lost = lostAt.filter((ms) => !isAllowed(ms));
  return {
    name: fault.name,
    convergedMs,
    readyMs,
    sent,
    lost: lostAt.length,
    wrong: [
      ...lost.map((ms) => `a packet was lost ${Math.round(ms - injectedMs)} ms after the fault came`),
      ...(await rig.foreign()),
      ...renumbered(before, await rig.subnets(), fault.renumbers),
    ],
  };
}

async function damage(rig: FaultRig, fault: Fault): Promise<void> {
  try {
    await fault.inject(rig);
    if (fault.peersChange === 'meanwhile') await changePeers(rig);
    await fault.meanwhile?.(rig);
  } catch (error) {
    // What failed first is what is told, whatever the heal makes of a fault that came half way.
    await fault.heal(rig).catch(() => undefined);
    throw error;
  }
  await fault.heal(rig);
}

async function repaired(rig: FaultRig, { peersChange }: Fault): Promise<number> {
  if (peersChange === 'afterwards') await changePeers(rig);
  return rig.converged();
}

/** etcd may be choosing a leader. */
async function changePeers(rig: FaultRig): Promise<void> {
  let refused: unknown;
  const change = (): Promise<boolean> =>
    rig.peers.change().then(
      () => true,
      (error: unknown) => {
        refused = error;
        return false;
      },
    );
  await eventually('etcd takes a write', change).catch((error: unknown) => {
    throw new Error(String(error), { cause: refused });
  });
}

function renumbered(
  before: readonly string[],
  after: readonly string[],
  expected?: number,
): readonly string[] {
  return HOSTS.flatMap((number) => {
    const [was, is] = [before[number - 1], after[number - 1]];
    if ((was !== is) === (number === expected)) return [];
    return [`h${number} had the subnet ${was ?? ''} and has ${is ?? ''}`];
  });
}

/** A line of the report. */
export const lineOf = ({ name, convergedMs, readyMs, sent, lost }: Verdict): string =>
  `${String(convergedMs).padStart(6)} ms  ready +${readyMs} ms  ${lost} of ${sent} lost  ${name}`;
