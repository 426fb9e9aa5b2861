import type { JsonObject, Lease } from '@overlay/lease';
import { network, peer } from '../../test/support/hosts.js';
import type { Backend } from '../backends/model.js';
import { announced, neededBy, nextRunning, type Running, type RunningInput } from './running.js';

const LINGER_MS = 1000;

const step = (before: readonly Running[], backend: JsonObject, more: Partial<RunningInput> = {}) =>
  nextRunning(before, {
    network: network(backend),
    leases: [],
    nowMs: 0,
    lingerMs: LINGER_MS,
    refuse: () => undefined,
    ...more,
  });
const text = (running: readonly Running[]): readonly string[] =>
  running.map(({ backend, role }) => `${backend.type} ${backend.slot} ${role}`);
const start = (backend: JsonObject): readonly Running[] => step([], backend).running;
const vxlanPeer = (vni: number): Lease =>
  peer(2, { backendData: { VNI: vni, VtepMAC: '02:00:00:00:00:09' } });

test('a fresh host runs what the network config asks for, in slot 0', () => {
  expect(text(start({ Type: 'vxlan' }))).toEqual(['vxlan 0 wanted']);
});

test('C06 a new VNI takes the other slot while a peer needs the old one', () => {
  const { running } = step(start({ Type: 'vxlan' }), { Type: 'vxlan', VNI: 2 }, { leases: [vxlanPeer(1)] });
  expect(text(running)).toEqual(['vxlan 1 wanted', 'vxlan 0 leaving']);
  expect(neededBy(running, running[1]!.backend, [vxlanPeer(1)])).toEqual(['10.5.2.0-24']);
});

test('an option that both ends need not agree on changes nothing but itself', () => {
  const { running } = step(start({ Type: 'vxlan' }), { Type: 'vxlan', MTU: 1400 });
  expect(text(running)).toEqual(['vxlan 0 wanted']);
  expect(running[0]?.backend.options).toEqual({ Type: 'vxlan', MTU: 1400 });
});

test('what nobody needs is announced for half of the time it lingers, and then goes', () => {
  const target = { Type: 'host-gw' };
  const first = step(start({ Type: 'vxlan' }), target, { nowMs: 100 });
  expect(text(first.running)).toEqual(['host-gw 0 wanted', 'vxlan 0 leaving']);
  const ids = (running: readonly Running[], nowMs: number) =>
    announced(running, nowMs, LINGER_MS).map(({ type }) => type);
  expect(first.dueMs).toBe(100 + LINGER_MS / 2);
  const second = step(first.running, target, { nowMs: 100 + LINGER_MS / 2 });
  expect(ids(first.running, 100)).toEqual(['host-gw', 'vxlan']);
  expect(ids(second.running, 100 + LINGER_MS / 2)).toEqual(['host-gw']);
  expect(second.dueMs).toBe(100 + LINGER_MS);
  expect(text(step(second.running, target, { nowMs: 100 + LINGER_MS }).running)).toEqual([
    'host-gw 0 wanted',
  ]);
});

test('one that is needed again stops lingering', () => {
  const target = { Type: 'host-gw' };
  const first = step(start({ Type: 'vxlan' }), target);
  const again = step(first.running, target, { nowMs: 900, leases: [vxlanPeer(1)] });
  const later = step(again.running, target, { nowMs: 1800 });
  expect(text(later.running)).toEqual(['host-gw 0 wanted', 'vxlan 0 leaving']);
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

test('D12 what this host cannot run is not run, and the old one goes on', () => {
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

test('G where everything must be encrypted, no peer makes this host run a clear backend', () => {
  const strict = { ...network({ Type: 'wireguard' }), encryptTo: 'all' as const };
  const { running } = step([], {}, { network: strict, leases: [vxlanPeer(1)] });
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
