import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveControl, type ControlHandlers, type LeaseRow, type StatusReply } from '@overlay/api';
import { OverlayError } from '@overlay/cidr';
import { ctl, readAllOf, type Result } from './support.js';

const ROW: LeaseRow = {
  name: '10.5.34.0-24',
  subnet: '10.5.34.0/24',
  ipv6Subnet: '',
  node: 'host1',
  nodeId: 'n1',
  publicIp: '172.31.0.1',
  publicIpv6: '',
  backend: 'vxlan',
  own: true,
  reservation: false,
  state: 'own',
  reason: '',
  modRevision: '4',
  createRevision: '3',
  backendData: '{"VNI":1,"VtepMAC":"7e:73:a8:ee:4d:53"}',
  version: '0.1.0',
  etcdLease: '77',
  way: 'vxlan vni 1 port 8472',
  backends: ['vxlan vni 1 port 8472'],
  mustRenumber: false,
};
const PEER: LeaseRow = {
  ...ROW,
  name: '10.5.7.0-24',
  subnet: '10.5.7.0/24',
  node: 'host2',
  nodeId: 'n2',
  publicIp: '172.31.0.2',
  own: false,
  state: 'rejected',
  reason: 'the public address 172.31.0.1 is our own',
};
const STATUS = { version: '0.1.0', instance: 'default', ready: true, uptimeSeconds: 75 } as StatusReply;

