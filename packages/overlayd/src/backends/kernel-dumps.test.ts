import { formatLeaseValue, type Json, type Lease } from '@overlay/lease';
import type { KernelObject } from '@overlay/dataplane';
import { dumpLine, readKernelDump, type KernelDump } from '../../test/support/kernel-dump.js';
import { hostFacts } from '../../test/support/hosts.js';
import { leaseAttributes } from '../lease/attributes.js';
import type { Backend, HostFacts, NodeInput } from './model.js';
import { offersOf } from '../plan/offers.js';
import { createBackend } from './registry.js';

const macOf = (data: Json | undefined): string => (data as { VtepMAC?: string } | undefined)?.VtepMAC ?? '';

function factsOf(own: Lease): HostFacts {
  const { backendData, backendV6Data } = own.attributes;
  return hostFacts({ vtepMac: macOf(backendData), vtepMacV6: macOf(backendV6Data) });
}

function planned({ config, own, peer }: KernelDump): { backend: Backend; objects: readonly KernelObject[] } {
  const { subnet, ipv6Subnet } = own;
  const input: NodeInput = {
    facts: factsOf(own),
    config,
    subnets: { subnet, ...(ipv6Subnet === undefined ? {} : { ipv6Subnet }) },
    alias: 'overlayd:default',
  };
  const backend = createBackend(config);
  const offer = offersOf(peer)[0]!;
  return {
    backend,
    objects: [...backend.planNode(input), ...backend.planPeer(input, { lease: peer, offer }).objects],
  };
}

const lines = (objects: readonly KernelObject[], type: KernelObject['type']): string[] =>
  objects
    .filter((object) => object.type === type)
    .map(dumpLine)
    .sort();

const FILES = ['vxlan.txt', 'vxlan-dual-stack.txt', 'vxlan-direct-routing.txt', 'host-gw-dual-stack.txt'];

describe.each(FILES)('%s: the plan is what a running flanneld left in the kernel', (file) => {
  const dump = readKernelDump(file);
  const { backend, objects } = planned(dump);

  test('the same devices: name, MTU, MAC, VNI, source, port, learning, GBP', () => {
    expect(lines(objects, 'link')).toEqual([...dump.links].sort());
    expect(dump.links).toHaveLength(file.startsWith('host-gw') ? 0 : file.includes('dual') ? 2 : 1);
  });

  test('the same addresses', () => {
    expect(lines(objects, 'address')).toEqual([...dump.addresses].sort());
  });

  test('the same routes, metric and protocol aside', () => {
    expect(lines(objects, 'route')).toEqual([...dump.routes].sort());
    expect(dump.routes.length).toBeGreaterThan(0);
  });

  test('the same neighbours and FDB entries', () => {
    expect(lines(objects, 'neighbour')).toEqual([...dump.neighbours].sort());
    expect(lines(objects, 'fdb')).toEqual([...dump.fdb].sort());
  });

  test('accept_ra is turned off on every device, as Flannel does', () => {
    const keys = objects
      .flatMap((object) => (object.type === 'sysctl' ? [object.key] : []))
      .filter((key) => key.endsWith('/accept_ra'));
    expect(keys).toEqual(
      backend.links.slice(0, dump.links.length).map((name) => `net/ipv6/conf/${name}/accept_ra`),
    );
  });

  test('the lease that flanneld wrote is the one this host would write, our field aside', () => {
    const attributes = leaseAttributes({
      facts: factsOf(dump.own),
      backends: [backend],
      dualStack: dump.config.ipv6 !== undefined,
      version: '1',
      mustRenumber: false,
    });
    const { overlay: _, ...flannels } = attributes;
    expect(formatLeaseValue(flannels)).toBe(formatLeaseValue(dump.own.attributes));
  });
});
