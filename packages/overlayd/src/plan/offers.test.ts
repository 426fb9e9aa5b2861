import type { BackendOffer } from '@overlay/lease';
import { mac, network, peer } from '../../test/support/hosts.js';
import { createBackend } from '../backends/registry.js';
import { matches, offersOf } from './offers.js';

const overlay = (...backends: BackendOffer[]) => ({ nodeId: 'n', hostname: 'h', version: '1', backends });
const types = (offers: readonly BackendOffer[]): readonly string[] => offers.map(({ type }) => type);

test('Flannel’s lease is one offer, and one without a type is udp', () => {
  expect(offersOf(peer(2))).toEqual([{ type: 'vxlan', data: { VNI: 1, VtepMAC: mac(2) } }]);
  expect(types(offersOf(peer(2, { backendType: '' })))).toEqual(['udp']);
});

test('ours lists its own, as it prefers; alloc offers nothing', () => {
  const both = overlay({ type: 'vxlan', id: 'a' }, { type: 'gre', id: 'b' });
  expect(types(offersOf(peer(2, { overlay: both })))).toEqual(['vxlan', 'gre']);
  expect(offersOf(peer(2, { backendType: '', overlay: overlay() }))).toEqual([]);
});

test('where Flannel’s fields name another type, that comes first', () => {
  const lease = peer(2, { backendType: 'host-gw', overlay: overlay({ type: 'vxlan', id: 'a' }) });
  expect(types(offersOf(lease))).toEqual(['host-gw', 'vxlan']);
});

test('an offer with an id is met by that id alone, one without by what its data says', () => {
  const backend = createBackend(network({ Type: 'vxlan', VNI: 7 }));
  expect(matches(backend, { type: 'vxlan', id: backend.id })).toBe(true);
  expect(matches(backend, { type: 'vxlan', id: 'vxlan vni 7 port 4789' })).toBe(false);
  expect(matches(backend, { type: 'vxlan', data: { VNI: 7 } })).toBe(true);
  expect(matches(backend, { type: 'vxlan', data: { VNI: 1 } })).toBe(false);
  expect(matches(backend, { type: 'gre' })).toBe(false);
});
