import { join } from 'node:path';
import { parseIpv4, parseIpv4Prefix } from '@overlay/cidr';
import type { LeaseStore, RenumberOutcome, RenumberRequest, RenumberStore } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import { ctl, startEtcd, type Etcd, type Result, type Typed } from './support.js';

const CONFIG = '{"Network":"10.6.0.0/16","FormerNetworks":["10.5.0.0/16"],"Backend":{"Type":"vxlan"}}';
const DONE: RenumberOutcome = { state: 'done', subnet: '10.6.9.0/24', message: '' };

let etcd: Etcd;
let store: LeaseStore & RenumberStore;
let prefix: string;
let run = 0;
const answers: Promise<void>[] = [];

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());
beforeEach(async () => {
  prefix = `/ovl-rn/${++run}`;
  store = openLeaseStore({ endpoints: [etcd.endpoint], prefix });
  await store.putConfig(CONFIG, '0');
});
afterEach(async () => {
  // The outcome may be seen before its writer knows that it is written.
  await Promise.all(answers.splice(0));
  await store.close();
});

function typed(line: string, options: Typed = {}): Promise<Result> {
  const env = {
    FLANNEL_ETCD_ENDPOINTS: etcd.endpoint,
    FLANNEL_ETCD_PREFIX: prefix,
    OVERLAYD_SOCKET: join(etcd.directory, 'none.sock'),
  };
  return ctl(line.split(' '), { ...options, env });
}

async function lease(subnet: string, host: number, name?: string): Promise<void> {
  const overlay = name && { overlay: { nodeId: `id-${name}`, hostname: name, version: '1', backends: [] } };
  const value = { publicIp: parseIpv4(`172.31.0.${host}`), backendType: 'host-gw', ...overlay };
  const { revision } = await store.list();
  const etcdLease = await store.grant(600);
  const options = { listedAt: revision, etcdLease };
  expect((await store.create({ subnet: parseIpv4Prefix(subnet) }, value, options)).ok).toBe(true);
}

/** A daemon that answers every request; `asked` are the requests in order. */
function node(name: string, outcome: RenumberOutcome, asked: string[]): void {
  const request = (one: RenumberRequest): void => {
    asked.push(name);
    answers.push(store.answerRenumber(one, outcome));
  };
  const ignore = (): void => undefined;
  store.follow({ snapshot: ignore, events: ignore, config: ignore, state: ignore, request }, `id-${name}`);
}

const outcomes = ({ stdout }: Result): unknown =>
  (JSON.parse(stdout) as { nodes: { node: string; state: string }[] }).nodes.map(
    ({ node: name, state }) => `${name} ${state}`,
  );

test('one node by its name: asked through etcd, its outcome told', async () => {
  await lease('10.5.1.0/24', 1, 'a');
  const message =
    'waits for Docker to use 10.6.9.0/24: Docker network overlay must change and is in use by web';
  node('a', { ...DONE, state: 'draining', message }, []);
  const result = await typed('node renumber a');
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const [head, row] = result.stdout.split('\n');
  expect(head).toMatch(/^NODE /);
  expect(row?.split(/ {2,}/)).toEqual(['a', '10.5.1.0/24', '10.6.9.0/24', 'draining', message]);
});

test('--all asks those that do not fit, all at once; the others are named', async () => {
  const asked: string[] = [];
  for (const [at, name] of ['a', 'b'].entries()) {
    await lease(`10.5.${at}.0/24`, at + 1, name);
    node(name, DONE, asked);
  }
  await lease('10.5.7.0/24', 7);
  await lease('10.6.8.0/24', 8, 'c');
  const result = await typed('node renumber --all -o json');
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(outcomes(result)).toEqual(['a done', 'b done', '172.31.0.7 flannel', 'c fits']);
  expect(asked.sort()).toEqual(['a', 'b']);
});

test('--one-by-one stops at the first that fails, with 1, and says who is left', async () => {
  const asked: string[] = [];
  for (const [at, name] of ['a', 'b', 'c', 'd'].entries()) {
    await lease(`10.5.${at}.0/24`, at + 1, name);
    const failed = { state: 'failed', subnet: '', message: 'OVL_SUBNETS_EXHAUSTED: none is free' } as const;
    node(name, name === 'b' ? failed : DONE, asked);
  }
  const result = await typed('node renumber --all --one-by-one');
  expect(result).toMatchObject({ code: 1, stderr: '' });
  expect(result.stdout).toMatch(/^b .* failed +OVL_SUBNETS_EXHAUSTED: none is free$/m);
  expect(result.stdout).toMatch(/Stopped; these nodes are left: c, d\n$/);
  expect(asked).toEqual(['a', 'b']);
  expect(outcomes(await typed('node renumber --all --one-by-one -o json'))).toEqual([
    ...['a done', 'b failed', 'c left', 'd left'],
  ]);
});

test('a node that does not answer in time is an error, and finds no request later', async () => {
  await lease('10.5.1.0/24', 1, 'a');
  const result = await typed('node renumber a --timeout 1');
  expect(result.code).toBe(1);
  expect(result.stdout).toMatch(/ silent +no answer in 1 s, .* the request is withdrawn$/m);
  const asked: string[] = [];
  node('a', DONE, asked);
  await lease('10.5.2.0/24', 2, 'b');
  node('b', DONE, asked);
  await typed('node renumber b');
  expect(asked).toEqual(['b']);
});

test('an outcome of an earlier request answers no later one', async () => {
  await lease('10.5.1.0/24', 1, 'a');
  await store.answerRenumber(await store.requestRenumber('id-a', 'x'), DONE);
  expect((await typed('node renumber a --timeout 1')).stdout).toContain('silent');
});

test.each([
  ['node renumber a --all', 2, 'OVL_USAGE: give a node or --all'],
  ['node renumber --one-by-one', 2, 'OVL_USAGE: --one-by-one and --timeout go with'],
  ['node renumber --all --timeout 0', 2, 'OVL_OPTION_INVALID: --timeout "0"'],
  ['node renumber nobody', 3, 'OVL_NOT_FOUND'],
  ['node renumber 172.31.0.7', 4, 'OVL_CONFLICT: 172.31.0.7 is not run by overlayd'],
  ['node renumber --all --etcd-prefix /none', 3, 'OVL_NOT_FOUND: there is no network config'],
])('%s is %i', async (line, code, message) => {
  await lease('10.5.7.0/24', 7);
  const result = await typed(line);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toContain(message);
});
