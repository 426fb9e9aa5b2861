import type { Ipv6Prefix } from '@overlay/cidr';
import { overlaps } from '@overlay/cidr';
import fc from 'fast-check';

import { LeaseSet, parseLeaseName, parseLeaseValue, parseNetworkConfig } from './index.js';
import type { LeaseEvent, LeasePolicy, LeaseSubnets, RawLease } from './index.js';

const config = parseNetworkConfig(
  '{"Network":"10.5.0.0/16","EnableIPv6":true,"IPv6Network":"fd00:5::/48","Backend":{"Type":"vxlan"}}',
);
const policy: LeasePolicy = { config };

const names = [
  ...[
    '10.5.1.0-24',
    '10.5.0.0-23',
    '10.5.0.0-20',
    '10.5.1.64-26',
    '10.5.2.0-24',
    '10.5.3.0-24',
    'x10.5.3.0-24',
  ],
  ...[
    '10.5.1.0-24&fd00:5:0:1::-64',
    '10.5.2.0-24&fd00:5:0:1::-64',
    '10.5.3.0-24&fd00:5::-60',
    '10.6.0.0-24',
    '0.0.0.0-0',
  ],
];

function valueOf(ip: number, mac: number, kind: number): string {
  if (kind === 0) return '{broken';
  if (kind === 1) return `{"PublicIP":"192.0.2.${ip}","PublicIPv6":"2001:db8::${mac}"}`;
  const data = `{"VNI":1,"VtepMAC":"02:00:00:00:00:0${mac}"}`;
  return `{"PublicIP":"192.0.2.${ip}","PublicIPv6":null,"BackendType":"vxlan","BackendData":${data},"BackendV6Data":${data}}`;
}

const value = fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)).map(([ip, mac, kind]) => valueOf(ip, mac, kind));
const step = fc.record({ name: fc.constantFrom(...names), value, remove: fc.nat(3).map((n) => n === 0) });

/** What etcd would send for these writes: one revision each, the create revision kept until a delete. */
function history(steps: readonly { name: string; value: string; remove: boolean }[]): LeaseEvent[] {
  const created = new Map<string, string>();
  return steps.flatMap(({ name, value: text, remove }, i): LeaseEvent[] => {
    const modRevision = String(i + 2);
    if (remove) return created.delete(name) ? [{ type: 'delete', name, modRevision }] : [];
    const createRevision = created.get(name) ?? modRevision;
    created.set(name, createRevision);
    return [{ type: 'put', lease: { name, value: text, createRevision, modRevision, etcdLease: '1' } }];
  });
}

function stateOf(set: LeaseSet): unknown {
  return { used: [...set.used()], rejected: set.rejected(), size: set.size };
}

function run(events: readonly LeaseEvent[]): LeaseSet {
  const set = new LeaseSet(policy);
  for (const event of events) set.applyEvents([event]);
  return set;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

test('I11 every permutation of up to 5 events gives the same leases and the same rejections', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
      const events = history(steps);
      const expected = stateOf(run(events));
      for (const order of permutations(events)) expect(stateOf(run(order))).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('I11 repetition and batching change nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, cut) => {
      const events = history(steps);
      const batched = new LeaseSet(policy);
      batched.applyEvents(events.slice(0, cut));
      batched.applyEvents([...events.slice(cut), ...events]);
      expect(stateOf(batched)).toEqual(stateOf(run(events)));
    }),
  );
});

function meets(a: Ipv6Prefix | undefined, b: Ipv6Prefix | undefined): boolean {
  return a !== undefined && b !== undefined && overlaps(a, b);
}

