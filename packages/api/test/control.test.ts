import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OverlayError } from '@overlay/cidr';
import { connectControl, serveControl, type ControlClient, type ControlHandlers } from '@overlay/api';

const ROW = {
  subnet: '10.5.34.0/24',
  ipv6Subnet: '',
  node: 'a',
  nodeId: '1',
  publicIp: '172.31.0.1',
  publicIpv6: '',
  backend: 'vxlan',
  own: true,
  reservation: false,
  state: 'own',
  reason: '',
  modRevision: '9007199254740993',
  createRevision: '2',
  backendData: '{"VNI":1}',
  version: '0.1.0',
  etcdLease: '1234567890123456789',
  way: 'vxlan vni 1 port 8472',
  backends: ['vxlan vni 1 port 8472', 'host-gw'],
  mustRenumber: true,
  name: '10.5.34.0-24',
};
const SOME = 100_000;

let directory: string;
let socketPath: string;
let aborted: Promise<void>;
let markAborted: () => void;
const open: { close(): unknown }[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ovl-api-'));
  socketPath = join(directory, 'run', 'overlayd.sock');
  aborted = new Promise((resolve) => (markAborted = resolve));
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  rmSync(directory, { recursive: true });
});

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => {
      markAborted();
      resolve();
    }),
  );

/** Only what a test calls; the rest is not there, as in an older daemon. */
const handlers: Partial<ControlHandlers> = {
  leases: () => Promise.resolve({ leases: [ROW], revision: '7' }),
  plan: () =>
    Promise.resolve({
      changes: [],
      objects: Array.from({ length: SOME }, () => 'x'.repeat(100)),
      firewall: [],
    }),
  explain: () => Promise.reject(new OverlayError('OVL_CIDR_INVALID', 'address "é": not one')),
  renumber: () => Promise.reject(new Error('boom')),
  resync: async (_request, signal) => {
    await untilAborted(signal);
    return { changes: 0 };
  },
  async *watchLeases(_request, signal) {
    for (let revision = 1; revision <= 3; revision++) yield { leases: [ROW], revision: String(revision) };
    await untilAborted(signal);
  },
  async *doctor({ probe }) {
    yield await Promise.resolve({ name: 'etcd', result: probe ? 'ok' : 'skip', detail: '', advice: '' });
    throw new OverlayError('OVL_ETCD_TIMEOUT', 'etcd is slow');
  },
  status: () => Promise.reject(new Error('not used')),
};

async function serve(): Promise<ControlClient> {
  open.push(await serveControl(socketPath, handlers as ControlHandlers));
  return client();
}
function client(): ControlClient {
  const made = connectControl(socketPath, { instance: 'blue' });
  open.push(made);
  return made;
}

test('a reply crosses whole, with revisions past 2^53 as text', async () => {
  expect(await (await serve()).leases({})).toEqual({ leases: [ROW], revision: '7' });
});

test('a reply of 10 MB crosses', async () => {
  expect((await (await serve()).plan({})).objects).toHaveLength(SOME);
});

test('an OverlayError of a handler keeps code and message, another error becomes OVL_CONTROL_FAILED', async () => {
  const daemon = await serve();
  await expect(daemon.explain({ address: 'é' })).rejects.toMatchObject({
    code: 'OVL_CIDR_INVALID',
    message: 'address "é": not one',
  });
  await expect(daemon.renumber({})).rejects.toMatchObject({ code: 'OVL_CONTROL_FAILED' });
});

test('a request over 64 KiB is refused and the next one served', async () => {
  const daemon = await serve();
  await expect(daemon.explain({ address: 'x'.repeat(65 * 1024) })).rejects.toMatchObject({
    code: 'OVL_CONTROL_FAILED',
  });
  await expect(daemon.leases({})).resolves.toBeDefined();
});

test('a deadline ends the call with OVL_DAEMON_TIMEOUT and aborts the handler', async () => {
  const daemon = await serve();
  await expect(daemon.resync({}, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'OVL_DAEMON_TIMEOUT' });
  await aborted;
});

test('a stream yields what the handler yields; leaving the loop aborts the handler', async () => {
  const daemon = await serve();
  const seen: string[] = [];
  for await (const { revision } of daemon.watchLeases({})) {
    seen.push(revision);
    if (revision === '3') break;
  }
  expect(seen).toEqual(['1', '2', '3']);
  await aborted;
});

test('aborting the caller signal ends a stream quietly', async () => {
  const daemon = await serve();
  const stop = new AbortController();
  for await (const { revision } of daemon.watchLeases({}, { signal: stop.signal })) {
    if (revision === '3') stop.abort();
  }
  await aborted;
});

