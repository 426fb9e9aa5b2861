import { parseIpv4 } from '@overlay/cidr';
import type { RawLease } from '@overlay/lease';
import { NODE_ID, peer, rawOf } from '../../test/support/hosts.js';
import { rivalOf } from './rivals.js';

const SELF = { nodeId: NODE_ID, publicIp: parseIpv4('172.31.0.1'), own: new Set(['10.5.1.0-24']) };

function lease(n: number, nodeId: string, publicIp: string): RawLease {
  const overlay = { nodeId, hostname: `h${n}`, version: '1', backends: [] };
  return rawOf(peer(n, { publicIp: parseIpv4(publicIp), overlay }));
}

test('B06 a lease of another node with our public address is told, with that node', () => {
  const problem = rivalOf(lease(2, 'node-b', '172.31.0.1'), SELF);
  expect(problem).toMatchObject({ code: 'OVL_PUBLIC_IP_CONFLICT' });
  expect(problem?.message).toContain('node node-b (h2, 172.31.0.1)');
});

test('B07 a lease elsewhere with our node id is told, with its host', () => {
  const problem = rivalOf(lease(2, NODE_ID, '172.31.0.2'), SELF);
  expect(problem).toMatchObject({ code: 'OVL_NODE_ID_DUPLICATE' });
  expect(problem?.message).toContain('host h2 (172.31.0.2)');
});

test.each<[string, RawLease]>([
  ['our own lease, whatever it says', lease(1, NODE_ID, '172.31.0.9')],
  ['what an earlier try of ours left behind', lease(3, NODE_ID, '172.31.0.1')],
  ['any other host', lease(2, 'node-b', '172.31.0.2')],
  ['a reservation for our address', { ...lease(2, 'node-b', '172.31.0.1'), etcdLease: '0' }],
  ['what flanneld left behind on this host', rawOf(peer(2, { publicIp: parseIpv4('172.31.0.1') }))],
  ['an address that begins like ours', lease(2, 'node-b', '172.31.0.11')],
  ['a value that cannot be read', { ...lease(2, NODE_ID, '172.31.0.2'), value: `{"${NODE_ID}"` }],
])('B06 B07 no rival is %s', (_, raw) => {
  expect(rivalOf(raw, SELF)).toBeUndefined();
});
