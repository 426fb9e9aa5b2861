import { settleMs, WayHold } from './way-hold.js';

function at() {
  const clock = { ms: 0 };
  return { clock, hold: new WayHold(() => clock.ms, 1000) };
}

test('where news may be slow, a way is held longer', () => {
  expect([0, 2000, 60_000].map(settleMs)).toEqual([1000, 1000, 6000]);
});

test('a way is held until a second after both ends announced it', () => {
  const { clock, hold } = at();
  expect(hold.held('peer', 'wireguard')).toBe(true);
  clock.ms = 5000;
  expect(hold.held('peer', 'wireguard')).toBe(true);
  expect(hold.announced(['wireguard'])).toBe(true);
  clock.ms = 5999;
  expect(hold.held('peer', 'wireguard')).toBe(true);
  clock.ms = 6000;
  expect(hold.held('peer', 'wireguard')).toBe(false);
});

test('a peer that comes later has its own second', () => {
  const { clock, hold } = at();
  hold.announced(['wireguard']);
  clock.ms = 10_000;
  expect(hold.held('peer', 'wireguard')).toBe(true);
  clock.ms = 11_000;
  expect(hold.held('peer', 'wireguard')).toBe(false);
});

test('announcing the same again starts nothing anew; withdrawing and announcing does', () => {
  const { clock, hold } = at();
  hold.announced(['wireguard']);
  hold.held('peer', 'wireguard');
  clock.ms = 5000;
  expect(hold.announced(['wireguard'])).toBe(false);
  expect(hold.held('peer', 'wireguard')).toBe(false);
  hold.announced([]);
  expect(hold.isAnnounced('wireguard')).toBe(false);
  expect(hold.announced(['wireguard'])).toBe(true);
  expect(hold.held('peer', 'wireguard')).toBe(true);
});

test('a peer that went and came back is looked at anew', () => {
  const { clock, hold } = at();
  hold.announced(['wireguard']);
  hold.held('peer', 'wireguard');
  clock.ms = 5000;
  hold.forget('peer');
  expect(hold.held('peer', 'wireguard')).toBe(true);
});

test('what the run before announced is not held, until it is taken back', () => {
  const { hold } = at();
  hold.recall(['wireguard']);
  expect(hold.held('peer', 'wireguard')).toBe(false);
  hold.announced(['wireguard']);
  expect(hold.held('peer', 'wireguard')).toBe(false);
  hold.announced([]);
  expect(hold.held('peer', 'wireguard')).toBe(true);
});

test('of peers that are not there any more nothing is kept', () => {
  const { clock, hold } = at();
  hold.announced(['wireguard']);
  for (const peer of ['gone', 'there']) hold.held(peer, 'wireguard');
  clock.ms = 5000;
  hold.keep(new Map([['there', {}]]));
  expect([hold.held('gone', 'wireguard'), hold.held('there', 'wireguard')]).toEqual([true, false]);
});

test('a way that a peer took back and announces again is looked at anew, its other ways are not', () => {
  const { clock, hold } = at();
  hold.announced(['wireguard', 'udp']);
  for (const way of ['wireguard', 'udp']) hold.held('peer', way);
  clock.ms = 5000;
  hold.offered('peer', ['udp']);
  expect(hold.held('peer', 'udp')).toBe(false);
  expect(hold.held('peer', 'wireguard')).toBe(true);
});
