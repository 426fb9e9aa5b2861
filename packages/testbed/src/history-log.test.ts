import { HistoryLog, readKeyList } from './history-log.js';

const KEY = '/n/subnets/10.5.34.0-24';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Told {
  readonly at: number;
  readonly version?: number;
  readonly created?: number;
  readonly key?: string;
}
const kv = ({ at, version = 1, created = at, key = KEY }: Told): string =>
  `{"key":"${base64(key)}","create_revision":${created},"mod_revision":${at},"version":${version},` +
  `"value":"${base64('{}')}","lease":7587883212297104390}`;
const put = (told: Told): string => `{"kv":${kv(told)}}`;
const gone = (at: number): string => `{"type":1,"kv":{"key":"${base64(KEY)}","mod_revision":${at}}}`;
const response = (...events: readonly string[]): string =>
  `{"Header":{"revision":99},"Events":[${events.join(',')}],"CompactRevision":0,"Canceled":false,"Created":false}`;
const list = (revision: number, ...keys: readonly string[]): ReturnType<typeof readKeyList> =>
  readKeyList(
    `{"header":{"cluster_id":14841639068965178418,"revision":${revision}},"kvs":[${keys.join(',')}]}`,
  );

test('what was there at the start comes first, in the order in which it was written', () => {
  const { events, next } = new HistoryLog(list(9, kv({ at: 7, key: 'later' }), kv({ at: 4, key: 'first' })));
  expect(events.map(({ key, revision }) => [key, revision])).toEqual([
    ['first', 4],
    ['later', 7],
  ]);
  expect(next).toBe(10);
});

test('A28 a lease id keeps all its digits, and a deletion has no value', () => {
  const log = new HistoryLog(list(1));
  log.take(response(put({ at: 2 }), gone(3)));
  expect(log.events).toEqual([
    { key: KEY, value: '{}', revision: 2, createRevision: 2, lease: '7587883212297104390' },
    { key: KEY, value: undefined, revision: 3, createRevision: 0 },
  ]);
  expect(log.gaps).toEqual([]);
});

test('A08 what etcd tells again after a reconnect is recorded once', () => {
  const log = new HistoryLog(list(1));
  log.take(response(put({ at: 2 })));
  log.take(response(put({ at: 2 }), put({ at: 3, version: 2, created: 2 })));
  expect(log.events.map(({ revision }) => revision)).toEqual([2, 3]);
  expect(log.gaps).toEqual([]);
});

test.each([
  ['an update', [put({ at: 2 }), put({ at: 4, version: 3, created: 2 })]],
  ['the creation', [put({ at: 4, version: 2, created: 3 })]],
  ['the deletion', [put({ at: 2 }), put({ at: 4 })]],
  ['everything before a deletion', [gone(4)]],
])('A08 a watch that lost %s is found out by the count of writes', (_, events) => {
  const log = new HistoryLog(list(1));
  log.take(response(...events));
  expect(log.gaps).toEqual([expect.stringMatching(/^history has a gap: at revision 4 /)]);
});

test('A07 what was compacted before it was read is a gap, and the record goes on behind it', () => {
  const log = new HistoryLog(list(1));
  log.take('{"Header":{"revision":50},"Events":null,"CompactRevision":40,"Canceled":true,"Created":false}');
  expect(log.gaps).toEqual([
    'history has a gap: revisions 2 to 39 were compacted away before they were read',
  ]);
  expect([log.next, log.from]).toEqual([40, 40]);
});

test('A08 a watch begins one revision early, and at the compacted one only where there is no earlier one', () => {
  const log = new HistoryLog(list(9));
  expect(log.from).toBe(9);
  log.take('{"Header":{"revision":50},"Events":null,"CompactRevision":10,"Canceled":true,"Created":false}');
  expect([log.from, log.gaps]).toEqual([10, []]);
  log.take(response(put({ at: 12 })));
  expect(log.from).toBe(12);
});

test('a line that was cut short as etcdctl was killed says nothing, and is read again', () => {
  const log = new HistoryLog(list(1));
  const line = response(put({ at: 2 }), gone(3));
  for (let length = 1; length < line.length; length += 1) log.take(line.slice(0, length));
  expect([log.events, log.gaps, log.next]).toEqual([[], [], 2]);
  log.take(line);
  expect([log.events.length, log.gaps, log.next]).toEqual([2, [], 4]);
});

describe('a last list tells whether all was heard', () => {
  const heard = (): HistoryLog => {
    const log = new HistoryLog(list(1));
    log.take(response(put({ at: 2 })));
    return log;
  };

  test('nothing is missing', () => {
    expect(heard().lacks(list(5, kv({ at: 2 })))).toBeUndefined();
  });

  test('a put is missing', () => {
    expect(heard().lacks(list(5, kv({ at: 4, version: 2, created: 2 })))).toContain('put at revision 4');
    expect(heard().lacks(list(5, kv({ at: 2 }), kv({ at: 3, key: 'other' })))).toContain('other was put');
  });

  test('a deletion is missing', () => {
    expect(heard().lacks(list(5))).toContain('its deletion is missing');
  });

  test('A17 the store went back, and has grown beyond what is recorded since', () => {
    const log = heard();
    log.take(response(put({ at: 58, version: 2, created: 2 }), put({ at: 60, key: 'other' })));
    const other = kv({ at: 60, key: 'other' });
    expect(log.lacks(list(70, kv({ at: 55, version: 2, created: 2 }), other))).toContain('it went back');
    expect(log.lacks(list(70, kv({ at: 58, version: 2, created: 2 }), other))).toBeUndefined();
    log.take(response(gone(61)));
    expect(log.lacks(list(70, kv({ at: 2 }), other))).toContain('it went back');
  });

  test('what happened after the list is not missing from it', () => {
    const log = heard();
    log.take(response(gone(6)));
    expect(log.lacks(list(5, kv({ at: 2 })))).toBeUndefined();
    const put7 = heard();
    put7.take(response(put({ at: 7, key: 'late' })));
    expect(put7.lacks(list(5, kv({ at: 2 })))).toBeUndefined();
  });
});
