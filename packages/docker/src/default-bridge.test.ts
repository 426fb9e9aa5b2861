import { parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { defaultBridge } from './default-bridge.js';
import type { DockerWish } from './model.js';
import type { DockerNetwork } from './network-decision.js';
import { poolWarnings } from './pools.js';

const WISH: DockerWish = {
  mode: 'daemon-json',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};

function network(
  name: string,
  bridge: string,
  mtu: string,
  ...pools: DockerNetwork['pools'][number][]
): DockerNetwork {
  const options = {
    'com.docker.network.bridge.name': bridge,
    'com.docker.network.driver.mtu': mtu,
    'com.docker.network.bridge.enable_ip_masquerade': 'false',
  };
  return { id: name, name, driver: 'bridge', internal: false, pools, options, labels: {} };
}

describe('defaultBridge', () => {
  it('E15 names each difference between docker0 and the lease', () => {
    const real = defaultBridge(network('bridge', 'docker0', '1500', { subnet: '172.17.0.0/16' }), WISH);
    expect(real).toEqual({
      bridge: 'docker0',
      subnet: '172.17.0.0/16',
      differences: ['subnet 172.17.0.0/16, wanted 10.5.34.0/24', 'mtu 1500, wanted 1450'],
    });
  });

  it('finds none where both families are as leased', () => {
    const pools = [{ subnet: '10.5.34.0/24', ipRange: '10.5.34.0/24' }, { subnet: 'fd00:5:34::/64' }];
    const wish = { ...WISH, ipv6Subnet: parseIpv6Prefix('fd00:5:34::/64') };
    const real = defaultBridge(network('bridge', 'docker0', '1450', ...pools), wish);
    expect(real).toEqual({
      ...{ bridge: 'docker0', subnet: '10.5.34.0/24', ipv6Subnet: 'fd00:5:34::/64' },
      differences: [],
    });
  });

  it('B03 says both subnets that Docker uses, also of a family that is not leased', () => {
    const pools = [{ subnet: 'fd00:5:34::/64' }, { subnet: '10.5.34.0/24' }];
    expect(defaultBridge(network('bridge', 'docker0', '1450', ...pools), WISH)).toMatchObject({
      subnet: '10.5.34.0/24',
      ipv6Subnet: 'fd00:5:34::/64',
    });
  });

  it('takes the range and not the subnet of a bridge that the administrator made', () => {
    const pool = { subnet: '10.5.0.0/16', ipRange: '10.5.34.0/24' };
    expect(defaultBridge(network('bridge', 'br0', '1450', pool), WISH)).toMatchObject({
      bridge: 'br0',
      subnet: '10.5.34.0/24',
      differences: [],
    });
  });
});

describe('E19 poolWarnings', () => {
  const docker0 = network('bridge', 'docker0', '1500', { subnet: '172.17.0.0/16' });

  it('warn of an overlay network inside the pools Docker has built in, and of a network that is there', () => {
    const [warning] = poolWarnings(parseIpv4Prefix('172.17.0.0/16'), [], [docker0]);
    expect(warning).toMatchObject({ code: 'OVL_DOCKER_POOL_OVERLAP' });
    expect(warning?.message).toContain(
      "Docker's address pool 172.17.0.0/16 and Docker network bridge overlap the overlay network 172.17.0.0/16",
    );
  });

  it('look at the configured pools instead of the built-in ones', () => {
    expect(poolWarnings(parseIpv4Prefix('172.20.0.0/16'), ['10.200.0.0/16'], [docker0])).toEqual([]);
    expect(poolWarnings(parseIpv4Prefix('10.0.0.0/8'), ['10.200.0.0/16'], [docker0])).toHaveLength(1);
  });

  it('say nothing of an ordinary 10.5.0.0/16', () => {
    expect(poolWarnings(parseIpv4Prefix('10.5.0.0/16'), [], [docker0])).toEqual([]);
  });
});
