import { parseIpv4 } from '@overlay/cidr';
import { formatLeaseValue, type LeaseEvent, type RawLease } from '@overlay/lease';
import { NODE_ID, peer, rawOf } from '../../test/support/hosts.js';
import { isOwnNewerWrite, judgeOwnEvent, judgeOwnInList, judgeOwnKey } from './own-event.js';

const own = peer(1);
const { name, attributes } = own;
const self = { nodeId: NODE_ID, lease: { name, attributes, modRevision: '9007199254740993' } };
const overlay = (nodeId: string) => ({ nodeId, hostname: 'h', version: '1', backends: [] });
const value = (nodeId?: string): string =>
  formatLeaseValue({ ...own.attributes, ...(nodeId === undefined ? {} : { overlay: overlay(nodeId) }) });

const put = (text: string, modRevision: string, name = own.name): LeaseEvent => ({
  type: 'put',
  lease: rawOf(own, { name, value: text, modRevision }),
});
const gone = (modRevision: string, name = own.name): LeaseEvent => ({ type: 'delete', name, modRevision });

/** What Flannel on another host writes. */
const FLANNELS = formatLeaseValue({ publicIp: parseIpv4('192.0.2.1'), backendType: 'vxlan' });

/** Two apart as 64-bit numbers, the same as JavaScript numbers. */
const [SAME, NEWER, OLDER] = ['9007199254740993', '9007199254740994', '9007199254740992'];

test.each<[string, LeaseEvent, string | undefined]>([
  ['our own write comes back', put(value(NODE_ID), SAME), 'ours'],
  ['our node wrote again', put(value(NODE_ID), NEWER), 'ours'],
  ['an older write of another host is delivered late', put(value('other'), OLDER), 'ours'],
  ['B04 another node wrote the key', put(value('other'), NEWER), 'taken'],
  ['flanneld wrote the key', put(value(), NEWER), 'rewritten'],
  ['B03 flanneld of another host wrote the key', put(FLANNELS, NEWER), 'taken'],
  ['the value cannot be read', put('{', NEWER), 'rewritten'],
  ['A20 B13 the key was deleted', gone(NEWER), 'gone'],
  ['a delete from before our write is delivered late', gone(OLDER), 'ours'],
  ['another key was written', put(value('other'), NEWER, '10.5.2.0-24'), undefined],
  ['another key was deleted', gone(NEWER, '10.5.2.0-24'), undefined],
])('%s', (_, event, verdict) => {
  expect(judgeOwnEvent(self, event)).toBe(verdict);
});

const raw = (text: string, modRevision: string): RawLease => rawOf(own, { value: text, modRevision });

test.each<[string, readonly RawLease[], string, string]>([
  ['the key is as we wrote it', [raw(value(NODE_ID), SAME)], NEWER, 'ours'],
  ['A20 B13 the key is not there', [rawOf(peer(2))], NEWER, 'gone'],
  ['A17 the list is from before our write, or etcd was restored', [], OLDER, 'older'],
  ['B04 another node has it', [raw(value('other'), NEWER)], NEWER, 'taken'],
  ['flanneld rewrote it', [raw(value(), NEWER)], NEWER, 'rewritten'],
  [
    'A17 I1 a restored etcd is past our revision again, and another has it',
    [raw(value('other'), OLDER)],
    NEWER,
    'older',
  ],
])('in a list: %s', (_, leases, revision, verdict) => {
  expect(judgeOwnInList(self, leases, revision)).toBe(verdict);
});

test.each<[string, RawLease | undefined, string]>([
  ['ours at an older revision', raw(value(NODE_ID), '5'), 'ours'],
  ['another node’s at an older revision', raw(value('other'), '5'), 'taken'],
  ['flanneld’s', raw(value(), '5'), 'rewritten'],
  ['not there', undefined, 'gone'],
])('A17 the key as just read is judged without regard to revisions: %s', (_, read, verdict) => {
  expect(judgeOwnKey(self, read)).toBe(verdict);
});

test.each<[string, RawLease, boolean]>([
  ['ours, newer', raw(value(NODE_ID), NEWER), true],
  ['ours, the same', raw(value(NODE_ID), SAME), false],
  ['ours, delivered late', raw(value(NODE_ID), OLDER), false],
  ['another node’s', raw(value('other'), NEWER), false],
  ['flanneld’s', raw(value(), NEWER), false],
  ['another key', rawOf(own, { name: '10.5.2.0-24', value: value(NODE_ID), modRevision: NEWER }), false],
])('A27 a write is taken over as ours: %s', (_, write, taken) => {
  expect(isOwnNewerWrite(self, write)).toBe(taken);
});
