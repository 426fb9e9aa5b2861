import { sweep } from '@overlay/testbed';
import { FaultRig } from '../e2e/support/faults/rig';
import { lineOf, runFault, type Verdict } from '../e2e/support/faults/run';
import { FAULTS } from '../e2e/support/faults/table';
import { numbers } from './support/numbers';
import { record } from './support/record';
import { median } from './support/sample';

const NAME = 'tb-soak-faults';
/** `SOAK_MINUTES`: how long. `SOAK_SEED`: which faults, in which order. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 60);
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);

let rig: FaultRig | undefined;
afterAll(async () => {
  await rig?.close();
  await sweep(NAME);
});

/** Faults by seed until the time is over. One that fails by an error counts as wrong, and the next one comes all the same. */
async function runFaults(rig: FaultRig): Promise<readonly Verdict[]> {
  const random = numbers(SEED);
  const end = performance.now() + MINUTES * 60_000;
  const verdicts: Verdict[] = [];
  while (performance.now() < end) {
    const fault = FAULTS[random(FAULTS.length)]!;
    const verdict = await runFault(rig, fault).catch((error: unknown) => ({
      ...{ name: fault.name, convergedMs: 0, readyMs: 0, sent: 0, lost: 0 },
      wrong: [String(error)],
    }));
    verdicts.push(verdict);
    process.stdout.write(`${lineOf(verdict)}\n`);
  }
  return verdicts;
}

test(
  `I1 I2 I3 I7 I13 faults at random for ${MINUTES} minutes: each is repaired, and takes only what it must`,
  async () => {
    process.stdout.write(`SOAK_SEED=${SEED}\n`);
    const opened = await FaultRig.open(NAME);
    rig = opened;
    const verdicts = await runFaults(opened);
    const { events, violations } = await opened.recorder.stop();
    const wrong = verdicts.flatMap((verdict) => verdict.wrong.map((line) => `${verdict.name}: ${line}`));
    const converged = verdicts.filter(({ sent }) => sent > 0).map(({ convergedMs }) => convergedMs);
    const sum = (key: 'sent' | 'lost'): number => verdicts.reduce((total, one) => total + one[key], 0);
    await record('faults', {
      minutes: MINUTES,
      seed: SEED,
      faults: verdicts.length,
      convergedMs: { median: median(converged), most: Math.max(...converged) },
      packets: { sent: sum('sent'), lost: sum('lost') },
      leaseEvents: events.length,
      wrong: wrong.length,
    });
    expect([...wrong, ...violations]).toEqual([]);
  },
  (MINUTES + 10) * 60_000,
);
