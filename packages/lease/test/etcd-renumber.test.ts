import type { LeaseStore, RenumberRequest, RenumberStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { Etcd } from './rig/etcd.js';
import { until } from './rig/processes.js';
import { Proxy } from './rig/proxy.js';
import { Recorder } from './rig/recorder.js';

// Starting, stopping and freezing servers takes seconds on a busy machine.
jest.setTimeout(40_000);

const PREFIX = '/atomic.io/network';
const REQUEST = `${PREFIX}/overlay/renumber/n1`;
const OUTCOME = `${PREFIX}/overlay/renumbered/n1`;
const DONE = { state: 'done', subnet: '10.6.1.0/24', message: '' } as const;

class Node extends Recorder {
  readonly requests: RenumberRequest[] = [];

  request(request: RenumberRequest): void {
    this.requests.push(request);
  }
}

const opened: { dispose(): unknown }[] = [];
let etcd: Etcd;
let store: LeaseStore & RenumberStore;

beforeEach(async () => {
  etcd = await Etcd.start();
  opened.push(etcd);
  store = open(etcd.url);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.dispose();
});

function open(url: string, login: { username?: string; password?: string } = {}): typeof store {
  const one = openLeaseStore({ endpoints: [url], prefix: PREFIX, ...login });
  opened.push({ dispose: () => one.close() });
  return one;
}

/** A node that follows etcd as the daemon does. */
async function follow(through = store, nodeId = 'n1'): Promise<Node> {
  const node = new Node();
  through.follow(node, nodeId);
  await until('the watch stands', () => node.connected);
  return node;
}

const value = async (key: string): Promise<string> => etcd.ctl('get', '--print-value-only', key);

test('a request reaches the node it is for, its outcome the one who asked, and the request is gone', async () => {
  const [node, other] = [await follow(), await follow(store, 'n2')];
  expect(await store.renumberOutcome('n1')).toBeUndefined();
  const request = await store.requestRenumber('n1', 'host9');
  expect(JSON.parse(await value(REQUEST))).toEqual({ requested: request.requested, by: 'host9' });
  expect(Date.parse(request.requested)).toBeGreaterThan(Date.now() - 60_000);
  await until('the request arrives', () => node.requests.length === 1);
  expect(node.requests).toEqual([request]);
  await store.answerRenumber(request, DONE);
  expect(JSON.parse(await value(OUTCOME))).toEqual({ ...DONE, request: request.revision });
  expect(await value(REQUEST)).toBe('');
  expect(await store.renumberOutcome('n1')).toEqual({ ...DONE, request: request.revision });
  expect(other.requests).toEqual([]);
  expect(node.leases.size + node.batches.length).toBe(0);
});

test('an outcome may change later, and leaves etcd after a day at the latest', async () => {
  const request = await store.requestRenumber('n1', 'host9');
  await store.answerRenumber(request, { ...DONE, state: 'draining', message: '3 containers' });
  const next = await store.requestRenumber('n1', 'host8');
  await store.answerRenumber(request, DONE);
  expect(await store.renumberOutcome('n1')).toEqual({ ...DONE, request: request.revision });
  expect(JSON.parse(await value(REQUEST))).toEqual({ requested: next.requested, by: 'host8' });
  const [id = ''] = (await etcd.ctl('lease', 'list')).match(/[0-9a-f]{12,}/g) ?? [];
  expect(await etcd.ctl('lease', 'timetolive', id)).toMatch(/granted with TTL\(86400s\)/);
});

test('a node that comes later finds the request, and one whose connection broke is told only once', async () => {
  const request = await store.requestRenumber('n1', 'host9');
  const proxy = await Proxy.before(etcd.port);
  opened.push({ dispose: () => proxy.close() });
  const node = await follow(open(proxy.url));
  expect(node.requests).toEqual([request]);
  proxy.cut();
  await store.withdrawRenumber(request);
  const second = await store.requestRenumber('n1', 'host8');
  await until('the second request arrives', () => node.requests.length === 2);
  expect(node.requests).toEqual([request, second]);
});

test('of several who ask at once all get the same request; only that one can be withdrawn', async () => {
  const asked = await Promise.all(['a', 'b', 'c', 'd'].map((by) => store.requestRenumber('n1', by)));
  expect(new Set(asked.map(({ revision, by }) => `${revision} ${by}`)).size).toBe(1);
  const [request] = asked;
  expect(await store.withdrawRenumber({ ...request!, revision: '1' })).toBe(false);
  expect(await store.withdrawRenumber(request!)).toBe(true);
  expect(await store.withdrawRenumber(request!)).toBe(false);
  expect(await value(REQUEST)).toBe('');
});

test.each(['', 'a/b', 'n1\n', 'x'.repeat(129)])(
  'the node id %j reaches no key: it is refused',
  async (nodeId) => {
    const refused = expect.objectContaining({ code: 'OVL_NODE_ID' }) as unknown;
    await expect(store.requestRenumber(nodeId, 'host9')).rejects.toEqual(refused);
    await expect(store.renumberOutcome(nodeId)).rejects.toEqual(refused);
    expect(await etcd.ctl('get', '--prefix', '/')).toBe('');
  },
);

test.each(['{"state":"done"}', '{"state":"done","request":7}', '{"state":"done","request":"012"}', 'x'])(
  'the outcome %s names no request, and so answers none',
  async (written) => {
    await etcd.ctl('put', OUTCOME, written);
    expect((await store.renumberOutcome('n1'))?.request).toBe('0');
  },
);

/** Turns authentication on; the user `node` may do what `grants` say, `root` everything. */
async function limitNode(...grants: readonly (readonly string[])[]): Promise<typeof store> {
  await etcd.ctl('user', 'add', 'root:root');
  await etcd.ctl('user', 'add', 'node:secret');
  await etcd.ctl('role', 'add', 'node');
  for (const grant of grants) await etcd.ctl('role', 'grant-permission', 'node', ...grant);
  await etcd.ctl('user', 'grant-role', 'root', 'root');
  await etcd.ctl('user', 'grant-role', 'node', 'node');
  await etcd.ctl('auth', 'enable');
  return open(etcd.url, { username: 'node', password: 'secret' });
}

const etcdLeases = async (): Promise<readonly string[]> =>
  (await etcd.ctl('--user', 'root:root', 'lease', 'list')).match(/[0-9a-f]{12,}/g) ?? [];

test('with a role that may not write an answer no etcd lease is left behind by the tries', async () => {
  const limited = await limitNode(['--prefix=true', 'read', PREFIX]);
  const root = open(etcd.url, { username: 'root', password: 'root' });
  const request = await root.requestRenumber('n1', 'host9');
  const refused = { code: 'OVL_ETCD_PERMISSION' };
  await expect(limited.answerRenumber(request, DONE)).rejects.toMatchObject(refused);
  await expect(limited.answerRenumber(request, DONE)).rejects.toMatchObject(refused);
  expect(await etcdLeases()).toEqual([]);
  await root.answerRenumber(request, DONE);
  expect(await etcdLeases()).toHaveLength(1);
});

test('with a role for the keys of Flannel alone everything but requests works', async () => {
  const limited = await limitNode(
    ['readwrite', `${PREFIX}/config`],
    ['--prefix=true', 'readwrite', `${PREFIX}/subnets/`],
  );
  const root = open(etcd.url, { username: 'root', password: 'root' });
  await root.requestRenumber('n1', 'host9');
  const node = await follow(limited);
  await limited.putConfig('{"Network":"10.5.0.0/16"}', '0');
  await until('the config arrives', () => node.configs.length === 2);
  expect(node.states.map(({ connected }) => connected)).toEqual([true]);
  expect(node.requests).toEqual([]);
  const refused = { code: 'OVL_ETCD_PERMISSION' };
  await expect(limited.requestRenumber('n1', 'x')).rejects.toMatchObject(refused);
  await expect(limited.renumberOutcome('n1')).rejects.toMatchObject(refused);
});
