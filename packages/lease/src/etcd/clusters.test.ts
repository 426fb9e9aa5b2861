import fc from 'fast-check';
import { Clusters, electCluster } from './clusters.js';

const LIST = ['http://a:2379', 'http://b:2379', 'http://c:2379'];

test.each<[string, string | undefined, (string | undefined)[], string | undefined]>([
  ['nobody answers', undefined, [undefined, undefined], undefined],
  ['one answers at the start', undefined, [undefined, '7'], '7'],
  ['most agree at the start, though the first does not', undefined, ['9', '7', '7'], '7'],
  ['two that differ at the start: the first', undefined, ['9', '7'], '9'],
  ['the known one is still there', '7', ['9', '9', '7'], '7'],
  ['the known one does not answer, another one does', '7', ['9', undefined, undefined], '7'],
  ['the known one does not answer, most are of another', '7', ['9', '9', undefined], '9'],
  ['all are of another: the store was replaced', '7', ['9', '9', '9'], '9'],
  ['both are of another', '7', ['9', '9'], '9'],
  ['one of two is, the other is down', '7', ['9', undefined], '7'],
])('A18 %s', (_, known, answers, elected) => {
  expect(electCluster(known, answers, true)).toBe(elected);
});

test.each<[string, (string | undefined)[], string]>([
  ['stays while no other one has most of the list', ['9', '7', undefined], '9'],
  ['stays while two others differ', ['9', '7', '8'], '9'],
  ['gives way to the one that most are of, though it answers', ['9', '7', '7'], '7'],
])('A18 the cluster of the few that were up at the start %s', (_, answers, elected) => {
  expect(electCluster('9', answers, false)).toBe(elected);
});

test('A18 while any endpoint is of the cluster that is known for sure no other one takes its place, and never one that most are not of', () => {
  const ids = fc.array(fc.constantFrom('7', '8', '9', undefined), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(ids, fc.boolean(), (answers, isSure) => {
      if (answers.includes('7')) expect(electCluster('7', answers, true)).toBe('7');
      const elected = electCluster('7', answers, isSure);
      if (elected !== '7')
        expect(answers.filter((id) => id === elected).length * 2).toBeGreaterThan(answers.length);
    }),
  );
});

/** Endpoints and the clusters that they are of. */
function rig(ids: Record<string, string | undefined>, list = LIST) {
  const messages: (string | undefined)[] = [];
  const asked: string[] = [];
  const ask = (endpoint: string): Promise<string | undefined> => {
    asked.push(endpoint);
    return Promise.resolve(ids[endpoint]);
  };
  const clusters = new Clusters(list, ask, (message) => void messages.push(message));
  return { clusters, messages, asked, admit: (n: number) => clusters.admits(list[n]!, ids[list[n]!]!) };
}

test('A18 an endpoint of another cluster is refused and named, and admitted when it is of the same again', async () => {
  const ids: Record<string, string> = { [LIST[0]!]: '255', [LIST[1]!]: '7', [LIST[2]!]: '7' };
  const { messages, admit } = rig(ids);
  expect(await admit(0)).toBe(false);
  expect([await admit(1), await admit(2)]).toEqual([true, true]);
  expect(messages).toEqual([
    'etcd at http://a:2379 is not used: it is a member of cluster ff, the others of 7: ' +
      'take it out of the list of endpoints, or correct it',
  ]);
  ids[LIST[0]!] = '7';
  expect(await admit(0)).toBe(true);
  expect(messages.at(-1)).toBeUndefined();
});

test('A18 a store that was replaced on all endpoints is admitted, endpoint by endpoint not before the last', async () => {
  const ids: Record<string, string> = Object.fromEntries(LIST.map((one) => [one, '7']));
  const { messages, admit } = rig(ids);
  expect(await admit(0)).toBe(true);
  for (const n of [0, 1]) {
    ids[LIST[n]!] = '9';
    expect(await admit(n)).toBe(false);
  }
  ids[LIST[2]!] = '9';
  expect([await admit(2), await admit(0), await admit(1)]).toEqual([true, true, true]);
  expect(messages.at(-1)).toBeUndefined();
});

test('A18 the name of an endpoint that was corrected is taken back without anybody using it', async () => {
  const ids: Record<string, string> = { [LIST[0]!]: '9', [LIST[1]!]: '7', [LIST[2]!]: '7' };
  const { clusters, messages, admit } = rig(ids);
  await admit(1);
  await admit(0);
  expect(messages).toHaveLength(1);
  await clusters.askUnused();
  expect(messages).toHaveLength(1);
  ids[LIST[0]!] = '7';
  await clusters.askUnused();
  expect(messages.at(-1)).toBeUndefined();
});

test('A18 the one endpoint that was up at the start is left for the cluster of the others when most of the list are of that', async () => {
  const ids: Record<string, string | undefined> = { [LIST[0]!]: '255' };
  const { clusters, messages, admit } = rig(ids);
  expect(await admit(0)).toBe(true);
  ids[LIST[1]!] = '7';
  await clusters.askUnused();
  expect([clusters.isOurs('255'), await admit(1)]).toEqual([true, false]);
  ids[LIST[2]!] = '7';
  await clusters.askUnused();
  expect([clusters.isOurs('255'), clusters.isOurs('7')]).toEqual([false, true]);
  expect([await admit(0), await admit(1), await admit(2)]).toEqual([false, true, true]);
  expect(messages.at(-1)).toContain('etcd at http://a:2379 is not used: it is a member of cluster ff');
});

test('A18 a choice that more than half of the list confirmed later is sure, and no endpoint that is of it is asked any more', async () => {
  const ids: Record<string, string | undefined> = { [LIST[0]!]: '7' };
  const { clusters, asked, admit } = rig(ids);
  await admit(0);
  ids[LIST[1]!] = '7';
  await clusters.askUnused();
  for (const n of [1, 2]) ids[LIST[n]!] = '9';
  expect([await admit(1), await admit(2), await admit(0)]).toEqual([false, false, true]);
  for (const n of [1, 2]) ids[LIST[n]!] = '7';
  await clusters.askUnused();
  const before = asked.length;
  await clusters.askUnused();
  expect(asked).toHaveLength(before);
});

test('A18 an endpoint that is of another cluster than the new one, too, is named with that', async () => {
  const ids: Record<string, string> = { [LIST[0]!]: '255', [LIST[1]!]: '7', [LIST[2]!]: '7' };
  const { messages, admit } = rig(ids);
  expect(await admit(0)).toBe(false);
  for (const n of [1, 2]) ids[LIST[n]!] = '9';
  expect(await admit(1)).toBe(true);
  expect(messages.at(-1)).toContain('it is a member of cluster ff, the others of 9:');
});

test('one endpoint alone is never asked twice: another cluster id is a replaced store', async () => {
  const { clusters, asked } = rig({}, LIST.slice(0, 1));
  expect([await clusters.admits(LIST[0]!, '7'), await clusters.admits(LIST[0]!, '9')]).toEqual([true, true]);
  expect(asked).toEqual([]);
});

test('a known endpoint is admitted without asking the others', async () => {
  const { asked, admit } = rig(Object.fromEntries(LIST.map((one) => [one, '7'])));
  await admit(0);
  const before = asked.length;
  await admit(1);
  expect(asked).toHaveLength(before);
});
