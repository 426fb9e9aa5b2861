import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPrefix } from '@overlay/cidr';
import { parseNetworkConfig } from '@overlay/lease';
import { hostFacts, network, nodePlan } from '../../test/support/hosts.js';
import { readKernelDump } from '../../test/support/kernel-dump.js';
import { createBackend } from '../backends/registry.js';
import type { NodePlan } from './node-plan.js';
import {
  previousSubnets,
  recordedNetworks,
  writeSubnetFile,
  writeSubnetRecord,
  type SubnetFileTarget,
} from './subnet-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovl-subnet-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = (): string => join(folder, 'flannel', 'subnet.env');
const target = (
  docker: SubnetFileTarget['docker'] = { mode: 'off', network: 'overlay' },
): SubnetFileTarget => ({
  path: path(),
  stateFile: join(folder, 'state', 'subnet-env.json'),
  docker,
});
const MACHINE = '0123456789abcdef0123456789abcdef';
const vxlan = () => nodePlan(network({ Type: 'vxlan' }));
const record = (): unknown => JSON.parse(readFileSync(target().stateFile, 'utf8'));
const previous = (machineId = MACHINE): string => {
  const { subnet, ipv6Subnet } = previousSubnets(target(), machineId) ?? {};
  return [subnet, ipv6Subnet]
    .flatMap((prefix) => (prefix === undefined ? [] : [formatPrefix(prefix)]))
    .join(' ');
};

const write = (given: SubnetFileTarget, node: NodePlan, machineId?: string): boolean => {
  const written = writeSubnetFile(given, node);
  writeSubnetRecord(given, node, machineId);
  return written;
};

test.each(['vxlan.txt', 'vxlan-dual-stack.txt', 'vxlan-direct-routing.txt', 'host-gw-dual-stack.txt'])(
  '%s: subnet.env is byte-equal to flanneld’s',
  (file) => {
    const { config, own, subnetEnv } = readKernelDump(file);
    const { subnet, ipv6Subnet } = own;
    const node = nodePlan(network({ Type: 'vxlan' }));
    const subnets = { subnet, ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }) };
    const input = { ...node.input, config, subnets, facts: hostFacts() };
    const firewall = { ...node.firewall, masquerade: subnetEnv.includes('IPMASQ=true') };
    expect(write(target(), { ...node, input, firewall, backends: [createBackend(config)] })).toBe(true);
    expect(readFileSync(path(), 'utf8')).toBe(subnetEnv);
  },
);

test('I10 an equal file is not written again; another one is', () => {
  const node = nodePlan(network({ Type: 'vxlan' }));
  expect(write(target(), node)).toBe(true);
  const { ino, mode } = statSync(path());
  expect(mode & 0o777).toBe(0o644);
  expect(write(target(), node)).toBe(false);
  expect(statSync(path()).ino).toBe(ino);
  writeFileSync(path(), 'FLANNEL_SUBNET=10.5.9.1/24\n');
  expect(write(target(), node)).toBe(true);
});

test('a subnet.env that was deleted is written again', () => {
  expect(write(target(), vxlan())).toBe(true);
  const { ino } = statSync(target().stateFile);
  rmSync(path());
  expect(write(target(), vxlan())).toBe(true);
  expect(statSync(path()).isFile()).toBe(true);
  expect(statSync(target().stateFile).ino).toBe(ino);
});

test('the subnet of the last run is read back as a network', () => {
  write(target(), nodePlan(network({ Type: 'vxlan' }, true)), MACHINE);
  expect(previous()).toBe('10.5.1.0/24 fc00:5:0:1::/64');
});

test('B11 the subnet of the last run outlives a reboot, which takes subnet.env away', () => {
  write(target(), nodePlan(network({ Type: 'vxlan' }, true)), MACHINE);
  rmSync(path());
  expect(previous()).toBe('10.5.1.0/24 fc00:5:0:1::/64');
  writeFileSync(path(), 'FLANNEL_SUBNET=10.5.77.1/24\n');
  expect(previous()).toBe('10.5.77.0/24');
});

test('B07 the record of another machine, or of one without an id, is no wish and names no network', () => {
  write(target(), vxlan(), MACHINE);
  rmSync(path());
  expect([previous('f'.repeat(32)), recordedNetworks(target().stateFile, 'f'.repeat(32))]).toEqual(['', []]);
  write(target(), vxlan(), '');
  rmSync(path());
  expect([previous(''), recordedNetworks(target().stateFile, '')]).toEqual(['', []]);
});

test('the record says what was written and what Docker was given, and only root can read it', () => {
  const given = target({ mode: 'network', network: 'blue' });
  write(given, vxlan(), MACHINE);
  const sha256 = createHash('sha256').update(readFileSync(path())).digest('hex');
  expect(record()).toEqual({
    version: 1,
    path: path(),
    sha256,
    networks: ['10.5.0.0/16'],
    subnet: '10.5.1.0/24',
    machineId: MACHINE,
    docker: { mode: 'network', network: 'blue' },
  });
  expect(statSync(given.stateFile).mode & 0o777).toBe(0o600);
});

test('what an earlier run gave Docker stays recorded while Docker is off', () => {
  write(target({ mode: 'network', network: 'blue' }), vxlan(), MACHINE);
  write(target(), vxlan(), MACHINE);
  expect(record()).toMatchObject({ docker: { mode: 'network', network: 'blue' } });
});

test('C03 the network before this one is remembered, the one before that is not', () => {
  for (const second of ['10.5.0.0/16', '10.6.0.0/16', '10.6.0.0/16', '10.7.0.0/16']) {
    const node = vxlan();
    const config = parseNetworkConfig(JSON.stringify({ Network: second, Backend: { Type: 'vxlan' } }));
    write(target(), { ...node, input: { ...node.input, config } }, MACHINE);
  }
  expect(recordedNetworks(target().stateFile, MACHINE).map(formatPrefix)).toEqual([
    '10.7.0.0/16',
    '10.6.0.0/16',
  ]);
  write(target(), nodePlan(network({ Type: 'vxlan' }, true)), MACHINE);
  const networks = recordedNetworks(target().stateFile, MACHINE).map(formatPrefix);
  expect(networks).toEqual(['10.5.0.0/16', '10.7.0.0/16', 'fc00:5::/48']);
});

test.each([
  '',
  'null',
  '{',
  '[]',
  `{"version":2,"machineId":"${MACHINE}","subnet":"10.5.1.0/24","networks":["10.5.0.0/16"]}`,
  `{"version":1,"machineId":"${MACHINE}","subnet":"10.5.1.7/24","networks":[7,"x"]}`,
  `{"version":1,"machineId":"${MACHINE}","subnet":5,"networks":{}}`,
])('B08 a record that cannot be read (%j) is no wish and names no network', (content) => {
  write(target(), vxlan(), MACHINE);
  rmSync(path());
  writeFileSync(target().stateFile, content);
  expect([previous(), recordedNetworks(target().stateFile, MACHINE)]).toEqual(['', []]);
});

test.each(['', 'FLANNEL_SUBNET=nonsense\n', '\0\0', 'FLANNEL_SUBNET=10.5.1.1/24,10.5.2.1/24\n'])(
  'B08 a subnet.env without a usable subnet (%j) is no wish',
  (content) => {
    writeFileSync(join(folder, 'x'), content);
    expect(previousSubnets({ ...target(), path: join(folder, 'x') }, MACHINE)).toBeUndefined();
  },
);

test('no subnet.env is no wish', () => {
  expect(previous()).toBe('');
});