test('an error after the first message of a stream keeps its code', async () => {
  const daemon = await serve();
  const results: string[] = [];
  await expect(
    (async () => {
      for await (const { result } of daemon.doctor({ probe: true })) results.push(result);
    })(),
  ).rejects.toMatchObject({ code: 'OVL_ETCD_TIMEOUT' });
  expect(results).toEqual(['ok']);
});

test('F09 the socket has mode 0660, its directory 0750, and nothing else stays beside it', async () => {
  await serve();
  expect(lstatSync(socketPath).mode & 0o777).toBe(0o660);
  expect(lstatSync(join(directory, 'run')).mode & 0o777).toBe(0o750);
  expect(readdirSync(join(directory, 'run'))).toEqual(['overlayd.sock']);
});

test('closing ends a running stream and removes the socket', async () => {
  const server = await serveControl(socketPath, handlers as ControlHandlers);
  const seen: string[] = [];
  for await (const { revision } of client().watchLeases({})) {
    seen.push(revision);
    if (revision === '3') void server.close();
  }
  await server.close();
  expect(seen).toHaveLength(3);
  expect(readdirSync(join(directory, 'run'))).toEqual([]);
});

test('F08 a second server on an answered socket is refused with OVL_SOCKET_BUSY and harms nothing', async () => {
  const daemon = await serve();
  await expect(serveControl(socketPath, handlers as ControlHandlers)).rejects.toMatchObject({
    code: 'OVL_SOCKET_BUSY',
  });
  await expect(daemon.leases({})).resolves.toBeDefined();
});

test('F08 F09 a socket left by a killed daemon is replaced', async () => {
  const script = `require('fs').mkdirSync(${JSON.stringify(join(directory, 'run'))});
    require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(lstatSync(socketPath).isSocket()).toBe(true);
  await expect((await serve()).leases({})).resolves.toBeDefined();
});

test('F01 F09 the socket is made inside its folder, and what a daemon killed meanwhile leaves goes with the next start', async () => {
  const module = join(__dirname, '../dist/socket.js');
  const die = `(at) => require('net').createServer().listen(at, () => process.kill(process.pid, 'SIGKILL'))`;
  const script = `require('${module}').openSocket(${JSON.stringify(socketPath)}, (at) => new Promise(() => (${die})(at)))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(readdirSync(directory)).toEqual(['run']);
  expect(readdirSync(join(directory, 'run'))).toHaveLength(1);
  await serve();
  expect(readdirSync(join(directory, 'run'))).toEqual(['overlayd.sock']);
});

test('F09 what a living process of another user makes its socket in stays', async () => {
  const nursery = join(directory, 'run', `.s${process.ppid}.1`);
  mkdirSync(nursery, { recursive: true });
  const denied = Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
    throw denied;
  });
  await serve().finally(() => kill.mockRestore());
  expect(readdirSync(join(directory, 'run'))).toContain(`.s${process.ppid}.1`);
});

test('a file at the place of the socket is kept, a path too long is named: OVL_SOCKET_FAILED', async () => {
  const file = join(directory, 'file');
  writeFileSync(file, 'mine');
  await expect(serveControl(file, handlers as ControlHandlers)).rejects.toMatchObject({
    code: 'OVL_SOCKET_FAILED',
  });
  expect(lstatSync(file).size).toBe(4);
  await expect(serveControl(join(directory, 'x'.repeat(120)), handlers as ControlHandlers)).rejects.toThrow(
    /107 bytes/,
  );
});

test('no socket is OVL_DAEMON_UNREACHABLE for unary calls and streams, at once', async () => {
  const daemon = client();
  const expected = {
    code: 'OVL_DAEMON_UNREACHABLE',
    message: expect.stringContaining('instance blue') as string,
  };
  await expect(daemon.status({})).rejects.toMatchObject(expected);
  await expect(daemon.watchLeases({})[Symbol.asyncIterator]().next()).rejects.toMatchObject(expected);
});

test('something else answering on the socket is an error, not a wait', async () => {
  const stranger = createServer((socket) => socket.end('hello\n'));
  const path = join(directory, 'overlayd.sock');
  await new Promise<void>((resolve) => stranger.listen(path, resolve));
  chmodSync(path, 0o660);
  open.push(stranger);
  const daemon = connectControl(path);
  open.push(daemon);
  await expect(daemon.status({})).rejects.toMatchObject({ code: expect.stringMatching(/^OVL_/) as string });
});
