import { parseNetworkConfig, type BackendOffer, type JsonObject, type Lease } from '@overlay/lease';
import { hostFacts, network, nodePlan, peer } from '../../test/support/hosts.js';
import type { Backend } from '../backends/model.js';
import { usableFrom } from './reach.js';
import { announced, neededBy, nextRunning, type Running, type RunningInput } from './running.js';

const LINGER_MS = 1000;

const step = (before: readonly Running[], backend: JsonObject, more: Partial<RunningInput> = {}) =>
  nextRunning(before, {
    network: network(backend),
    leases: [],
    nowMs: 0,
    lingerMs: LINGER_MS,
    refuse: () => undefined,
    usable: () => true,
    ...more,
  });
const text = (running: readonly Running[]): readonly string[] =>
  running.map(({ backend, role }) => `${backend.type} ${backend.slot} ${role}`);
const start = (backend: JsonObject): readonly Running[] => step([], backend).running;
/** What our lease says when these are in it. */
const says = (...running: readonly Running[]): { readonly published: readonly BackendOffer[] } => ({
  published: running.map(({ backend: { type, id } }) => ({ type, id })),
});
const vxlanPeer = (vni: number): Lease =>
  peer(2, { backendData: { VNI: vni, VtepMAC: '02:00:00:00:00:09' } });

test('a fresh host runs what the network config asks for, in slot 0', () => {
  expect(text(start({ Type: 'vxlan' }))).toEqual(['vxlan 0 wanted']);
});

test('C06 a new VNI takes the other slot while a peer needs the old one', () => {
  const { running } = step(start({ Type: 'vxlan' }), { Type: 'vxlan', VNI: 2 }, { leases: [vxlanPeer(1)] });
  expect(text(running)).toEqual(['vxlan 1 wanted', 'vxlan 0 leaving']);
  const reach = { ...says(...running), usable: () => true };
  expect(neededBy(running, running[1]!.backend, [vxlanPeer(1)], reach)).toEqual(['10.5.2.0-24']);
});

test('an option that both ends need not agree on changes nothing but itself', () => {
  const { running } = step(start({ Type: 'vxlan' }), { Type: 'vxlan', MTU: 1400 });
  expect(text(running)).toEqual(['vxlan 0 wanted']);
  expect(running[0]?.backend.options).toEqual({ Type: 'vxlan', MTU: 1400 });
});

test('what nobody needs is announced for half of the time it lingers, and then goes', () => {
  const target = { Type: 'host-gw' };
  const both = says(...step(start({ Type: 'vxlan' }), target).running);
  const first = step(start({ Type: 'vxlan' }), target, { nowMs: 100, ...both });
  expect(text(first.running)).toEqual(['host-gw 0 wanted', 'vxlan 0 leaving']);
  const ids = (running: readonly Running[], nowMs: number) =>
    announced(running, nowMs, LINGER_MS).map(({ type }) => type);
  expect(first.dueMs).toBe(100 + LINGER_MS / 2);
  const second = step(first.running, target, { nowMs: 100 + LINGER_MS / 2, ...both });
  expect(ids(first.running, 100)).toEqual(['host-gw', 'vxlan']);
  expect(ids(second.running, 100 + LINGER_MS / 2)).toEqual(['host-gw']);
  expect(second.dueMs).toBe(100 + LINGER_MS);
  const last = step(second.running, target, { nowMs: 100 + LINGER_MS, ...says(second.running[0]!) });
  expect(text(last.running)).toEqual(['host-gw 0 wanted']);
});

test('one that is needed again stops lingering', () => {
  const target = { Type: 'host-gw' };
  const both = says(...step(start({ Type: 'vxlan' }), target).running);
  const first = step(start({ Type: 'vxlan' }), target, both);
  const again = step(first.running, target, { nowMs: 900, leases: [vxlanPeer(1)], ...both });
  const later = step(again.running, target, { nowMs: 1800, ...both });
  expect(text(later.running)).toEqual(['host-gw 0 wanted', 'vxlan 0 leaving']);
});

const udpId = 'udp port 8285 ipv6 port 8286';

/** A peer that has both, the new one first. */
const movedPeer = (n: number): Lease =>
  peer(n, {
    backendType: '',
    overlay: {
      nodeId: `n${n}`,
      hostname: `h${n}`,
      version: '1',
      backends: [
        { type: 'udp', id: udpId, options: {} },
        { type: 'vxlan', id: 'vxlan vni 1 port 8472', options: { VNI: 1 } },
      ],
    },
  });

