import { parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import type { DockerWish } from '../model.js';
import type { DockerNetwork } from '../network-decision.js';
import { networkSpec } from '../network-spec.js';
import type { AttachedContainer, DockerEngine, EngineFacts } from './docker-engine.js';
import { ensureNetwork } from './network-mode.js';

const WISH: DockerWish = {
  mode: 'network',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  ipv6Subnet: parseIpv6Prefix('fd00:5:34::/64'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};

const FACTS: EngineFacts = {
  version: '28.0.0',
  firewallBackend: 'iptables',
  liveRestore: false,
  containersRunning: 1,
  addressPools: [],
};

/** The network of a wish, as Docker has it. */
function networkOf(wish: DockerWish): DockerNetwork {
  const { name, pools, options, labels } = networkSpec(wish);
  return { id: 'f00d', name, driver: 'bridge', internal: false, pools, options, labels };
}

/** A Docker in memory, as far as a network of this name goes. */
function dockerWith(networks: DockerNetwork[], containers: readonly AttachedContainer[]): DockerEngine {
  const engine: Partial<DockerEngine> = {
    networks: () => Promise.resolve(networks),
    containersOf: () => Promise.resolve([...containers]),
    removeNetwork: ({ id }) => {
      networks.splice(0, networks.length, ...networks.filter((one) => one.id !== id));
      return Promise.resolve();
    },
    createNetwork: ({ name, pools, options, labels }) => {
      const made = { id: 'beef', name, driver: 'bridge', internal: false, pools, options, labels };
      networks.push(made);
      return Promise.resolve(made);
    },
  };
  return engine as DockerEngine;
}

const WEB: AttachedContainer = { id: 'c', name: 'web', active: true, networkId: 'f00d' };
const NEXT = {
  ...WISH,
  subnet: parseIpv4Prefix('10.5.35.0/24'),
  ipv6Subnet: parseIpv6Prefix('fd00:5:35::/64'),
};

test('B03 while a container keeps the old network both of its subnets are reported', async () => {
  const report = await ensureNetwork(dockerWith([networkOf(WISH)], [WEB]), FACTS, NEXT);
  expect(report).toMatchObject({
    state: 'waiting',
    subnet: '10.5.34.0/24',
    ipv6Subnet: 'fd00:5:34::/64',
    problems: [{ code: 'OVL_DOCKER_NETWORK_IN_USE' }],
  });
});

test('B03 when it is gone, those of the new one', async () => {
  const report = await ensureNetwork(dockerWith([networkOf(WISH)], []), FACTS, NEXT);
  expect(report).toMatchObject({ state: 'ready', subnet: '10.5.35.0/24', ipv6Subnet: 'fd00:5:35::/64' });
  expect(report.changes).toHaveLength(1);
});

test('on a segment the ranges are what Docker uses, and one family alone has one', async () => {
  const segment = { subnet: parseIpv4Prefix('10.5.0.0/16') };
  const { ipv6Subnet: _, ...single } = WISH;
  const report = await ensureNetwork(dockerWith([networkOf({ ...single, segment })], []), FACTS, {
    ...single,
    segment,
  });
  expect([report.subnet, 'ipv6Subnet' in report]).toEqual(['10.5.34.0/24', false]);
});
