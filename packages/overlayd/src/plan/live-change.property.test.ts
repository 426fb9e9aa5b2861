import type { JsonObject } from '@overlay/lease';
import fc from 'fast-check';
import {
  Cluster,
  LINGER_MS,
  NEWS_MS,
  type Host,
  type Site,
  type Wish,
} from '../../test/support/live-cluster.js';

const OPEN: readonly Wish[] = [
  { Type: 'host-gw' },
  { Type: 'vxlan' },
  { Type: 'vxlan', VNI: 2 },
  { Type: 'vxlan', Port: 4789 },
  { Type: 'vxlan', DirectRouting: true },
  { Type: 'gre' },
  { Type: 'gre', Key: 7 },
  { Type: 'ipip' },
  { Type: 'udp' },
  { Type: 'udp', Port: 9000 },
  { Type: 'wireguard' },
  { Type: 'wireguard', KeyGeneration: 1 },
].map((Backend) => ({ Backend }));

/** The first two hosts may talk in clear, the third behind the router may not. */
const GUARDED: readonly Wish[] = [
  [{ Type: 'vxlan' }, { Type: 'wireguard' }],
  [{ Type: 'vxlan' }, { Type: 'wireguard', KeyGeneration: 1 }],
  [{ Type: 'gre' }, { Type: 'wireguard' }],
  [{ Type: 'host-gw' }, { Type: 'wireguard', KeyGeneration: 2 }],
  [{ Type: 'wireguard' }, { Type: 'ipip' }],
].map(([Backend, ...Backends]) => ({
  Backend: Backend!,
  Backends,
  EncryptTo: 'untrusted',
  TrustedPrefixes: ['172.31.0.0/16', 'fd31::/16'],
}));

interface Change {
  readonly site: Site;
  readonly before: Wish;
  readonly target: Wish;
}

const leadsOut = ({ Backend }: Wish): boolean => (Backend as JsonObject)['Type'] !== 'host-gw';
const siteAt = (routed: boolean) => fc.record({ routed: fc.constant(routed), dualStack: fc.boolean() });
const between = (wishes: readonly Wish[], targets: readonly Wish[], routed: boolean): fc.Arbitrary<Change> =>
  fc.record({
    site: siteAt(routed),
    before: fc.constantFrom(...wishes),
    target: fc.constantFrom(...targets),
  });
const near = between(OPEN, OPEN, false);
/** Nobody leads behind the router by host-gw: the cluster of before must work. */
const far = between(OPEN.filter(leadsOut), OPEN, true);
const guarded = between(GUARDED, GUARDED, true);

type Action =
  | { readonly type: 'config' | 'pass' | 'restart' | 'stuck' | 'mute'; readonly host: number }
  | { readonly type: 'tell'; readonly host: number; readonly other: number }
  /** As every host does from time to time. */
  | { readonly type: 'check' }
  | { readonly type: 'wait'; readonly ms: number };

const host = fc.nat(2);
const onHost = <T extends Exclude<Action['type'], 'tell' | 'check' | 'wait'>>(type: T) =>
  fc.record({ type: fc.constant(type), host });
const wait = (min: number, max: number) =>
  fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min, max }) });
const action: fc.Arbitrary<Action> = fc.oneof(
  { arbitrary: onHost('config'), weight: 8 },
  { arbitrary: onHost('pass'), weight: 4 },
  { arbitrary: fc.constant({ type: 'check' as const }), weight: 5 },
  { arbitrary: onHost('restart'), weight: 1 },
  { arbitrary: onHost('stuck'), weight: 2 },
  { arbitrary: onHost('mute'), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant('tell' as const), host, other: host }), weight: 3 },
  { arbitrary: wait(100, NEWS_MS / 2), weight: 2 },
  { arbitrary: wait(LINGER_MS / 4, LINGER_MS), weight: 6 },
);

function act(cluster: Cluster, target: Wish, one: Action): void {
  const at = (n: number): Host => cluster.hosts[n]!;
  if (one.type === 'tell') return cluster.tell(at(one.host), at(one.other));
  if (one.type === 'wait') return spend(cluster, one.ms);
  if (one.type === 'check') return cluster.hosts.forEach((each) => each.pass());
  const chosen = at(one.host);
  if (one.type === 'config') chosen.hear(target);
  else if (one.type === 'pass') chosen.pass();
  else if (one.type === 'restart') chosen.restart();
  else chosen[one.type] = !chosen[one.type];
}

