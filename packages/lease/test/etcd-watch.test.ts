import type { LeaseStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Etcd } from './rig/etcd.js';
import { sleep, until } from './rig/processes.js';
import { Proxy } from './rig/proxy.js';
import { Recorder } from './rig/recorder.js';
import { Writer, bulkPut } from './rig/writer.js';

// Starting, stopping and freezing servers takes seconds on a busy machine.
jest.setTimeout(40_000);

const PREFIX = '/atomic.io/network';
const key = (name: string): string => `${PREFIX}/subnets/${name}`;

let etcd: Etcd;
let proxy: Proxy;
let store: LeaseStore;
let recorder: Recorder;

beforeEach(async () => {
  etcd = await Etcd.start();
  proxy = await Proxy.before(etcd.port);
  recorder = new Recorder();
  store = openLeaseStore({ endpoints: [proxy.url], prefix: PREFIX });
});
afterEach(async () => {
  await store.close();
  await proxy.close();
  await etcd.dispose();
});

async function follow(): Promise<void> {
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
}

test('a sink hears the config and a complete list first, then events in order, one response at a time', async () => {
  await etcd.ctl('put', `${PREFIX}/config`, '{"Network":"10.5.0.0/16"}');
  await etcd.ctl('put', key('10.5.1.0-24'), 'one');
  await follow();
  expect(recorder.configs).toEqual(['{"Network":"10.5.0.0/16"}']);
  expect(recorder.snapshots.map(({ leases }) => leases.map(({ name, value }) => [name, value]))).toEqual([
    [['10.5.1.0-24', 'one']],
  ]);
  await etcd.ctl('put', key('10.5.2.0-24'), 'two');
  await etcd.ctl('del', key('10.5.1.0-24'));
  await etcd.ctl('put', `${PREFIX}/subnets-backup/note`, 'not ours');
  await etcd.ctl('put', `${PREFIX}/config`, '{"Network":"10.6.0.0/16"}');
  await until('the config arrives', () => recorder.configs.length === 2);
  await until('the events arrive', () => recorder.heard.length === 2);
  expect(recorder.heard).toMatchObject([
    { type: 'put', lease: { name: '10.5.2.0-24', value: 'two', etcdLease: '0' } },
    { type: 'delete', name: '10.5.1.0-24' },
  ]);
  await etcd.ctl('del', `${PREFIX}/config`);
  await until('the config is gone', () => recorder.configs.length === 3);
  expect(recorder.configs.at(-1)).toBeUndefined();
});

test('A02 etcd is killed and restarted under a writer: every acknowledged put is seen', async () => {
  await follow();
  const writer = new Writer(etcd.url, key);
  for (let round = 0; round < 4; round += 1) {
    await sleep(400);
    await etcd.kill();
    await etcd.up();
  }
  await sleep(300);
  const acknowledged = await writer.stop();
  expect(acknowledged.length).toBeGreaterThan(100);
  await until('the last put is seen', () => recorder.leases.has(acknowledged.at(-1)!));
  const seen = new Set(recorder.heard.map((event) => (event.type === 'put' ? event.lease.name : '')));
  expect(acknowledged.filter((name) => !seen.has(name))).toEqual([]);
  expect(recorder.snapshots).toHaveLength(1);
});

test('A09 the link is cut again right after it came back, before the replay: nothing is lost, nothing is told twice', async () => {
  await follow();
  for (let round = 0; round < 5; round += 1) {
    proxy.block();
    await bulkPut(etcd, key, 200, `r${round}`);
    let cuts = 2;
    recorder.onState = (state) => {
      if (state.connected && cuts > 0) proxy.cut();
      if (state.connected) cuts -= 1;
    };
    proxy.unblock();
    await until('the replay is complete', () => recorder.heard.length >= (round + 1) * 200);
  }
  const names = recorder.heard.map((event) => (event.type === 'put' ? event.lease.name : event.name));
  expect(names).toHaveLength(1000);
  expect(new Set(names).size).toBe(1000);
  expect(recorder.snapshots).toHaveLength(1);
});

test('A03 an etcd whose answers come a second late is followed without a break, and its calls succeed', async () => {
  proxy.delay(500);
  await follow();
  const id = await store.grant(30);
  for (let round = 0; round < 12; round += 1) {
    await etcd.ctl('put', key(`10.5.${round}.0-24`), 'late');
    await until('the put is seen', () => recorder.leases.has(`10.5.${round}.0-24`), 5000);
  }
  expect(await store.keepAlive(id)).toBe(30);
  expect(recorder.states).toHaveLength(1);
});

test('A07 a compaction while disconnected gives a new complete list, without the keys deleted meanwhile', async () => {
  await etcd.ctl('put', key('10.5.1.0-24'), 'to be deleted');
  await etcd.ctl('put', key('10.5.2.0-24'), 'stays');
  await follow();
  proxy.block();
  await etcd.ctl('del', key('10.5.1.0-24'));
  await etcd.ctl('put', key('10.5.3.0-24'), 'new');
  await compact(etcd);
  proxy.unblock();
  await until('a second list', () => recorder.snapshots.length === 2);
  expect([...recorder.leases.keys()]).toEqual(['10.5.2.0-24', '10.5.3.0-24']);
  await etcd.ctl('put', key('10.5.4.0-24'), 'after');
  await until('the watch goes on', () => recorder.leases.has('10.5.4.0-24'));
});

