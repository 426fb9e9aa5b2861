import type { IEvent, IWatchResponse } from 'etcd3';
import { judgeResponse, newEvents, revisionAfter, toLeaseEvent } from './watch-response.js';

const response = (fields: Partial<IWatchResponse>): IWatchResponse => ({
  header: { cluster_id: '1', member_id: '1', revision: '999', raft_term: '1' },
  watch_id: '0',
  created: false,
  canceled: false,
  compact_revision: '0',
  cancel_reason: '',
  fragment: false,
  events: [],
  ...fields,
});
const event = (type: string, name: string, modRevision: string): IEvent =>
  ({
    type,
    kv: {
      key: Buffer.from(`/n/subnets/${name}`),
      value: Buffer.from('v'),
      create_revision: '1',
      mod_revision: modRevision,
      version: '1',
      lease: '7587883212297104390',
    },
  }) as unknown as IEvent;

test('A11 created and canceled at once is the end of the stream, with the reason of etcd', () => {
  const refused = response({
    created: true,
    canceled: true,
    watch_id: '-1',
    cancel_reason: 'invalid auth token',
  });
  expect(judgeResponse(refused, [])).toEqual({ kind: 'broken', reason: 'invalid auth token' });
  expect(judgeResponse(response({ canceled: true }), ['0'])).toMatchObject({ kind: 'broken' });
});

test('requests that we may not watch end nothing; anything else that is refused does', () => {
  const refused = response({
    created: true,
    canceled: true,
    watch_id: '-1',
    cancel_reason: 'rpc error: code = PermissionDenied desc = etcdserver: permission denied',
  });
  const verdict = judgeResponse(refused, ['0', '1']);
  expect(verdict).toEqual({ kind: 'created', created: ['0', '1', ''] });
  expect(judgeResponse(refused, ['0'])).toMatchObject({ kind: 'broken' });
  const stale = { ...refused, cancel_reason: 'invalid auth token' };
  expect(judgeResponse(stale, ['0', '1'])).toMatchObject({ kind: 'broken' });
  const events = [event('PUT', 'a', '3')];
  expect(judgeResponse(response({ watch_id: '1', events }), ['0', '1', ''])).toMatchObject({
    target: 'config',
  });
});

test('A07 canceled with a compact revision and no reason asks for a new list', () => {
  const verdict = judgeResponse(response({ canceled: true, compact_revision: '42' }), ['0', '1']);
  expect(verdict).toMatchObject({ kind: 'compacted', reason: expect.stringContaining('42') as unknown });
});

test('watch ids belong to the ranges in the order they were created', () => {
  const first = judgeResponse(response({ created: true, watch_id: '5' }), []);
  expect(first).toEqual({ kind: 'created', created: ['5'] });
  const events = [event('PUT', 'a', '3')];
  expect(judgeResponse(response({ watch_id: '5', events }), ['5', '6'])).toMatchObject({ target: 'leases' });
  expect(judgeResponse(response({ watch_id: '6', events }), ['5', '6'])).toMatchObject({ target: 'config' });
});

test('A10 a progress answer is a sign of life and nothing else', () => {
  expect(judgeResponse(response({ watch_id: '-1' }), ['0', '1'])).toEqual({ kind: 'alive' });
});

test('A09 the resume point comes from the last event, not from the header', () => {
  expect(revisionAfter([event('PUT', 'a', '10'), event('PUT', 'b', '12')], 10n)).toBe(13n);
  expect(revisionAfter([], 10n)).toBe(10n);
});

test('A30 events before the resume point are dropped', () => {
  const events = [event('PUT', 'a', '9'), event('PUT', 'b', '10'), event('DELETE', 'c', '11')];
  expect(newEvents(events, 10n).map(({ kv }) => kv.mod_revision)).toEqual(['10', '11']);
});

test('A28 lease ids stay exact, and a name is all that follows the directory', () => {
  expect(toLeaseEvent(event('PUT', 'a/b', '5'), '/n/subnets/')).toEqual({
    type: 'put',
    lease: {
      name: 'a/b',
      value: 'v',
      createRevision: '1',
      modRevision: '5',
      etcdLease: '7587883212297104390',
    },
  });
  expect(toLeaseEvent(event('DELETE', 'a', '6'), '/n/subnets/')).toEqual({
    type: 'delete',
    name: 'a',
    modRevision: '6',
  });
});
