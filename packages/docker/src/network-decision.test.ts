import { parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import type { DockerWish } from './model.js';
import { bridgeOf, decideNetwork, type DockerNetwork } from './network-decision.js';
import { bridgeName, networkSpec } from './network-spec.js';

const WISH: DockerWish = {
  mode: 'network',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};
const SPEC = networkSpec(WISH);
const DOCKER0 = network({
  id: '0',
  name: 'bridge',
  pools: [{ subnet: '172.17.0.0/16' }],
  options: {},
  labels: {},
});

/** The network as we would have made it, with changes. */
function network(changes: Partial<DockerNetwork> = {}): DockerNetwork {
  const { name, pools, options, labels } = SPEC;
  return {
    id: 'f00dfeedf00dfeed',
    name,
    driver: 'bridge',
    internal: false,
    pools,
    options,
    labels,
    ...changes,
  };
}

const option = (changes: Record<string, string>) => ({ options: { ...SPEC.options, ...changes } });
const MTU = 'com.docker.network.driver.mtu';
const MASQUERADE = 'com.docker.network.bridge.enable_ip_masquerade';

describe('decideNetwork', () => {
  it('creates what is missing', () => {
    expect(decideNetwork([DOCKER0], SPEC)).toEqual({ kind: 'create' });
  });

  it('keeps its own, and adopts an equal one made by hand', () => {
    expect(decideNetwork([DOCKER0, network()], SPEC)).toMatchObject({ kind: 'keep', foreign: false });
    expect(decideNetwork([network({ labels: {} })], SPEC)).toMatchObject({ kind: 'keep', foreign: true });
  });

  it.each<[string, Partial<DockerNetwork>, string]>([
    ['driver', { driver: 'macvlan' }, 'driver macvlan, wanted bridge'],
    ['internal', { internal: true }, 'internal true, wanted false'],
    ['subnet', { pools: [{ subnet: '10.5.35.0/24' }] }, 'subnet 10.5.35.0/24, wanted 10.5.34.0/24'],
    ['no subnet', { pools: [] }, 'subnet none, wanted 10.5.34.0/24'],
    [
      'a second subnet',
      { pools: [...SPEC.pools, { subnet: 'fd00::/64' }] },
      'subnet 10.5.34.0/24 fd00::/64, wanted 10.5.34.0/24',
    ],
    ['mtu', option({ [MTU]: '1400' }), 'mtu 1400, wanted 1450'],
    ['masquerade', option({ [MASQUERADE]: 'true' }), 'masquerade true, wanted false'],
    ['no options', { options: {} }, 'mtu 1500, wanted 1450; masquerade true, wanted false'],
  ])('with another %s replaces its own and reports a foreign one', (_, changes, difference) => {
    const own = decideNetwork([network(changes)], SPEC);
    expect(own).toMatchObject({ kind: 'replace', differences: difference.split('; ') });
    const foreign = decideNetwork([network({ ...changes, labels: {} })], SPEC);
    expect(foreign).toMatchObject({ kind: 'conflict', problem: { code: 'OVL_DOCKER_NETWORK_DIFFERS' } });
    expect(foreign.kind === 'conflict' && foreign.problem.message).toContain(`(${difference})`);
  });

  it('never replaces the network of another instance', () => {
    const labels = { ...SPEC.labels, 'overlay.instance': 'blue' };
    expect(decideNetwork([network({ labels, ...option({ [MTU]: '1400' }) })], SPEC).kind).toBe('conflict');
  });

  it('E19 names the network that already has the subnet, before anything is removed', () => {
    const holder = network({ id: '1', name: 'web', pools: [{ subnet: '10.5.0.0/16' }], labels: {} });
    const old = network({ pools: [{ subnet: '10.9.1.0/24' }] });
    for (const existing of [[holder], [holder, old]]) {
      const decision = decideNetwork(existing, SPEC);
      expect(decision).toMatchObject({ kind: 'conflict', problem: { code: 'OVL_DOCKER_SUBNET_TAKEN' } });
      expect(decision.kind === 'conflict' && decision.problem.message).toContain(
        'Docker network web already uses 10.5.0.0/16',
      );
    }
  });

  it('compares both families of a dual-stack lease in any order', () => {
    const spec = networkSpec({ ...WISH, ipv6Subnet: parseIpv6Prefix('fd00:5:34::/64') });
    expect(spec.pools[1]).toEqual({ subnet: 'fd00:5:34::/64', gateway: 'fd00:5:34::1' });
    expect(decideNetwork([network({ pools: [...spec.pools].reverse() })], spec).kind).toBe('keep');
  });
});

describe('bridgeName', () => {
  it('is the instance where it fits into 15 bytes', () => {
    expect(bridgeName('default')).toBe('ovl-br-default');
    expect(bridgeName('eightchr')).toBe('ovl-br-eightchr');
  });

  it('is short and different for long names', () => {
    const names = ['production-a', 'production-b', 'production-c'].map(bridgeName);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^ovl-br-pr[0-9a-z]{6}$/);
  });

  it('of a network made by hand is its option or Docker’s own choice', () => {
    expect(bridgeOf(network())).toBe('ovl-br-default');
    expect(bridgeOf(network({ options: {} }))).toBe('br-f00dfeedf00d');
  });
});