test('C05 the old one stays, however long, while our lease says nothing of the new one: it does not stand', () => {
  const old = start({ Type: 'vxlan' });
  const input = { leases: [movedPeer(2)], ...says(...old) };
  let next = step(old, { Type: 'udp' }, input);
  for (let nowMs = 0; nowMs < 10 * LINGER_MS; nowMs += LINGER_MS / 4)
    next = step(next.running, { Type: 'udp' }, { nowMs, ...input });
  expect(text(next.running)).toEqual(['udp 0 wanted', 'vxlan 0 leaving']);
  expect(announced(next.running, 10 * LINGER_MS, LINGER_MS).map(({ type }) => type)).toContain('vxlan');
  expect(next.running[1]?.neededFor).toBe('10.5.2.0-24');
});

test('C05 the old one stays without any peer too, and is looked at again: a peer may come that sends by what our lease says', () => {
  const old = start({ Type: 'vxlan' });
  const first = step(old, { Type: 'udp' }, says(...old));
  const later = step(first.running, { Type: 'udp' }, { nowMs: 10 * LINGER_MS, ...says(...old) });
  expect(text(later.running)).toEqual(['udp 0 wanted', 'vxlan 0 leaving']);
  expect(later.dueMs).toBe(10 * LINGER_MS + LINGER_MS / 2);
});

test('C05 after a restart nothing begins to go before the lease is there', () => {
  const both = step(start({ Type: 'vxlan' }), { Type: 'udp' });
  const again = step(both.running, { Type: 'udp' }, { nowMs: 10 * LINGER_MS });
  expect(again.running[1]).not.toHaveProperty('needlessSince');
});

test('C05 one that could not be withdrawn from our lease in time goes half of the time later than that', () => {
  const target = { Type: 'host-gw' };
  const both = says(...step(start({ Type: 'vxlan' }), target).running);
  let next = step(start({ Type: 'vxlan' }), target, both);
  for (const nowMs of [500, 1000, 1500]) next = step(next.running, target, { nowMs, ...both });
  expect(text(next.running)).toEqual(['host-gw 0 wanted', 'vxlan 0 leaving']);
  const withdrawn = says(next.running[0]!);
  expect(step(next.running, target, { nowMs: 1600, ...withdrawn }).dueMs).toBe(2000);
  expect(text(step(next.running, target, { nowMs: 1999, ...withdrawn }).running)).toHaveLength(2);
  expect(text(step(next.running, target, { nowMs: 2000, ...withdrawn }).running)).toHaveLength(1);
});

const config = (text: JsonObject) => parseNetworkConfig(JSON.stringify({ Network: '10.5.0.0/16', ...text }));
const key = (name: string) => ({ publicKey: Buffer.alloc(32, name).toString('base64'), file: '/nowhere' });

test('I17 the key of before stays for an untrusted peer that has no other, although a clear backend would lead there', () => {
  const untrusted = (generation: number) =>
    config({
      Backend: { Type: 'vxlan' },
      Backends: [{ Type: 'wireguard', KeyGeneration: generation }],
      EncryptTo: 'untrusted',
    });
  const facts = hostFacts({ wireguardKeys: new Map(['wgkey', 'wgkey-1'].map((name) => [name, key(name)])) });
  const usable = (generation: number) =>
    usableFrom({
      facts,
      config: untrusted(generation),
      subnets: nodePlan(network({ Type: 'vxlan' })).input.subnets,
    });
  const backends = [
    { type: 'vxlan', id: 'vxlan vni 1 port 8472', data: { VNI: 1, VtepMAC: '02:00:00:00:00:09' } },
    { type: 'wireguard', id: 'wireguard', data: { PublicKey: key('peer').publicKey } },
  ];
  const stopped = peer(2, { overlay: { nodeId: 'n', hostname: 'h', version: '1', backends } });
  const leases = [stopped];
  const old = step([], {}, { network: untrusted(0), usable: usable(0), leases });
  expect(text(old.running)).toEqual(['vxlan 0 wanted', 'wireguard 0 wanted']);
  let next = old;
  for (let nowMs = 0; nowMs <= 4 * LINGER_MS; nowMs += LINGER_MS / 2) {
    const input = { network: untrusted(1), usable: usable(1), leases, nowMs };
    next = step(next.running, {}, { ...input, ...says(...next.running) });
  }
  expect(text(next.running)).toEqual(['vxlan 0 wanted', 'wireguard 1 wanted', 'wireguard 0 leaving']);
  expect(next.running[2]?.neededFor).toBe(stopped.name);
});

