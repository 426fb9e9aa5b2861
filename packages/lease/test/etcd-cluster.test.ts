import { buildSync } from 'esbuild';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
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

test('F9 the member that serves the watch is killed: another one takes over and nothing is lost', async () => {
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

test('F9 the member that serves the watch freezes: another one takes over within 10 seconds, calls are answered meanwhile', async () => {
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

test('F10 after close() nothing keeps the process alive, with etcd there and without', async () => {
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
