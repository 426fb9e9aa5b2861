import fc from 'fast-check';
import { checkHistory, type HistoryEvent } from './history.js';

const DIRECTORY = '/atomic.io/network/subnets/';
const ours = (node: string, publicIp = '192.0.2.1'): string =>
  JSON.stringify({ PublicIP: publicIp, Overlay: { NodeID: node } });
const flannels = (publicIp: string): string => JSON.stringify({ PublicIP: publicIp });

type Put = readonly [revision: number, name: string, value: string, createRevision?: number];
const put = ([revision, name, value, createRevision = revision]: Put): HistoryEvent => ({
  key: DIRECTORY + name,
  value,
  revision,
  createRevision,
  lease: '7587883212297104390',
});
const gone = (revision: number, name: string): HistoryEvent => ({
  key: DIRECTORY + name,
  value: undefined,
  revision,
  createRevision: 0,
});

const A = '10.5.34.0-24';
const B = '10.5.35.0-24';

describe('I1', () => {
  test('subnets of different nodes that do not touch are no violation', () => {
    expect(checkHistory([put([2, A, ours('a')]), put([3, B, ours('b')])])).toEqual([]);
  });

  test('two nodes with overlapping subnets are named, with the revision at which it began', () => {
    const events = [put([2, A, ours('a')]), put([5, '10.5.32.0-22', ours('b')])];
    expect(checkHistory(events)).toEqual([
      `I1: at revision 5 ${DIRECTORY}10.5.32.0-22 of node b overlaps 10.5.34.0-24 of node a, there since revision 2`,
    ]);
  });

  test('what overlaps in IPv6 alone is found', () => {
    const events = [
      put([2, `${A}&fd00:0:0:10::-60`, ours('a')]),
      put([3, `${B}&fd00:0:0:1f::-64`, ours('b')]),
    ];
    expect(checkHistory(events)).toEqual([expect.stringMatching(/^I1: at revision 3 .* of node b overlaps/)]);
    const apart = [
      put([2, `${A}&fd00:0:0:10::-60`, ours('a')]),
      put([3, `${B}&fd00:0:0:20::-64`, ours('b')]),
    ];
    expect(checkHistory(apart)).toEqual([]);
  });

  test('a host of Flannel is a node like another', () => {
    const events = [put([2, A, flannels('192.0.2.7')]), put([3, '10.5.0.0-16', ours('b')])];
    expect(checkHistory(events)).toEqual([expect.stringContaining('of the host 192.0.2.7')]);
  });

  test('one node may hold two subnets, also when its address changed in between', () => {
    const events = [put([2, A, ours('a', '192.0.2.1')]), put([3, '10.5.34.0-25', ours('a', '192.0.2.9')])];
    expect(checkHistory(events)).toEqual([]);
  });

  test('a subnet that was given up may be taken, in the same transaction too', () => {
    const events = [put([2, A, ours('a')]), gone(4, A), put([4, '10.5.34.0-25', ours('a')])];
    expect(checkHistory(events)).toEqual([]);
    expect(checkHistory([put([2, A, ours('a')]), gone(4, A), put([5, '10.5.34.0-25', ours('b')])])).toEqual(
      [],
    );
  });

  test('two networks may use the same addresses', () => {
    const other = { ...put([3, A, ours('b')]), key: `/other/subnets/${A}` };
    expect(checkHistory([put([2, A, ours('a')]), other])).toEqual([]);
  });

  test('two clones in one transaction are told once, and their renewals not again', () => {
    const events = [
      put([2, A, ours('a')]),
      put([2, '10.5.34.0-25', ours('b')]),
      put([3, A, ours('a'), 2]),
      put([4, '10.5.34.0-25', ours('b'), 2]),
    ];
    expect(checkHistory(events)).toHaveLength(1);
  });

  test('a node with an id must not write what is no lease key; what others write there is not judged', () => {
    expect(checkHistory([put([2, 'note', ours('a')])])).toEqual([
      `I1: at revision 2 node a wrote ${DIRECTORY}note, which is no lease key`,
    ]);
    expect(checkHistory([put([2, 'note', 'hello'])])).toEqual([]);
  });
});

