import { parseIpv4, parseIpv4Prefix } from '@overlay/cidr';
import { formatLeaseValue, type LeaseAttributes } from '@overlay/lease';
import { peer, rawOf } from '../test/support/hosts.js';
import { dockerRows, fileRows, leaseRows, previewTable } from './dry-run-text.js';

const own = peer(1);
const { attributes } = own;
const moved: LeaseAttributes = { ...attributes, publicIp: parseIpv4('172.31.0.9') };
const free = { subnet: parseIpv4Prefix('10.5.7.0/24') };
const pools = [] as const;

test('a new lease is an add, one that no longer fits is replaced by another', () => {
  expect(leaseRows({ kind: 'create', subnets: free, pools }, [], attributes)).toEqual([
    { op: 'add', type: 'lease', object: `10.5.7.0-24 ${formatLeaseValue(attributes)}` },
  ]);
  const rows = leaseRows({ kind: 'replace', lease: own, next: free, pools }, [rawOf(own)], attributes);
  expect(rows.map(({ op, object }) => `${op} ${object.split(' ')[0]}`)).toEqual([
    'add 10.5.7.0-24',
    'remove 10.5.1.0-24',
  ]);
});

test('a lease in use is rewritten only when its value changes', () => {
  const decision = { kind: 'reuse', lease: own } as const;
  expect(leaseRows(decision, [rawOf(own)], attributes)).toEqual([]);
  expect(leaseRows(decision, [rawOf(own)], moved)).toEqual([
    { op: 'replace', type: 'lease', object: `10.5.1.0-24 ${formatLeaseValue(moved)}` },
  ]);
});

test('a file is listed when its content would change', () => {
  expect(fileRows('/f', undefined, 'A=1\nB=2\n')).toEqual([
    { op: 'add', type: 'file', object: '/f A=1 B=2' },
  ]);
  expect(fileRows('/f', 'A=1\n', 'A=2\n')[0]?.op).toBe('replace');
  expect(fileRows('/f', 'A=1\n', 'A=1\n')).toEqual([]);
});

test('"nothing would be changed" is said only when there is nothing at all', () => {
  const nothing = { lease: '10.5.1.0/24', decision: 'reuse', changes: [], firewall: [] };
  expect(previewTable(nothing)).toContain('nothing would be changed');
  const blocked = { op: 'blocked', type: 'link', object: 'flannel.1: not ours' };
  expect(previewTable({ ...nothing, changes: [blocked] })).not.toContain('nothing would be changed');
  expect(previewTable({ ...nothing, firewall: ['-A X'] })).not.toContain('nothing would be changed');
});

test('Docker is asked for what the lease says', () => {
  expect(dockerRows(undefined, '/d')).toEqual([]);
  const wish = {
    mode: 'network',
    instance: 'default',
    network: 'overlay',
    mtu: 1450,
    ipMasq: true,
    restart: 'never',
  } as const;
  expect(dockerRows({ ...wish, ...free }, '/d')[0]?.object).toBe(
    'network overlay with subnet 10.5.7.0/24 mtu 1450',
  );
  expect(dockerRows({ ...wish, ...free, mode: 'daemon-json' }, '/d')[0]?.object).toContain('bridge by /d');
});
