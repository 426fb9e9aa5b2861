import type { ControlHandlers } from '@overlay/api';
import { whenStarted } from './when-started.js';

test('every call fails with OVL_DAEMON_STARTING until there is a daemon, and then reaches it', () => {
  const daemon: { started?: ControlHandlers } = {};
  const handlers = whenStarted(() => daemon.started);
  const names = Object.keys(handlers) as (keyof ControlHandlers)[];
  const { signal } = new AbortController();
  const call = (name: keyof ControlHandlers): unknown =>
    (handlers[name] as (a: object, b: AbortSignal) => unknown)({}, signal);
  for (const name of names) expect(() => call(name)).toThrow(/just starting/);
  daemon.started = Object.fromEntries(names.map((name) => [name, () => name])) as unknown as ControlHandlers;
  expect(names.map(call)).toEqual(names);
});