/** A peer behind a router that can do both. */
const farPeer = (): Lease => {
  const backends = [
    { type: 'host-gw', id: 'host-gw' },
    { type: 'vxlan', id: 'vxlan vni 1 port 8472', data: { VNI: 1, VtepMAC: '02:00:00:00:00:09' } },
  ];
  const overlay = { nodeId: 'n', hostname: 'h', version: '1', backends };
  return peer(2, { backendType: 'host-gw', overlay });
};
const offLink = usableFrom({
  facts: hostFacts({ onLink: [] }),
  config: network({ Type: 'host-gw' }),
  subnets: nodePlan(network({ Type: 'host-gw' })).input.subnets,
});

test('a tunnel stays for the peers that host-gw does not lead to, and for no other', () => {
  let next = step(start({ Type: 'vxlan' }), { Type: 'host-gw' });
  const input = { leases: [farPeer()], usable: offLink, ...says(...next.running) };
  for (let nowMs = 0; nowMs <= 4 * LINGER_MS; nowMs += LINGER_MS / 2)
    next = step(next.running, { Type: 'host-gw' }, { nowMs, ...input });
  expect(text(next.running)).toEqual(['host-gw 0 wanted', 'vxlan 0 leaving']);
});

test('what a peer offers behind one that does not lead there is brought up', () => {
  const { running } = step([], { Type: 'host-gw' }, { leases: [farPeer()], usable: offLink });
  expect(text(running)).toEqual(['host-gw 0 wanted', 'vxlan 0 demanded']);
});

test('changing back at once takes the old one as it is', () => {
  const first = step(start({ Type: 'vxlan' }), { Type: 'vxlan', VNI: 2 }, { leases: [vxlanPeer(1)] });
  const back = step(first.running, { Type: 'vxlan' }, { leases: [vxlanPeer(1)] });
  expect(text(back.running)).toEqual(['vxlan 0 wanted', 'vxlan 1 leaving']);
});

test('a third configuration of one type waits until peers have left one of the two', () => {
  const two = step(start({ Type: 'vxlan' }), { Type: 'vxlan', VNI: 2 }, { leases: [vxlanPeer(1)] });
  const three = step(two.running, { Type: 'vxlan', VNI: 3 }, { leases: [vxlanPeer(1)] });
  expect(three.waiting).toEqual([expect.objectContaining({ type: 'vxlan', code: 'OVL_BACKEND_BUSY' })]);
  expect(three.running.map(({ backend }) => backend.id)).toContain('vxlan vni 1 port 8472');
});

test('a third configuration gets its slot in the pass after the one that gave it up', () => {
  const target = { Type: 'vxlan', VNI: 3 };
  let next = step(start({ Type: 'vxlan' }), { Type: 'vxlan', VNI: 2 });
  const all = says(...next.running);
  for (const nowMs of [0, 500]) next = step(next.running, target, { nowMs, ...all });
  expect(text(next.running)).toEqual(['vxlan 1 leaving', 'vxlan 0 leaving']);
  const withdrawn = says(next.running[0]!);
  const freed = step(next.running, target, { nowMs: 1000, ...withdrawn });
  expect(text(freed.running)).toEqual(['vxlan 1 leaving']);
  expect(freed.waiting).toHaveLength(1);
  expect(freed.dueMs).toBe(1000);
  const done = step(freed.running, target, { nowMs: 1000, ...withdrawn });
  expect(text(done.running)).toEqual(['vxlan 0 wanted', 'vxlan 1 leaving']);
  expect(done.waiting).toEqual([]);
});

test('one that many peers ask for and that has no slot is reported once', () => {
  const two = step(start({ Type: 'vxlan' }), { Type: 'vxlan', VNI: 2 }, { leases: [vxlanPeer(1)] });
  const backends = [{ type: 'vxlan', id: 'vxlan vni 3 port 8472', options: { VNI: 3 } }];
  const overlay = { nodeId: 'n', hostname: 'h', version: '1', backends };
  const leases = [vxlanPeer(1), peer(5, { overlay }), peer(6, { overlay })];
  const { waiting } = step(two.running, { Type: 'vxlan', VNI: 2 }, { leases });
  expect(waiting).toHaveLength(1);
});

