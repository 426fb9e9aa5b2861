import { OverlayError } from '@overlay/cidr';
import { exitCodeOf } from './exit-code.js';

test.each([
  ['OVL_USAGE', 2],
  ['OVL_CONFIG_INVALID', 2],
  ['OVL_CIDR_INVALID', 2],
  ['OVL_ETCD_ENDPOINT', 2],
  ['OVL_NOT_FOUND', 3],
  ['OVL_CONFLICT', 4],
  ['OVL_ETCD_UNREACHABLE', 5],
  ['OVL_ETCD_TLS', 5],
  ['OVL_DAEMON_UNREACHABLE', 5],
  ['OVL_ETCD_AUTH', 1],
  ['OVL_NEVER_HEARD_OF', 1],
])('%s ends with status %i', (code, status) => {
  expect(exitCodeOf(new OverlayError(code, ''))).toBe(status);
});

test('an error that is not ours ends with status 1', () => {
  expect(exitCodeOf(new TypeError('x'))).toBe(1);
});
