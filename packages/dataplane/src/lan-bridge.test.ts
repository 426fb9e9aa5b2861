import { bridgedNic, isLanBridge, LAN_BRIDGE } from './lan-bridge.js';
import { cloudOf, lanBridgeRefusal, type MachineFacts, type NicFacts } from './lan-bridge-refusal.js';

const link = (index: number, name: string, kind: string, mac: string, master?: string) => ({
  index,
  name,
  kind,
  mac,
  ...(master === undefined ? {} : { master }),
});
const BRIDGE = link(1, LAN_BRIDGE, 'bridge', 'aa');

test.each([
  [
    'the port with the bridge`s MAC',
    [link(5, 'veth1', 'veth', 'bb', LAN_BRIDGE), link(9, 'eth0', 'veth', 'aa', LAN_BRIDGE)],
    'eth0',
  ],
  [
    'hardware with another MAC',
    [link(5, 'veth1', 'veth', 'bb', LAN_BRIDGE), link(9, 'eth0', '', 'cc', LAN_BRIDGE)],
    'eth0',
  ],
  ['a bond', [link(9, 'bond0', 'bond', 'cc', LAN_BRIDGE)], 'bond0'],
  ['nothing among containers', [link(5, 'veth1', 'veth', 'bb', LAN_BRIDGE)], undefined],
  ['no link outside the bridge', [link(9, 'eth0', '', 'aa', 'br9'), link(10, 'eth1', '', 'aa')], undefined],
])('the NIC of a bridge is %s', (_, ports, name) => {
  expect(bridgedNic([BRIDGE, ...ports], LAN_BRIDGE)?.name).toBe(name);
});

test('only names of ours are LAN bridges', () => {
  expect(['ovl-lan-0', 'ovl-lan-x', 'ovl-br-lan', 'br0', 'xovl-lan-0'].map(isLanBridge)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

const MACHINE: MachineFacts = {
  vendor: 'Dell Inc.',
  product: 'PowerEdge',
  assetTag: '',
  biosVendor: 'Dell Inc.',
};
const NIC: NicFacts = {
  name: 'eth0',
  ethernet: true,
  loopback: false,
  kind: '',
  wireless: false,
  takenBy: [],
  machine: MACHINE,
};

test.each<[string, Partial<MachineFacts>, string | undefined]>([
  ['EC2', { vendor: 'Amazon EC2', product: 't3.small' }, 'Amazon EC2'],
  ['EC2 on Xen', { vendor: 'Xen', product: 'HVM domU', biosVendor: 'Amazon EC2' }, 'Amazon EC2'],
  ['Google', { vendor: 'Google', product: 'Google Compute Engine' }, 'Google Compute Engine'],
  ['Azure', { vendor: 'Microsoft Corporation', product: 'Virtual Machine' }, 'Microsoft Azure'],
  ['a Surface', { vendor: 'Microsoft Corporation', product: 'Surface Pro' }, undefined],
  ['DigitalOcean', { vendor: 'DigitalOcean', product: 'Droplet' }, 'DigitalOcean'],
  ['Alibaba', { vendor: 'Alibaba Cloud', product: 'Alibaba Cloud ECS' }, 'Alibaba Cloud'],
  ['Tencent', { vendor: 'Tencent Cloud', product: 'CVM' }, 'Tencent Cloud'],
  ['Hetzner Cloud', { vendor: 'Hetzner', product: 'vServer' }, 'Hetzner Cloud'],
  ['OpenStack', { vendor: 'OpenStack Foundation', product: 'OpenStack Nova' }, 'OpenStack'],
  ['Oracle', { vendor: 'QEMU', assetTag: 'OracleCloud.com' }, 'Oracle Cloud'],
  ['plain QEMU', { vendor: 'QEMU', product: 'Standard PC (Q35 + ICH9, 2009)' }, undefined],
  ['hardware', {}, undefined],
])('DMI of %s', (_, facts, cloud) => {
  const machine = { ...MACHINE, ...facts };
  expect(cloudOf(machine)).toBe(cloud);
  const reason = lanBridgeRefusal({ ...NIC, machine }, false);
  if (cloud === undefined) expect(reason).toBeUndefined();
  else expect(reason).toContain(`runs in ${cloud}`);
  expect(lanBridgeRefusal({ ...NIC, machine }, true)).toBeUndefined();
});

test.each<[string, Partial<NicFacts>, string, boolean]>([
  ['Wi-Fi', { wireless: true }, 'eth0 is a Wi-Fi device', true],
  ['a slave of a bond', { master: { name: 'bond0', kind: 'bond' } }, 'choose bond0 itself', false],
  ['a port of a team', { master: { name: 'team0', kind: 'team' } }, 'choose team0 itself', false],
  [
    'a port of a bridge',
    { master: { name: 'br0', kind: 'bridge' } },
    'a port of br0 (bridge) already',
    false,
  ],
  ['under a macvlan', { takenBy: [{ name: 'mv0', kind: 'macvlan' }] }, 'mv0 (macvlan) takes', false],
  ['a tunnel', { ethernet: false, kind: 'tun' }, 'no Ethernet device', false],
  ['a bridge', { kind: 'bridge' }, 'cannot be a port of another one', false],
  ['the loopback', { loopback: true }, 'no Ethernet device', false],
])('a NIC that is %s is refused, and Force helps: %#', (_, facts, words, forced) => {
  const nic = { ...NIC, ...facts };
  expect(lanBridgeRefusal(nic, false)).toContain(words);
  expect(lanBridgeRefusal(nic, true) === undefined).toBe(forced);
});

test('a veth inside a cloud machine is no matter of the cloud`s network', () => {
  const nic = { ...NIC, kind: 'veth', machine: { ...MACHINE, vendor: 'Google' } };
  expect(lanBridgeRefusal(nic, false)).toBeUndefined();
});
