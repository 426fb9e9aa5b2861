import type { LeasesReply } from '@overlay/api';
import { ControlRig } from '../../test/support/control-daemon.js';
import { settle } from '../../test/support/virtual-clock.js';
import { controlHandlers } from './handlers.js';
import { leasesReply, peerCounts } from './peers.js';

let rig: ControlRig;
afterEach(() => rig.stop());

/** Follows the list as a client does, and keeps what it is sent. */
function follow() {
  const sent: LeasesReply[] = [];
  const gone = new AbortController();
  const stream = controlHandlers(rig.daemon).watchLeases({}, gone.signal);
  const over = (async () => {
    for await (const reply of stream) sent.push(reply);
  })();
  return { sent, end: () => (gone.abort(), over) };
}

/** The lanes run in real time: waits until the verifications that the start asked for are done. */
async function quiet(): Promise<void> {
  const { kernelLane } = rig.daemon;
  for (let passes = -1; passes !== kernelLane.passes;) {
    passes = kernelLane.passes;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

test('a watcher is sent the list, and again only after a change', async () => {
  rig = new ControlRig();
  rig.addPeer(2);
  await rig.start();
  await quiet();
  const { sent, end } = follow();
  await rig.clock.advance(2000);
  expect(sent).toHaveLength(1);
  rig.addPeer(3);
  await rig.daemon.kernelLane.lane.flush();
  await rig.clock.advance(1000);
  await end();
  expect(sent.at(-1)?.leases.map(({ name, state }) => `${name} ${state}`)).toEqual([
    '10.5.1.0-24 own',
    '10.5.2.0-24 used',
    '10.5.3.0-24 used',
  ]);
});

test('a watcher costs nothing while nothing happens: the list is not even built', async () => {
  rig = new ControlRig();
  rig.addPeer(2);
  await rig.start();
  await quiet();
  const { end } = follow();
  await rig.clock.advance(1000);
  const built = jest.spyOn(rig.daemon.book, 'all');
  await rig.clock.advance(60_000);
  expect(built).not.toHaveBeenCalled();
  await end();
});

test('a pass that changes no row is not sent', async () => {
  rig = new ControlRig();
  await rig.start();
  await quiet();
  const { sent, end } = follow();
  await rig.clock.advance(1000);
  rig.daemon.kernelLane.verifyNow();
  await rig.daemon.kernelLane.lane.flush();
  await rig.clock.advance(1000);
  await settle();
  expect(sent).toHaveLength(1);
  await end();
});

test('resync counts the objects it put back', async () => {
  rig = new ControlRig();
  rig.addPeer(2);
  await rig.start();
  expect(await controlHandlers(rig.daemon).resync({}, new AbortController().signal)).toEqual({ changes: 0 });
});

test('peers are counted once: a rejected IPv6 half stays a programmed peer, our own lease is none', async () => {
  rig = new ControlRig({ dualStack: true });
  rig.addPeer(2);
  rig.addPeer(3, { backendType: 'host-gw' });
  const daemon = await rig.start();
  rig.store.put('10.5.4.0-24', '{', '7');
  const all = daemon.book.rejected();
  const reason = 'used for IPv4 only: it overlaps';
  const names = ['10.5.1.0-24&fc00:5:0:1::-64', '10.5.2.0-24&fc00:5:0:2::-64'];
  const partly = names.map((name) => ({ name, code: 'OVL_LEASE_OVERLAP', reason }));
  jest.spyOn(daemon.book, 'rejected').mockReturnValue([...partly, ...all]);
  expect(peerCounts(daemon)).toEqual({ total: 3, programmed: 1, rejected: 1, otherBackend: 1 });
  const rows = leasesReply(daemon).leases.map(({ name, state, reason: why }) => [name, state, why !== '']);
  expect(rows).toEqual([
    [names[0], 'own', true],
    [names[1], 'used', true],
    ['10.5.3.0-24&fc00:5:0:3::-64', 'other-backend', true],
    ['10.5.4.0-24', 'rejected', true],
  ]);
});