/** The rules said once more, slowly: the oldest first, each used if no used one stands against it. */
function slowUsed(leases: readonly RawLease[]): string[] {
  interface Taken {
    readonly subnets: LeaseSubnets;
    readonly things: readonly string[];
  }
  const taken: Taken[] = [];
  const used: string[] = [];
  const age = (lease: RawLease): number => Number(lease.createRevision);
  for (const lease of leases.toSorted((a, b) => age(a) - age(b))) {
    if (!lease.name.startsWith('10.5.') || !lease.value.includes('PublicIP')) continue;
    const subnets = parseLeaseName(lease.name);
    const attributes = parseLeaseValue(lease.value);
    const mac = /02:00:00:00:00:0\d/.exec(lease.value)?.[0];
    const things4 = [`a${attributes.publicIp.bits}`, ...(mac === undefined ? [] : [`m${mac}`])];
    if (
      taken.some(
        (t) => overlaps(t.subnets.subnet, subnets.subnet) || t.things.some((x) => things4.includes(x)),
      )
    )
      continue;
    const ip6 = attributes.publicIpv6;
    const things6 = [mac, ip6?.bits].filter((x) => x !== undefined).map((x) => `6${x}`);
    const { ipv6Subnet } = subnets;
    const clash = taken.some(({ subnets: other, things }) => {
      return meets(other.ipv6Subnet, ipv6Subnet) || things.some((x) => things6.includes(x));
    });
    const whole = ipv6Subnet !== undefined && !clash;
    taken.push({
      subnets: { subnet: subnets.subnet, ...(whole && { ipv6Subnet }) },
      things: whole ? [...things4, ...things6] : things4,
    });
    used.push(`${lease.name} ${whole ? 'both' : 'IPv4'}`);
  }
  return used.sort();
}

test('C12 C13 C14 the leases in use are those of the slow rule, after any history', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      // Without unreadable values, so that no older good one stands in for the latest.
      const events = history(steps.filter(({ value: text }) => text !== '{broken'));
      const last = new Map<string, RawLease>();
      for (const event of events) {
        if (event.type === 'put') last.set(event.lease.name, event.lease);
        else last.delete(event.name);
      }
      const used = [...run(events).used()].map(
        (l) => `${l.name} ${l.ipv6Subnet === undefined ? 'IPv4' : 'both'}`,
      );
      expect(used.sort()).toEqual(slowUsed([...last.values()]));
    }),
    { numRuns: 500 },
  );
});

test('a snapshot gives what the events up to it gave', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 10 }), (steps, earlier) => {
      const events = history(steps.filter(({ value: text }) => text !== '{broken'));
      const last = new Map<string, RawLease>();
      for (const event of events) {
        if (event.type === 'put') last.set(event.lease.name, event.lease);
        else last.delete(event.name);
      }
      const set = run(history(earlier));
      set.applySnapshot({ leases: [...last.values()], revision: '1000' });
      const fresh = new LeaseSet(policy);
      fresh.applySnapshot({ leases: [...last.values()], revision: '1000' });
      expect(stateOf(fresh)).toEqual(stateOf(run(events)));
      expect([...set.used()]).toEqual([...fresh.used()]);
    }),
  );
});

test('I5 keys added by anyone later change nothing for the leases that were there', () => {
  const hostileName = fc.oneof(
    fc.constantFrom(...names),
    fc.string({ maxLength: 30 }),
    fc.constant('__proto__'),
  );
  const hostileValue = fc.oneof(value, fc.string(), fc.json());
  const hostile = fc.array(fc.record({ name: hostileName, value: hostileValue }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 15 }), hostile, (steps, keys) => {
      const events = history(steps);
      const set = run(events);
      const before = { used: [...set.used()], rejected: set.rejected() };
      const known = new Set([...before.used, ...before.rejected].map(({ name }) => name));
      const added = keys.filter(({ name }) => !known.has(name));
      set.applyEvents(
        added.map(({ name, value: text }, i) => {
          const revision = String(1000 + i);
          return {
            type: 'put',
            lease: { name, value: text, createRevision: revision, modRevision: revision, etcdLease: '0' },
          };
        }),
      );
      expect([...set.used()].filter(({ name }) => known.has(name))).toEqual(before.used);
      expect(set.rejected().filter(({ name }) => known.has(name))).toEqual(before.rejected);
    }),
    { numRuns: 1000 },
  );
});

test('the reported changes are exactly the differences', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const set = new LeaseSet(policy);
      const seen = new Map<string, string | undefined>();
      const text = (name: string): string | undefined => {
        const lease = set.get(name);
        return (
          lease &&
          JSON.stringify([lease.attributes, lease.ipv6Subnet?.length], (_k, v: unknown) =>
            typeof v === 'bigint' ? String(v) : v,
          )
        );
      };
      for (const event of history(steps)) {
        const { changed } = set.applyEvents([event]);
        const differing = names.filter((name) => text(name) !== seen.get(name)).sort();
        expect(changed).toEqual(differing);
        for (const name of names) seen.set(name, text(name));
      }
    }),
  );
});
