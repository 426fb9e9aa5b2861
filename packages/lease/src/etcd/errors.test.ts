import { isStaleToken, meaningOf, toEtcdError } from './errors.js';

const REFUSED =
  '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ';

test.each([
  [REFUSED, 'OVL_ETCD_UNREACHABLE', false],
  ['14 UNAVAILABLE: Connection dropped', 'OVL_ETCD_UNREACHABLE', true],
  ['4 DEADLINE_EXCEEDED: Deadline exceeded after 5.0s,Waiting for LB pick', 'OVL_ETCD_UNREACHABLE', false],
  [
    '4 DEADLINE_EXCEEDED: Deadline exceeded after 5.0s,LB pick: 0.1s,remote_addr=127.0.0.1:1',
    'OVL_ETCD_TIMEOUT',
    true,
  ],
  ['14 UNAVAILABLE: etcdserver: request timed out', 'OVL_ETCD_TIMEOUT', true],
  ['14 UNAVAILABLE: etcdserver: no leader', 'OVL_ETCD_TIMEOUT', true],
  // etcd 3.4, when its own clock for the deadline of the call is ahead of ours.
  ['2 UNKNOWN: context deadline exceeded', 'OVL_ETCD_TIMEOUT', true],
  [
    '14 UNAVAILABLE: No connection established. Last error: unable to verify the first certificate',
    'OVL_ETCD_TLS',
    false,
  ],
  ['8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded', 'OVL_ETCD_NOSPACE', false],
  ['7 PERMISSION_DENIED: etcdserver: permission denied', 'OVL_ETCD_PERMISSION', false],
  [
    '3 INVALID_ARGUMENT: etcdserver: authentication failed, invalid user ID or password',
    'OVL_ETCD_AUTH',
    false,
  ],
  ['3 INVALID_ARGUMENT: etcdserver: user name is empty', 'OVL_ETCD_AUTH', false],
  ['16 UNAUTHENTICATED: the auth token is no longer valid', 'OVL_ETCD_AUTH', false],
  ['5 NOT_FOUND: etcdserver: requested lease not found', 'OVL_ETCD_LEASE_GONE', false],
  [
    '13 INTERNAL: Received RST_STREAM with code 2 triggered by internal client error: read ETIMEDOUT',
    'OVL_ETCD_UNREACHABLE',
    true,
  ],
  ['13 INTERNAL: something', 'OVL_ETCD_FAILED', true],
  ['3 INVALID_ARGUMENT: etcdserver: key is not provided', 'OVL_ETCD_FAILED', false],
])('%s is %s', (text, code, inDoubt) => {
  expect(meaningOf(text)).toMatchObject({ code, inDoubt });
});

test('G01 a message names the endpoint and the reason on one line, keeps the cause, and hides the password', () => {
  const cause = new Error('13 INTERNAL: bad\nthing with s3cret');
  const error = toEtcdError(cause, 'http://h:1', 's3cret');
  expect(error.message).toBe('etcd at http://h:1: bad thing with ***: see the log of etcd');
  expect(error.cause).toBe(cause);
  expect(toEtcdError(new Error(REFUSED), 'http://h:1', undefined).message).toBe(
    'etcd at http://h:1: connect ECONNREFUSED 127.0.0.1:1: check the endpoint, the network and that etcd runs',
  );
  expect(toEtcdError(error, 'elsewhere', undefined)).toBe(error);
});

test('only a token that a new login replaces is stale', () => {
  expect(isStaleToken(new Error('16 UNAUTHENTICATED: etcdserver: invalid auth token'))).toBe(true);
  expect(isStaleToken(new Error('3 INVALID_ARGUMENT: etcdserver: revision of auth store is old'))).toBe(true);
  expect(isStaleToken(new Error('7 PERMISSION_DENIED: etcdserver: permission denied'))).toBe(false);
});