/** Time goes on in steps that news take. */
function spend(cluster: Cluster, ms: number): void {
  for (let left = ms; left > 0; left -= NEWS_MS / 2) {
    cluster.nowMs += Math.min(left, NEWS_MS / 2);
    cluster.catchUp();
    if (left > NEWS_MS / 2) expect(cluster.broken()).toEqual([]);
  }
}

test.each([
  ['of hosts on one network', near, 120],
  ['with a host behind a router', far, 100],
  ['with a host that packets must be encrypted to', guarded, 100],
] as const)(
  'C05 whatever order hosts hear of a new backend in, every packet %s is one that its receiver takes',
  (_, changes, numRuns) => {
    fc.assert(
      fc.property(changes, fc.array(action, { maxLength: 40 }), ({ site, before, target }, actions) => {
        const cluster = new Cluster(3, before, site);
        expect(cluster.broken()).toEqual([]);
        for (const one of actions) {
          act(cluster, target, one);
          expect(cluster.broken()).toEqual([]);
        }
      }),
      { numRuns },
    );
  },
);

test('C05 I8 a restart in the middle of a change sends by no way that peers have not heard of', () => {
  const [target, , , before] = GUARDED as readonly [Wish, Wish, Wish, Wish];
  const cluster = new Cluster(3, before, { routed: true, dualStack: false });
  const actions: readonly Action[] = [
    { type: 'config', host: 2 },
    { type: 'wait', ms: LINGER_MS / 4 },
    { type: 'config', host: 1 },
    { type: 'restart', host: 1 },
  ];
  for (const one of actions) {
    act(cluster, target, one);
    expect(cluster.broken()).toEqual([]);
  }
});

test('C05 when all hosts have heard of it, only the new backend runs', () => {
  fc.assert(
    fc.property(near, ({ site, before, target }) => {
      const cluster = new Cluster(3, before, site);
      for (const one of cluster.hosts) one.wish = target;
      const [first, ...others] = cluster.settle();
      expect(first).toHaveLength(1);
      for (const other of others) expect(other).toEqual(first);
      expect(cluster.broken()).toEqual([]);
    }),
    { numRuns: 70 },
  );
});

test.each([
  ['a host', near],
  ['a host behind a router', far],
  ['a host that packets must be encrypted to', guarded],
] as const)(
  'C05 %s that was away meanwhile is reached by the old backend, and moves when it is back',
  (_, changes) => {
    fc.assert(
      fc.property(changes, ({ site, before, target }) => {
        const cluster = new Cluster(3, before, site);
        const [one, two, away] = cluster.hosts as [Host, Host, Host];
        for (const present of [one, two]) present.wish = target;
        for (let round = 0; round < 6; round += 1) {
          cluster.nowMs += LINGER_MS;
          for (const present of [one, two]) present.pass();
          cluster.tell(one, two);
          cluster.tell(two, one);
          expect(cluster.broken()).toEqual([]);
        }
        away.wish = target;
        const running = cluster.settle();
        expect(cluster.broken()).toEqual([]);
        if (changes === near) {
          expect(new Set(running.map((ids) => ids.join())).size).toBe(1);
          expect(running[0]).toHaveLength(1);
        }
      }),
      { numRuns: 25 },
    );
  },
);

test.each(['stuck', 'mute'] as const)(
  'C05 D12 a host whose new devices cannot be made, or that cannot tell (%s), goes on to be reached, and moves later',
  (fault) => {
    fc.assert(
      fc.property(fc.oneof(near, far, guarded), ({ site, before, target }) => {
        const cluster = new Cluster(3, before, site);
        const [faulty] = cluster.hosts as [Host, Host, Host];
        faulty[fault] = true;
        for (const each of cluster.hosts) each.hear(target);
        for (let round = 0; round < 12; round += 1) {
          spend(cluster, LINGER_MS / 4);
          for (const each of cluster.hosts) each.pass();
          expect(cluster.broken()).toEqual([]);
        }
        faulty[fault] = false;
        const running = cluster.settle();
        expect(cluster.broken()).toEqual([]);
        if (!site.routed) expect(running[0]).toHaveLength(1);
      }),
      { numRuns: 25 },
    );
  },
);

test('hosts that each prefer another backend reach each other', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...OPEN), { minLength: 3, maxLength: 3 }), (wishes) => {
      const cluster = new Cluster(3, { Backend: { Type: 'vxlan' } });
      wishes.forEach((wish, index) => (cluster.hosts[index]!.wish = wish));
      cluster.settle();
      expect(cluster.broken()).toEqual([]);
    }),
    { numRuns: 70 },
  );
});
