import { OverlayError } from '@overlay/cidr';
import { STATUS, fromFailure, toFault } from './faults.js';

const peer = { socketPath: '/run/overlayd/blue/overlayd.sock', instance: 'blue' };

test('an OverlayError crosses with its code and message', () => {
  const fault = toFault(new OverlayError('OVL_LEASE_FULL', 'no free subnet'));
  const back = fromFailure({ status: STATUS.unknown, details: fault.message, code: fault.code }, peer);
  expect(back).toMatchObject({ code: 'OVL_LEASE_FULL', message: 'no free subnet' });
});

test('any other error of a handler is OVL_CONTROL_FAILED and keeps its text', () => {
  expect(toFault(new TypeError('x is undefined'))).toMatchObject({
    code: 'OVL_CONTROL_FAILED',
    message: expect.stringContaining('x is undefined') as string,
  });
});

test.each([
  [STATUS.unavailable, 'No connection established. Last error: connect ENOENT /x', 'OVL_DAEMON_UNREACHABLE'],
  [STATUS.unavailable, 'No connection established. Last error: connect EACCES /x', 'OVL_DAEMON_DENIED'],
  [STATUS.deadlineExceeded, 'Deadline exceeded', 'OVL_DAEMON_TIMEOUT'],
  [STATUS.unimplemented, 'unknown method', 'OVL_DAEMON_OLDER'],
  [STATUS.resourceExhausted, 'too large', 'OVL_CONTROL_FAILED'],
])('status %i (%s) is %s and names the instance', (status, details, code) => {
  const error = fromFailure({ status, details }, peer);
  expect(error.code).toBe(code);
  expect(error.message).toContain('instance blue (socket /run/overlayd/blue/overlayd.sock)');
});