describe('I2', () => {
  test('a node may replace and delete its own value', () => {
    expect(checkHistory([put([2, A, ours('a')]), put([3, A, ours('a'), 2]), gone(4, A)])).toEqual([]);
  });

  test('B04 a value that another node replaced is named, with both nodes', () => {
    const events = [put([2, A, ours('a')]), put([3, A, ours('a'), 2]), put([9, A, ours('b'), 2])];
    expect(checkHistory(events)).toEqual([
      `I2: at revision 9 node b replaced ${DIRECTORY}${A}, last written by node a at revision 3`,
    ]);
  });

  test('two nodes with one public address are two nodes', () => {
    expect(checkHistory([put([2, A, ours('a')]), put([3, A, ours('b'), 2])])).toHaveLength(1);
  });

  test('a value of Flannel goes by its public address: its own host may take it over and give it back', () => {
    const there = put([2, A, flannels('192.0.2.1')]);
    const back = put([4, A, flannels('192.0.2.1'), 2]);
    expect(checkHistory([there, put([3, A, ours('a', '192.0.2.1'), 2]), back])).toEqual([]);
    expect(checkHistory([there, put([3, A, ours('a', '192.0.2.2'), 2])])).toEqual([
      `I2: at revision 3 node a replaced ${DIRECTORY}${A}, last written by the host 192.0.2.1 at revision 2`,
    ]);
  });

  test('a value that cannot be read is by somebody else, also when it replaces another of its kind', () => {
    const events = [put([2, A, ours('a')]), put([3, A, 'hello', 2]), put([4, A, 'again', 2])];
    expect(checkHistory(events)).toEqual([
      expect.stringMatching(/^I2: at revision 3 somebody whose value cannot be read replaced/),
      expect.stringMatching(/^I2: at revision 4 somebody/),
    ]);
  });

  test('a key that expired or was deleted by nobody known may be taken by anybody', () => {
    expect(checkHistory([put([2, A, ours('a')]), gone(3, A), put([4, A, ours('b')])])).toEqual([]);
  });

  test('a key deleted in the transaction in which another node writes was deleted by that node', () => {
    const events = [put([2, A, ours('a')]), gone(3, A), put([3, B, ours('b')])];
    expect(checkHistory(events)).toEqual([
      `I2: at revision 3 node b deleted ${DIRECTORY}${A}, last written by node a at revision 2`,
    ]);
    expect(checkHistory([put([2, A, ours('a')]), gone(3, A), put([3, B, ours('a')])])).toEqual([]);
  });
});

describe('a log that cannot be whole', () => {
  test.each([
    ['a creation is missing', [put([2, A, ours('a')]), gone(3, A), put([5, A, ours('a'), 4])]],
    ['a deletion is missing', [put([2, A, ours('a')]), put([5, A, ours('a'), 4])]],
    ['the order is wrong', [put([4, A, ours('a')]), put([3, B, ours('b')])]],
  ])('%s', (_, events) => {
    expect(checkHistory(events)).toEqual([expect.stringMatching(/^history has a gap: /)]);
  });

  test('keys that were there before the log began are taken as they are', () => {
    expect(checkHistory([put([7, A, ours('a'), 2]), gone(8, A), put([9, B, ours('b'), 4])])).toEqual([]);
  });
});

/** Lawful runs: nodes take blocks that are free, renew their own, and lose or give up what is theirs. */
const BLOCKS = 8;
const step = fc.record({
  node: fc.integer({ min: 0, max: 4 }),
  block: fc.integer({ min: 0, max: BLOCKS - 1 }),
  wide: fc.boolean(),
  what: fc.constantFrom('take', 'renew', 'lose'),
});
interface Taken {
  readonly name: string;
  readonly node: number;
  readonly blocks: readonly number[];
  readonly createRevision: number;
}

const nameOf = (block: number, wide: boolean): string =>
  wide ? `10.5.${block & ~1}.0-23` : `10.5.${block}.0-24`;
const nodeValue = (node: number): string => ours(`n${node}`, `192.0.2.${node}`);

