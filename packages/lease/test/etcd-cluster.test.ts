import { buildSync } from 'esbuild';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ipv4, ipv4Prefix } from '@overlay/cidr';
import type { LeaseStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Etcd, temporaryDirectory } from './rig/etcd.js';
import { freePort, run, until } from './rig/processes.js';
import { Recorder } from './rig/recorder.js';

// Starting, stopping and freezing servers takes seconds on a busy machine.
jest.setTimeout(40_000);

const PREFIX = '/atomic.io/network';
const key = (name: string): string => `${PREFIX}/subnets/${name}`;

let members: Etcd[];
let store: LeaseStore;
let recorder: Recorder;
beforeAll(async () => {
  members = await Etcd.startCluster(3);
}, 30_000);
beforeEach(() => {
  recorder = new Recorder();
  store = openLeaseStore({ endpoints: members.map((member) => member.url), prefix: PREFIX });
});
afterEach(() => store.close());
afterAll(() => Promise.all(members.map((member) => member.dispose())));

/** The member that serves the watch, and one that does not. */
async function serving(): Promise<readonly [Etcd, Etcd]> {
  store.follow(recorder);
  await until('the watch stands', () => recorder.connected);
  const { endpoint } = recorder.states.at(-1)!;
  return [members.find(({ url }) => url === endpoint)!, members.find(({ url }) => url !== endpoint)!];
}

test('A18 the member that serves the watch is killed: another one takes over and nothing is lost', async () => {
  const [victim, other] = await serving();
  await victim.kill();
  await until(
    'another member serves',
    () => recorder.connected && recorder.states.at(-1)?.endpoint !== victim.url,
    8000,
  );
  await until('a put succeeds', () =>
    other.ctl('put', key('10.5.1.0-24'), 'v').then(
      () => true,
      () => false,
    ),
  );
  await until('the put is seen', () => recorder.leases.has('10.5.1.0-24'));
  expect((await store.list()).leases).toHaveLength(1);
  expect(recorder.snapshots).toHaveLength(1);
  await victim.up();
});

test('A05 A18 the member that serves the watch freezes: another one takes over within 10 seconds, calls are answered meanwhile', async () => {
  const [victim, other] = await serving();
  victim.freeze();
  try {
    expect((await store.list()).leases).toHaveLength(1);
    await until(
      'another member serves',
      () => recorder.connected && recorder.states.at(-1)?.endpoint !== victim.url,
      10_000,
    );
    await other.ctl('put', key('10.5.2.0-24'), 'v');
    await until('the put is seen', () => recorder.leases.has('10.5.2.0-24'));
  } finally {
    victim.thaw();
  }
});

/** The member that all the others follow. */
async function leading(): Promise<Etcd> {
  for (const member of members) {
    const status = await member.ctl('endpoint', 'status', '--write-out=json');
    if (/"member_id":(\d+)/.exec(status)?.[1] === /"leader":(\d+)/.exec(status)?.[1]) return member;
  }
  throw new Error('no member leads');
}

test('A04 the leader is killed: a renewal and the watch go on with the next one, and nothing is listed anew', async () => {
  const leader = await leading();
  const others = members.filter((member) => member !== leader);
  await store.close();
  store = openLeaseStore({ endpoints: [leader, ...others].map(({ url }) => url), prefix: PREFIX });
  const etcdLease = await store.grant(30);
  expect((await serving())[0]).toBe(leader);
  await leader.kill();
  try {
    const renewed = (): Promise<boolean> =>
      store.keepAlive(etcdLease).then(
        (ttl) => ttl === 30,
        () => false,
      );
    await until('a renewal', renewed, 10_000);
    await others[0]!.ctl('put', key('10.5.4.0-24'), 'v');
    await until('the put is seen', () => recorder.connected && recorder.leases.has('10.5.4.0-24'), 10_000);
    expect(recorder.snapshots).toHaveLength(1);
  } finally {
    await leader.up();
  }
});

test('A06 A22 without a quorum for longer than the TTL nothing is told but that, and the lease is there afterwards', async () => {
  const TTL_MS = 6000;
  const { revision } = await store.list();
  const etcdLease = await store.grant(TTL_MS / 1000);
  const subnets = { subnet: ipv4Prefix(0x0a050600, 24) };
  const value = { publicIp: ipv4(0xac1f0006), backendType: 'host-gw' };
  expect((await store.create(subnets, value, { listedAt: revision, etcdLease })).ok).toBe(true);
  await serving();
  // A frozen leader would wake with leases that are over by its own clock.
  const leader = await leading();
  const others = members.filter((member) => member !== leader);
  for (const member of others) member.freeze();
  const lost = Date.now();
  try {
    await expect(store.list()).rejects.toMatchObject({
      code: expect.stringMatching(/^OVL_ETCD_(TIMEOUT|UNREACHABLE)$/) as string,
    });
    await until('the loss is told', () => !recorder.connected, 12_000);
    await until('the TTL is over', () => Date.now() - lost > TTL_MS + 2000);
    expect(recorder.connected).toBe(false);
  } finally {
    for (const member of others) member.thaw();
  }
  await until('the watch stands again', () => recorder.connected);
  expect(await store.keepAlive(etcdLease)).toBe(TTL_MS / 1000);
  expect([recorder.snapshots.length, recorder.heard]).toEqual([1, []]);
});

test('after close() nothing keeps the process alive, with etcd there and without', async () => {
  const directory = temporaryDirectory();
  const outfile = join(directory, 'follow-and-close.js');
  const packages = join(__dirname, '..', '..');
  buildSync({
    entryPoints: [join(__dirname, 'rig', 'follow-and-close.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    external: ['etcd3', '@grpc/grpc-js', 'ip-num'],
    alias: { '@overlay/cidr': join(packages, 'cidr/src/index.ts') },
  });
  const paths = { NODE_PATH: join(packages, '..', 'node_modules') };
  expect(await run('timeout', ['8', process.execPath, outfile, members[0]!.url], paths)).toBe('closed\n');
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  expect(await run('timeout', ['8', process.execPath, outfile, nowhere], paths)).toBe('closed\n');
  rmSync(directory, { recursive: true });
});
