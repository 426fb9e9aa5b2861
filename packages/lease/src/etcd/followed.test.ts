import type { IEvent, IKeyValue } from 'etcd3';
import fc from 'fast-check';
import type { LeaseEvent, LeaseSnapshot } from '../model.js';
import type { LeaseSink, RenumberRequest } from '../store.js';
import { Followed } from './followed.js';
import type { Listing } from './list.js';
import { pathsUnder } from './paths.js';

const PATHS = pathsUnder('/n');

/** The history of a store: operation `i` has revision `i + 2`. */
interface Operation {
  readonly name: string;
  readonly gone: boolean;
}

function keyValue(name: string, revision: number): IKeyValue {
  const text = { create_revision: '1', mod_revision: String(revision), version: '1', lease: '0' };
  return { key: Buffer.from(PATHS.subnets + name), value: Buffer.from(`v${revision}`), ...text };
}

function eventsBetween(history: readonly Operation[], from: number, to: number): IEvent[] {
  return history
    .map(({ name, gone }, index) => ({ type: gone ? 'DELETE' : 'PUT', kv: keyValue(name, index + 2) }))
    .slice(Math.max(from - 2, 0), Math.max(to - 1, 0)) as unknown as IEvent[];
}

/** Name and revision of every key at a revision. */
function stateAt(history: readonly Operation[], revision: number): Map<string, string> {
  const state = new Map<string, string>();
  history.slice(0, revision - 1).forEach(({ name, gone }, index) => {
    if (gone) state.delete(name);
    else state.set(name, String(index + 2));
  });
  return state;
}

function listingAt(history: readonly Operation[], revision: number): Listing {
  const leases = [...stateAt(history, revision)].map(([name, modRevision]) => ({
    ...{ name, value: `v${modRevision}`, createRevision: '1', modRevision, etcdLease: '0' },
  }));
  const header = { cluster_id: '1', member_id: '1', revision: String(revision), raft_term: '1' };
  return { leases, revision: String(revision), header, config: undefined };
}

/** Keeps what it is told, and the revision of every event. */
class Model implements Omit<LeaseSink, 'state'> {
  readonly keys = new Map<string, string>();
  readonly revisions: number[] = [];
  readonly configs: (string | undefined)[] = [];

  snapshot(snapshot: LeaseSnapshot): void {
    this.keys.clear();
    for (const { name, modRevision } of snapshot.leases) this.keys.set(name, modRevision);
  }

  events(events: readonly LeaseEvent[]): void {
    for (const event of events) {
      this.revisions.push(Number(event.type === 'put' ? event.lease.modRevision : event.modRevision));
      if (event.type === 'put') this.keys.set(event.lease.name, event.lease.modRevision);
      else this.keys.delete(event.name);
    }
  }

  config(text: string | undefined): void {
    this.configs.push(text);
  }
}

const operations = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), gone: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
});
const steps = fc.array(fc.record({ list: fc.boolean(), ahead: fc.nat(6), again: fc.nat(6) }), {
  maxLength: 30,
});

test('A08 whatever a watch repeats, and whenever a list comes between, the sink ends with the state of the store and hears no event twice', () => {
  fc.assert(
    fc.property(operations, steps, (history, path) => {
      const model = new Model();
      const followed = new Followed({ ...bound(model), state: () => undefined }, PATHS);
      const head = history.length + 1;
      let at = 1;
      followed.listed(listingAt(history, at));
      for (const { list, ahead, again } of path) {
        const from = at;
        at = Math.min(at + ahead, head);
        if (list) followed.listed(listingAt(history, at));
        else followed.happened('leases', eventsBetween(history, from + 1 - again, at));
      }
      followed.happened('leases', eventsBetween(history, 2, head));
      expect(model.keys).toEqual(stateAt(history, head));
      expect(model.revisions).toEqual([...new Set(model.revisions)].sort((one, two) => one - two));
    }),
  );
});

test('the config is told first, and after that only when it changed', () => {
  const model = new Model();
  const followed = new Followed({ ...bound(model), state: () => undefined }, PATHS);
  const put = (revision: number): IEvent =>
    ({ type: 'PUT', kv: keyValue('config', revision) }) as unknown as IEvent;
  followed.listed(listingAt([], 1));
  followed.listed(listingAt([], 1));
  followed.happened('config', [put(2), put(3)]);
  followed.happened('config', [put(3)]);
  expect(model.configs).toEqual([undefined, 'v3']);
});

function bound(model: Model): Omit<LeaseSink, 'state'> {
  return {
    snapshot: (snapshot) => model.snapshot(snapshot),
    events: (events) => model.events(events),
    config: (text) => model.config(text),
  };
}

test('a request to renumber is told once, whatever lists and events repeat it, and its withdrawal not at all', () => {
  const requests: RenumberRequest[] = [];
  const sink: LeaseSink = {
    ...{
      snapshot: () => undefined,
      events: () => undefined,
      config: () => undefined,
      state: () => undefined,
    },
    request: (request) => requests.push(request),
  };
  const followed = new Followed(sink, { ...PATHS, request: `${PATHS.renumber}n1` });
  const request = (revision: number): IKeyValue => ({
    ...keyValue('', revision),
    key: Buffer.from(`${PATHS.renumber}n1`),
    value: Buffer.from('{"requested":"2026-01-02T03:04:05.000Z","by":"host9"}'),
  });
  const event = (type: string, kv: IKeyValue): IEvent => ({ type, kv }) as unknown as IEvent;
  followed.listed({ ...listingAt([], 5), request: request(4) });
  followed.happened('request', [event('PUT', request(4))]);
  followed.happened('request', [event('DELETE', request(6))]);
  followed.listed(listingAt([], 7));
  expect(requests).toEqual([
    { nodeId: 'n1', requested: '2026-01-02T03:04:05.000Z', by: 'host9', revision: '4' },
  ]);
  followed.happened('request', [event('PUT', request(9))]);
  followed.listed({ ...listingAt([], 9), request: request(9) });
  expect(requests.map(({ revision }) => revision)).toEqual(['4', '9']);
  followed.happened('request', [event('PUT', { ...request(11), value: Buffer.from('no JSON') })]);
  expect(requests.at(-1)).toEqual({ nodeId: 'n1', requested: '', by: '', revision: '11' });
});
