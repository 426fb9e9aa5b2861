import { OverlayError } from '@overlay/cidr';
import { EXIT, exitCodeOf } from './exit-code.js';

test.each([
  ['OVL_USAGE', 2],
  ['OVL_CONFIG_INVALID', 2],
  ['OVL_CIDR_INVALID', 2],
  ['OVL_ETCD_ENDPOINT', 2],
  ['OVL_CONFIG_MISSING', 3],
  ['OVL_SOCKET_BUSY', 4],
  ['OVL_DAEMON_RUNNING', 4],
  ['OVL_PUBLIC_IP_CONFLICT', 4],
  ['OVL_LINK_FOREIGN', 4],
  ['OVL_MIXED_STACK', 4],
  ['OVL_ETCD_UNREACHABLE', 5],
  ['OVL_ETCD_TIMEOUT', 5],
  ['OVL_ETCD_TLS', 5],
  ['OVL_BACKEND_REFUSED', 1],
])('%s ends with %i', (code, expected) => {
  expect(exitCodeOf(new OverlayError(code, 'text'))).toBe(expected);
});

test('an error that is not ours has failed', () => {
  expect(exitCodeOf(new Error('OVL_USAGE'))).toBe(EXIT.failed);
  expect(exitCodeOf(undefined)).toBe(EXIT.failed);
});
