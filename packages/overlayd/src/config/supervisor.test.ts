import { loadSupervisor } from './config.js';

const ENV = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '30000000' };

test('the watchdog concerns us when WATCHDOG_PID names us or nobody', () => {
  const both = { notifySocket: '/run/systemd/notify', watchdogUsec: '30000000' };
  expect(loadSupervisor(ENV, 7)).toEqual(both);
  expect(loadSupervisor({ ...ENV, WATCHDOG_PID: '7' }, 7)).toEqual(both);
  expect(loadSupervisor({ ...ENV, WATCHDOG_PID: '8' }, 7)).toEqual({ notifySocket: '/run/systemd/notify' });
});

test('without systemd there is nothing', () => {
  expect(loadSupervisor({ NOTIFY_SOCKET: '' }, 7)).toEqual({});
});
