import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPrefix } from '@overlay/cidr';
import type { LeaseSink } from '@overlay/lease';
import { ControlRig } from '../test/support/control-daemon.js';

let stateDir: string;
let rigs: ControlRig[];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'overlayd-held-'));
  rigs = [];
});
afterEach(async () => {
  for (const rig of rigs) await rig.stop();
  rmSync(stateDir, { recursive: true });
});

async function run(before?: ControlRig): Promise<ControlRig> {
  const rig = new ControlRig({ config: { stateDir }, ...(before && { store: before.store }) });
  rigs.push(rig);
  if (before === undefined) for (const n of [2, 3, 4, 5]) rig.addPeer(n);
  await rig.start();
  return rig;
}

const reached = ({ kernel }: ControlRig): readonly string[] =>
  kernel.tables
    .snapshot()
    .routes.map(({ destination }) => formatPrefix(destination))
    .filter((destination) => /^10\.5\.[2-5]\./.test(destination))
    .sort();
const PEERS = [2, 3, 4, 5].map((n) => `10.5.${n}.0/24`);

/** What etcd lists now lacks all peers. */
async function wipe(rig: ControlRig): Promise<void> {
  for (const name of [...rig.store.keys.keys()]) if (name !== '10.5.1.0-24') rig.store.keys.delete(name);
  rig.daemon.book.snapshot(rig.store.snapshot());
  await rig.settle();
}

test('A19 I4 a daemon that is restarted within the hold reaches the peers that a wiped etcd lacks', async () => {
  const first = await run();
  await wipe(first);
  expect(reached(first)).toEqual(PEERS);
  await first.daemon.stop();
  const second = await run(first);
  expect(reached(second)).toEqual(PEERS);
  expect(second.daemon.problems.get('held-leases')?.code).toBe('OVL_LEASES_HELD');
  second.daemon.book.releaseHold();
  await second.settle();
  expect([reached(second), existsSync(join(stateDir, 'held-leases.json'))]).toEqual([[], false]);
});

test('what peers that came back say on the last second of a run is not held by the next one', async () => {
  const first = await run();
  await wipe(first);
  first.addPeer(2);
  first.addPeer(3);
  first.store.delete('10.5.2.0-24');
  await first.daemon.stop();
  const second = await run(first);
  expect(reached(second)).toEqual(PEERS.slice(1));
});

test('A14 A18 what the store says of itself is a problem of the daemon', async () => {
  const { store, daemon } = await run();
  const { sinks } = store as unknown as { readonly sinks: ReadonlySet<LeaseSink> };
  const warning = { code: 'OVL_ETCD_CLUSTER', message: 'etcd at http://b:2379 is not used' };
  for (const sink of sinks) sink.condition?.({ warnings: [warning] });
  expect(daemon.problems.list()).toEqual([warning]);
  for (const sink of sinks) sink.condition?.({ warnings: [] });
  expect(daemon.problems.list()).toEqual([]);
});