test('A07 A08 what the compacted revision itself deleted while disconnected is learned from a complete list (etcd#19179)', async () => {
  await etcd.ctl('put', key('10.5.1.0-24'), 'to be deleted');
  await follow();
  proxy.block();
  await etcd.ctl('del', key('10.5.1.0-24'));
  await compact(etcd);
  proxy.unblock();
  await until('a second list', () => recorder.snapshots.length === 2);
  expect([...recorder.leases.keys()]).toEqual([]);
});

test('a backlog of more than 5 MB after a break arrives completely', async () => {
  await follow();
  proxy.block();
  await bulkPut(etcd, key, 30_000, 'b', 'v'.repeat(180));
  proxy.unblock();
  await until('the backlog is complete', () => recorder.heard.length >= 30_000, 30_000);
  expect(recorder.leases.size).toBe(30_000);
  expect(recorder.snapshots).toHaveLength(1);
});

test('A05 a frozen etcd is noticed within 8 seconds, and followed again when it goes on', async () => {
  await follow();
  const start = Date.now();
  etcd.freeze();
  await until('the break is told', () => !recorder.connected, 8000);
  expect(Date.now() - start).toBeGreaterThan(1000);
  etcd.thaw();
  await etcd.ctl('put', key('10.5.1.0-24'), 'after');
  await until('the put is seen', () => recorder.leases.has('10.5.1.0-24'));
  expect(recorder.snapshots).toHaveLength(1);
});

test('A05 a black-holed connection is given up within 15 seconds, and what happened meanwhile is seen', async () => {
  await follow();
  proxy.swallow('up', 'down');
  await etcd.ctl('put', key('10.5.1.0-24'), 'meanwhile');
  await until('the break is told', () => !recorder.connected, 15_000);
  proxy.release();
  await until('the put is seen', () => recorder.leases.has('10.5.1.0-24'), 5000);
  expect(recorder.snapshots).toHaveLength(1);
});

test('A17 an etcd restored from a snapshot with the same token is noticed and listed again', async () => {
  await etcd.ctl('put', key('10.5.1.0-24'), 'in the snapshot');
  await etcd.ctl('snapshot', 'save', etcd.file('snapshot.db'));
  await bulkPut(etcd, key, 25, 'lost');
  await follow();
  expect(recorder.leases.size).toBe(26);
  await etcd.restore(etcd.file('snapshot.db'));
  await until('the restored state is told', () => recorder.snapshots.length === 2);
  expect([...recorder.leases.keys()]).toEqual(['10.5.1.0-24']);
  await etcd.ctl('put', key('10.5.2.0-24'), 'after');
  await until('the watch goes on', () => recorder.leases.has('10.5.2.0-24'));
});

test('a complete list is told every relistMs while events go on, and none of them is lost or told before its list', async () => {
  await store.close();
  store = openLeaseStore({ endpoints: [proxy.url], prefix: PREFIX, relistMs: 1000 });
  await follow();
  const writer = new Writer(etcd.url, key);
  await until('three lists', () => recorder.snapshots.length >= 3, 20_000);
  const acknowledged = await writer.stop();
  await until('the last put is told', () => recorder.leases.has(acknowledged.at(-1)!));
  expect(acknowledged.filter((name) => !recorder.leases.has(name))).toEqual([]);
});

/** How many calls of a method etcd has taken since its start. */
async function callsTaken(method: string): Promise<number> {
  const metrics = await (await fetch(`${etcd.url}/metrics`)).text();
  const line = new RegExp(`^grpc_server_started_total\\{grpc_method="${method}",.*\\} (\\d+)$`, 'm');
  return Number(line.exec(metrics)?.[1]);
}

test('A23 A26 a list of 5,000 leases is four calls, 1,000 events are none, and nobody is asked for a time to live', async () => {
  const etcdLease = BigInt(await store.grant(300)).toString(16);
  await bulkPut(etcd, key, 4999, 'b');
  await etcd.ctl('put', '--lease', etcdLease, key('10.5.1.0-24'), 'v');
  const before = await callsTaken('Range');
  expect((await store.list()).leases).toHaveLength(5000);
  expect((await callsTaken('Range')) - before).toBe(4);
  await follow();
  const following = await callsTaken('Range');
  await bulkPut(etcd, key, 999, 'e');
  await etcd.ctl('put', '--lease', etcdLease, key('10.5.1.0-24'), 'w');
  await until('the events are told', () => recorder.heard.length === 1000);
  // A look at the revision every 8 seconds is all there may be.
  expect((await callsTaken('Range')) - following).toBeLessThanOrEqual(2);
  expect(await callsTaken('LeaseTimeToLive')).toBe(0);
});

test('a break is told once, not once per try', async () => {
  await follow();
  await etcd.kill();
  await sleep(3000);
  expect(recorder.states).toHaveLength(2);
  expect(recorder.states[1]).toMatchObject({ connected: false, endpoint: proxy.url });
  expect(recorder.states[1]?.detail).toMatch(/^etcd at http:\/\/127\.0\.0\.1:\d+: [^\n]+$/);
});

async function compact(target: Etcd): Promise<void> {
  const status = JSON.parse(await target.ctl('get', 'x', '-w', 'json')) as { header: { revision: number } };
  await target.ctl('compaction', String(status.header.revision));
}
