import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPrefix } from '@overlay/cidr';
import { hostFacts, network, nodePlan } from '../../test/support/hosts.js';
import { readKernelDump } from '../../test/support/kernel-dump.js';
import { createBackend } from '../backends/registry.js';
import { previousSubnets, writeSubnetFile } from './subnet-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovl-subnet-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const path = (): string => join(folder, 'flannel', 'subnet.env');

test.each(['vxlan.txt', 'vxlan-dual-stack.txt', 'vxlan-direct-routing.txt', 'host-gw-dual-stack.txt'])(
  '%s: subnet.env is byte-equal to flanneld’s',
  (file) => {
    const { config, own, subnetEnv } = readKernelDump(file);
    const { subnet, ipv6Subnet } = own;
    const node = nodePlan(network({ Type: 'vxlan' }));
    const subnets = { subnet, ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }) };
    const input = { ...node.input, config, subnets, facts: hostFacts() };
    const firewall = { ...node.firewall, masquerade: subnetEnv.includes('IPMASQ=true') };
    expect(writeSubnetFile(path(), { ...node, input, firewall, backend: createBackend(config) })).toBe(true);
    expect(readFileSync(path(), 'utf8')).toBe(subnetEnv);
  },
);

test('I10 an equal file is not written again; another one is', () => {
  const node = nodePlan(network({ Type: 'vxlan' }));
  expect(writeSubnetFile(path(), node)).toBe(true);
  const { ino, mode } = statSync(path());
  expect(mode & 0o777).toBe(0o644);
  expect(writeSubnetFile(path(), node)).toBe(false);
  expect(statSync(path()).ino).toBe(ino);
  writeFileSync(path(), 'FLANNEL_SUBNET=10.5.9.1/24\n');
  expect(writeSubnetFile(path(), node)).toBe(true);
});

test('the subnet of the last run is read back as a network', () => {
  writeSubnetFile(path(), nodePlan(network({ Type: 'vxlan' }, true)));
  const previous = previousSubnets(path());
  expect(previous === undefined ? '' : formatPrefix(previous.subnet)).toBe('10.5.1.0/24');
  expect(previous?.ipv6Subnet === undefined ? '' : formatPrefix(previous.ipv6Subnet)).toBe('fc00:5:0:1::/64');
});

test.each(['', 'FLANNEL_SUBNET=nonsense\n', '\0\0', 'FLANNEL_SUBNET=10.5.1.1/24,10.5.2.1/24\n'])(
  'B08 a subnet.env without a usable subnet (%j) is no wish',
  (content) => {
    writeFileSync(join(folder, 'x'), content);
    expect(previousSubnets(join(folder, 'x'))).toBeUndefined();
  },
);

test('no subnet.env is no wish', () => {
  expect(previousSubnets(path())).toBeUndefined();
});