function lawful(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): HistoryEvent[] {
  const taken = new Map<string, Taken>();
  const events: HistoryEvent[] = [];
  for (const [index, { node, block, wide, what }] of steps.entries()) {
    const revision = index + 2;
    const blocks = wide ? [block & ~1, block | 1] : [block];
    const there = [...taken.values()].find((one) => one.blocks.includes(block));
    const free = blocks.every((one) => ![...taken.values()].some((other) => other.blocks.includes(one)));
    if (what === 'take' && free) {
      const name = nameOf(block, wide);
      taken.set(name, { name, node, blocks, createRevision: revision });
      events.push(put([revision, name, nodeValue(node)]));
    } else if (what === 'renew' && there) {
      events.push(put([revision, there.name, nodeValue(there.node), there.createRevision]));
    } else if (what === 'lose' && there) {
      taken.delete(there.name);
      events.push(gone(revision, there.name));
    }
  }
  return events;
}

/** The keys that are there after these events, with who wrote them. */
function standing(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const there = new Map<string, HistoryEvent>();
  for (const event of events)
    if (event.value === undefined) there.delete(event.key);
    else there.set(event.key, event);
  return [...there.values()];
}

const runs = fc.array(step, { minLength: 1, maxLength: 60 }).map(lawful);
const planted = fc
  .tuple(runs, fc.nat())
  .map(([events, at]) => {
    const before = events.slice(0, 1 + (at % Math.max(events.length, 1)));
    return { before, victim: standing(before)[0], after: events.slice(before.length) };
  })
  .filter(({ victim }) => victim !== undefined);

describe('any run', () => {
  test('that is lawful has no violation', () => {
    fc.assert(fc.property(runs, (events) => expect(checkHistory(events)).toEqual([])));
  });

  test('in which one stranger replaces one value has exactly that I2 at that revision', () => {
    fc.assert(
      fc.property(planted, ({ before, victim }) => {
        const { key, createRevision } = victim!;
        const revision = before.at(-1)!.revision + 1;
        const stranger = { key, value: ours('stranger', '198.51.100.1'), revision, createRevision };
        const found = checkHistory([...before, stranger]);
        expect(found).toHaveLength(1);
        expect(found[0]).toContain(`I2: at revision ${revision} node stranger replaced ${key}`);
      }),
    );
  });

  test('in which one stranger creates a subnet over another has an I1 for each it lies over, wider or narrower', () => {
    const over = fc.tuple(planted, fc.constantFrom('wide', 'narrow'));
    fc.assert(
      fc.property(over, ([{ before, victim }, width]) => {
        const inside = victim!.key.replace(/-\d+$/, '-28');
        const key = width === 'wide' ? `${DIRECTORY}10.5.0.0-16` : inside;
        const revision = before.at(-1)!.revision + 1;
        const value = ours('stranger', '198.51.100.1');
        const found = checkHistory([...before, { key, value, revision, createRevision: revision }]);
        expect(found).toHaveLength(width === 'wide' ? standing(before).length : 1);
        for (const line of found) expect(line).toMatch(new RegExp(`^I1: at revision ${revision} `));
      }),
    );
  });

  test('from which the last deletion or creation of a key is taken out has a gap', () => {
    const one = fc.record({ node: fc.nat(4), renewals: fc.nat(3), back: fc.boolean() });
    fc.assert(
      fc.property(runs, one, (before, { node, renewals, back }) => {
        const first = (before.at(-1)?.revision ?? 1) + 1;
        const name = '10.6.0.0-24';
        const again = Array.from({ length: renewals + 1 }, (_, n) =>
          put([first + 2 + n, name, nodeValue(node), first + 2]),
        );
        const lost = [put([first, name, nodeValue(node)]), gone(first + 1, name), ...again];
        expect(checkHistory([...before, ...lost])).toEqual([]);
        const found = checkHistory([...before, ...lost.toSpliced(back && renewals > 0 ? 2 : 1, 1)]);
        expect(found[0]).toMatch(/^history has a gap: /);
      }),
    );
  });
});
