import { parseAddress, parsePrefix } from '@overlay/cidr';
import type { KernelObject, Ownership } from './model.js';
import { unsafeReason } from './safety.js';

const ownership: Ownership = {
  alias: 'overlayd:default',
  links: ['flannel.1'],
  networks: [parsePrefix('10.70.0.0/16'), parsePrefix('fc00:70::/48')],
  adopt: false,
};
const mac = '76:70:95:51:7d:34';

function route(text: string, gateway: string, link = 'eth0'): KernelObject {
  const kind = 'unicast';
  return {
    type: 'route',
    destination: parsePrefix(text),
    gateway: parseAddress(gateway),
    link,
    onlink: false,
    metric: 1,
    kind,
  };
}
const neighbour = (address: string, hardware = mac, link = 'flannel.1'): KernelObject => ({
  ...{ type: 'neighbour', link, address: parseAddress(address), mac: hardware },
});
const fdb = (hardware: string, destination: string, link = 'flannel.1'): KernelObject => ({
  ...{ type: 'fdb', link, mac: hardware, destination: parseAddress(destination) },
});
const link = (name: string, alias: string): KernelObject => ({
  type: 'link',
  kind: 'dummy',
  name,
  mtu: 1400,
  alias,
});
const sysctl = (key: string): KernelObject => ({ type: 'sysctl', key, value: '1' });
const rule = (source: string): KernelObject => ({
  ...{ type: 'rule', family: 4, priority: 1, table: 1, source: parsePrefix(source) },
});

describe('I6 the last check before a write', () => {
  const safe: [string, KernelObject][] = [
    ['a route inside the network', route('10.70.1.0/24', '172.31.0.2')],
    ['a route to an IPv6 subnet over a link-local gateway', route('fc00:70:0:1::/64', 'fe80::1')],
    ['a neighbour on our device', neighbour('10.70.1.0')],
    ['an FDB entry on our device', fdb(mac, '172.31.0.2')],
    ['an FDB entry that floods', fdb('00:00:00:00:00:00', '172.31.0.2')],
    ['a device of ours', link('flannel.1', 'overlayd:default')],
    ['a sysctl of a device', sysctl('net/ipv6/conf/flannel.1/accept_ra')],
    ['a rule about our network', rule('10.70.0.0/16')],
  ];
  it.each(safe)('lets pass %s', (_what, object) => {
    expect(unsafeReason({ op: 'add', object }, ownership)).toBeUndefined();
  });

  const unsafe: [string, KernelObject][] = [
    ['a default route', route('0.0.0.0/0', '172.31.0.2')],
    ['a route that covers the network and more', route('10.0.0.0/8', '172.31.0.2')],
    ['a route to somebody else', route('192.168.0.0/24', '172.31.0.2')],
    ['a gateway on loopback', route('10.70.1.0/24', '127.0.0.1')],
    ['a multicast gateway', route('10.70.1.0/24', '239.0.0.1')],
    ['a neighbour on a device that is not ours', neighbour('10.70.1.0', mac, 'eth0')],
    ['a neighbour outside the network', neighbour('172.31.0.2')],
    ['a multicast MAC', neighbour('10.70.1.0', '01:00:5e:00:00:01')],
    ['the zero MAC of a neighbour', neighbour('10.70.1.0', '00:00:00:00:00:00')],
    ['a flood to loopback', fdb('00:00:00:00:00:00', '127.0.0.1')],
    ['the broadcast MAC', fdb('ff:ff:ff:ff:ff:ff', '172.31.0.2')],
    ['a tunnel end on loopback', fdb(mac, '127.0.0.1')],
    ['a multicast tunnel end', fdb(mac, '224.0.0.9')],
    ['an FDB entry on a bridge of somebody', fdb(mac, '172.31.0.2', 'docker0')],
    ['a device of another name', link('eth0', 'overlayd:default')],
    ['a device with the alias of another instance', link('flannel.1', 'overlayd:other')],
    ['a sysctl outside net/', sysctl('kernel/core_pattern')],
    ['a sysctl that climbs out of net/', sysctl('net/../kernel/core_pattern')],
    ['a rule about everything', rule('0.0.0.0/0')],
  ];
  it.each(unsafe)('stops %s', (_what, object) => {
    expect(unsafeReason({ op: 'add', object }, ownership)).toMatch(/./);
  });

  it.each(['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/8', '240.0.0.0/8'])(
    'stops a route to %s even in a network that holds it',
    (text) => {
      const wide = { ...ownership, networks: [parsePrefix('0.0.0.0/0')] };
      expect(unsafeReason({ op: 'add', object: route(text, '172.31.0.2') }, wide)).toMatch(/never/);
    },
  );

  it('lets a stray route on our own device be removed, and none elsewhere', () => {
    const stray = (name: string) =>
      ({ op: 'remove', object: route('192.168.0.0/24', '10.70.1.0', name) }) as const;
    expect(unsafeReason(stray('flannel.1'), ownership)).toBeUndefined();
    expect(unsafeReason(stray('eth0'), ownership)).toMatch(/outside our networks/);
  });
});
