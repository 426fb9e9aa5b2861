import { replay, type Replayed, type Walk } from '../../test/model-replay/replay.js';
import type { Defects } from '../../test/model/defects.js';
import type { Budget } from '../../test/model/world.js';

/**
 * What protocol.model.test.ts proves, it proves of a model. Here the daemon's own keeper, acquisition, renewal and etcd store walk through
 * that model, each call of theirs answered as the model's etcd answers: what they send and hold must be the model's after every step.
 */

const WALKS = 250;
const STEPS = 60;
const BUDGET: Budget = { ticks: 8, losses: 5, late: 3, foreign: 3, crashes: 2, relists: 4, publishes: 4 };
const NODES: readonly (readonly boolean[])[] = [[false], [false, false], [false, false, true]];
const walkOf = (seed: number, defects: Defects = {}): Walk => ({
  seed,
  steps: STEPS,
  budget: BUDGET,
  wide: NODES[seed % NODES.length]!,
  defects,
});

/** Every call of a node, lost and answered, and everything that happens to it: a walk past none of them proves nothing. */
const MUST_SEE = [
  ...['list', 'keepAlive', 'confirm', 'grant', 'write', 'look', 'get', 'cleanup', 'abandon', 'renew', 'see'],
  ...['publish', 'publish-look', 'publish-get'],
];

test('I1 I2 I4 the code sends and holds what the model does, along hundreds of walks through the model', async () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < WALKS; seed += 1) {
    const { seen: these, difference } = await replay(walkOf(seed));
    expect(difference ?? 'no difference').toBe('no difference');
    for (const [name, times] of these) seen.set(name, (seen.get(name) ?? 0) + times);
  }
  const names = [...seen.keys()];
  const unseen = MUST_SEE.filter((what) => !names.some((name) => name.endsWith(`: ${what}`)));
  expect(unseen).toEqual([]);
  for (const kind of ['event', 'list', 'reads again', 'dies', 'arrives late', 'etcd ends lease'])
    expect(`${kind}: ${seen.get(kind) ?? 0}`).not.toBe(`${kind}: 0`);
}, 60_000);

const DEFECTS: readonly (keyof Defects)[] = [
  'renewalOverwrites',
  'deadlineFromAnswer',
  'noMargin',
  'oldListBelieved',
  'renewalUnseen',
  'reuseUnseen',
  'flannelIsNoLoss',
  'revokesInDoubt',
  'failureIsLoss',
];

async function firstDifference(defects: Defects): Promise<Replayed | undefined> {
  for (let seed = 0; seed < WALKS; seed += 1) {
    const replayed = await replay(walkOf(seed, defects));
    if (replayed.difference !== undefined) return replayed;
  }
  return undefined;
}

test.each(DEFECTS)(
  'a model with the defect %s is found to differ from the code',
  async (defect) => {
    expect((await firstDifference({ [defect]: true }))?.difference).toContain('the code');
  },
  60_000,
);