test('D23 what this host cannot run is not run, and the old one goes on', () => {
  const refuse = (backend: Backend) =>
    backend.type === 'gre' ? { code: 'OVL_BACKEND_REFUSED', reason: 'no gre' } : undefined;
  const { running, waiting } = step(
    start({ Type: 'vxlan' }),
    { Type: 'gre' },
    { refuse, leases: [vxlanPeer(1)] },
  );
  expect(text(running)).toEqual(['vxlan 0 leaving']);
  expect(waiting).toEqual([{ type: 'gre', code: 'OVL_BACKEND_REFUSED', reason: 'no gre' }]);
});

test('what a peer alone receives by is brought up beside the wanted one, with the options the peer tells', () => {
  const overlay = {
    nodeId: 'n',
    hostname: 'h',
    version: '1',
    backends: [{ type: 'vxlan', id: 'vxlan vni 9 port 4789', options: { VNI: 9, Port: 4789 } }],
  };
  const lease = peer(2, { backendType: 'vxlan', overlay });
  const { running } = step([], { Type: 'host-gw' }, { leases: [lease] });
  expect(text(running)).toEqual(['host-gw 0 wanted', 'vxlan 0 demanded']);
  expect(running[1]?.backend.id).toBe('vxlan vni 9 port 4789');
});

test('a reservation, which says nothing of how it receives, brings nothing up', () => {
  const { running } = step([], { Type: 'host-gw' }, { leases: [peer(2, { backendType: '' })] });
  expect(text(running)).toEqual(['host-gw 0 wanted']);
});

test('what a peer announces and nobody knows is left alone', () => {
  const { running } = step([], { Type: 'host-gw' }, { leases: [peer(2, { backendType: 'weave' })] });
  expect(text(running)).toEqual(['host-gw 0 wanted']);
});

test('I17 where everything must be encrypted, no peer makes this host run a clear backend', () => {
  const strict = { ...network({ Type: 'wireguard' }), encryptTo: 'all' as const };
  const usable = usableFrom({ facts: hostFacts(), config: strict });
  const { running } = step([], {}, { network: strict, leases: [vxlanPeer(1)], usable });
  expect(text(running)).toEqual(['wireguard 0 wanted']);
});

test('a preference comes first, with the options of the network config for its type', () => {
  const preferred = { Type: 'vxlan' };
  const config = { ...network({ Type: 'host-gw' }), alsoBackends: [{ Type: 'vxlan', VNI: 5 }] };
  const { running } = step([], {}, { network: config, preferred });
  expect(running.map(({ backend }) => backend.id)).toEqual(['vxlan vni 5 port 8472', 'host-gw']);
});

test('one that cannot run beside another runs alone', () => {
  const { running } = step(start({ Type: 'vxlan' }), { Type: 'alloc' }, { leases: [vxlanPeer(1)] });
  expect(text(running)).toEqual(['alloc 0 wanted']);
});

test('D23 what ran goes on, however long, while all that is wanted is refused', () => {
  const refuse = ({ type }: Backend) =>
    type === 'gre' ? { code: 'OVL_BACKEND_REFUSED', reason: 'no gre' } : undefined;
  const first = step(start({ Type: 'vxlan' }), { Type: 'gre' }, { refuse });
  const later = step(first.running, { Type: 'gre' }, { refuse, nowMs: 100 * LINGER_MS });
  expect(text(later.running)).toEqual(['vxlan 0 leaving']);
  expect(announced(later.running, 100 * LINGER_MS, LINGER_MS)).toHaveLength(1);
  expect(text(step(later.running, { Type: 'vxlan' }).running)).toEqual(['vxlan 0 wanted']);
});

test('C06 a udp whose port is the running one’s of the other address family waits; with IPv4 alone it does not', () => {
  const dual = { network: network({ Type: 'udp', Port: 8286 }, true) };
  const before = step([], {}, { network: network({ Type: 'udp' }, true) }).running;
  const { running, waiting } = step(before, {}, dual);
  expect(text(running)).toEqual(['udp 0 leaving']);
  expect(waiting).toEqual([
    expect.objectContaining({ code: 'OVL_BACKEND_BUSY', reason: expect.stringContaining('8286') as string }),
  ]);
  expect(text(step(start({ Type: 'udp' }), { Type: 'udp', Port: 8286 }).running)[0]).toBe('udp 1 wanted');
});