const handlers: ControlHandlers = {
  status: () => Promise.resolve(STATUS),
  leases: () => Promise.resolve({ leases: [ROW, PEER], revision: '9' }),
  async *watchLeases(_request, signal) {
    yield { leases: [ROW], revision: '8' };
    yield { leases: [ROW, PEER], revision: '9' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
  explain: ({ address }) =>
    Promise.resolve({
      address,
      verdict: 'peer',
      summary: 'a container of host2',
      lease: PEER,
      device: 'flannel.1',
      nextHop: '10.5.7.0',
      mtu: 1450,
      kernelRoute: '10.5.7.9 via 10.5.7.0 dev flannel.1',
      obstacles: [],
      facts: [],
    }),
  async *doctor({ probe }) {
    yield await Promise.resolve({ name: 'etcd', result: 'ok', detail: '', advice: '' });
    yield {
      name: 'probe',
      result: probe ? 'fail' : 'skip',
      detail: 'host2 does not answer',
      advice: 'look at UDP 8472',
    };
  },
  plan: () => Promise.resolve({ changes: [], objects: ['link flannel.1'], firewall: [] }),
  renumber: () => Promise.reject(new OverlayError('OVL_SUBNETS_EXHAUSTED', 'no subnet is free')),
  resync: () => Promise.resolve({ changes: 2 }),
};

let directory: string;
let server: { close(): Promise<void> };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ovl-ctl-'));
  server = await serveControl(join(directory, 'overlayd.sock'), handlers);
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

/** With the daemon, and an etcd that is away. */
const typed = (line: string, onOutput?: (text: string, stop: () => void) => void): Promise<Result> =>
  ctl(line.split(' '), {
    env: { OVERLAYD_SOCKET: join(directory, 'overlayd.sock'), OVERLAYD_ETCD_ENDPOINTS: 'http://127.0.0.1:1' },
    ...(onOutput === undefined ? {} : { onOutput }),
  });

test('lease list is the daemon view: own lease marked, state and reason; an etcd that is away costs only the expiry', async () => {
  const { code, stdout, stderr } = await typed('lease list --output wide');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^10\.5\.34\.0\/24 \* +host1 +172\.31\.0\.1 +vxlan +- +own +7e:73:a8:ee:4d:53\/1 +4 +0\.1\.0 +vxlan vni 1 port 8472 +- +-$/m,
  );
  expect(stdout).toMatch(/^10\.5\.7\.0\/24 .* rejected .*the public address 172\.31\.0\.1 is our own$/m);
});

test('lease show, node list and node show use the daemon view', async () => {
  const { stdout } = await typed('lease show 10.5.34.0/24');
  expect(stdout).toContain('own (of this host)');
  expect(stdout).toMatch(/^reached by: +vxlan vni 1 port 8472$/m);
  expect((await typed('node list')).stdout).toMatch(/^host1 \* /m);
  expect(JSON.parse((await typed('node show n2 -o json')).stdout)).toMatchObject({
    node: 'host2',
    state: 'rejected',
  });
});

test('a flag that names an etcd goes past the daemon', async () => {
  expect(await typed('lease list --etcd-prefix /other')).toMatchObject({ code: 5 });
});

test('lease watch tells the changes of the daemon view until Ctrl-C', async () => {
  const { code, stdout } = await typed('lease watch', (text, stop) => {
    if (text.includes('host2')) stop();
  });
  expect(code).toBe(0);
  expect(stdout).toBe(
    'added    10.5.34.0/24  host1  172.31.0.1  vxlan  own\n' +
      'added    10.5.7.0/24  host2  172.31.0.2  vxlan  rejected  (the public address 172.31.0.1 is our own)\n',
  );
});

test('status prints for people, as JSON and as YAML', async () => {
  expect((await typed('status')).stdout).toContain('ready:');
  expect(JSON.parse((await typed('status -o json')).stdout)).toMatchObject({
    ready: true,
    lease: null,
    problems: [],
  });
  expect((await typed('status -o yaml')).stdout).toContain('\nready: true\n');
});

test('explain asks for the canonical address; a bad one never reaches the daemon', async () => {
  expect((await typed('explain 10.5.7.9')).stdout).toMatch(
    /^lease: +10\.5\.7\.0\/24 of host2, vxlan, rejected$/m,
  );
  expect(JSON.parse((await typed('explain FD00::0:1 -o json')).stdout)).toMatchObject({ address: 'fd00::1' });
  expect(await typed('explain 10.5.7')).toMatchObject({ code: 2 });
});

test('doctor ends with 1 when a check fails and with 0 when none does', async () => {
  expect(await typed('doctor')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('-> look at UDP 8472') as string,
  });
  const { code, stdout } = await typed('doctor --no-probe -o json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ checks: [{ name: 'etcd' }, { name: 'probe', result: 'skip' }] });
});

test('plan, resync', async () => {
  expect(await typed('plan')).toMatchObject({ code: 0, stdout: 'Nothing to change.\n' });
  expect(await typed('resync')).toMatchObject({ code: 0, stdout: 'Made 2 changes.\n' });
});

test('an error of the daemon keeps its code and is one line', async () => {
  expect(await typed('node renumber')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'overlayctl: OVL_SUBNETS_EXHAUSTED: no subnet is free\n',
  });
});

test.each(['status', 'explain 10.5.7.9', 'plan', 'resync', 'node renumber'])(
  '%s without a daemon is 5 and names the instance',
  async (line) => {
    const result = await ctl([
      '--socket',
      join(directory, 'none.sock'),
      '--instance',
      'blue',
      ...line.split(' '),
    ]);
    expect(result).toMatchObject({ code: 5, stdout: '' });
    expect(result.stderr).toMatch(/^overlayctl: OVL_DAEMON_UNREACHABLE: .*instance blue.*\n$/);
  },
);

test('output larger than a pipe arrives whole', async () => {
  const many = Array.from({ length: 3_000 }, (_, at) => ({
    ...PEER,
    name: `10.${at >> 8}.${at & 255}.0-24`,
  }));
  const path = join(directory, 'many.sock');
  const other = await serveControl(path, {
    ...handlers,
    leases: () => Promise.resolve({ leases: many, revision: '9' }),
  });
  try {
    const argv = [join(__dirname, '../bin/overlayctl'), '--socket', path, 'node', 'list', '-o', 'json'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const data = JSON.parse(await readAllOf(child.stdout)) as { nodes: { leases: unknown[] }[] };
    expect(data.nodes.flatMap(({ leases }) => leases)).toHaveLength(3_000);
  } finally {
    await other.close();
  }
}, 30_000);
