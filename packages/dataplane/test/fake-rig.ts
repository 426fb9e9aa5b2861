import { formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import { linkState } from '../src/fake-links.js';
import { FakeKernel } from '../src/index.js';
import type { Rig } from './contract-hand.js';

/** The fake kernel with an up `eth0`. */
export function openFakeRig(): Rig {
  const kernel = new FakeKernel();
  const { tables } = kernel;
  const common = { up: true, carrier: true, loopback: false, alias: '', mtu: 1500 };
  const address = (link: string, text: string, length: number) =>
    tables.putAddress({
      ...{ link, address: parseAddress(text), length },
      ...{ scope: 'global', permanent: true, deprecated: false, temporary: false },
    });
  const addRoute: Rig['hand']['addRoute'] = ({ destination, gateway, link, metric, protocol, onlink }) =>
    tables.putRoute({
      ...{ destination: parsePrefix(destination), link, metric, protocol, onlink: onlink ?? false },
      ...{ table: 254, scope: 0, kind: 'unicast' },
      ...(gateway === undefined ? {} : { gateway: parseAddress(gateway) }),
    });
  tables.putLink({ ...common, name: 'eth0', kind: 'veth', mac: '02:00:00:00:00:09' });
  address('eth0', '172.31.0.1', 24);
  address('eth0', 'fd31::1', 64);
  return {
    kernel,
    close: () => undefined,
    lacks: () => Promise.resolve(false),
    hand: {
      addRoute,
      addBridge: (name) => tables.putLink({ ...common, name, kind: 'bridge', mac: '02:00:00:00:00:08' }),
      addTunnel: (name, like) => tables.putLink({ ...linkState(like), name, alias: '' }),
      deleteLink: (name) => void tables.deleteLink(name),
      setDown: (name) => {
        const link = tables.snapshot().links.find((found) => found.name === name);
        if (link) tables.putLink({ ...link, up: false });
      },
      deleteRoute: (destination, metric) => {
        for (const route of tables.snapshot().routes)
          if (formatPrefix(route.destination) === destination && route.metric === metric)
            tables.remove({ ...route, type: 'route', kind: 'unicast' });
      },
      deleteNeighbour: (link, text) =>
        void tables.remove({ type: 'neighbour', link, address: parseAddress(text), mac: '' }),
      leaveFlannel: (mac) => {
        const vxlan = { vni: 1, port: 8472, local: parseAddress('172.31.0.1'), learning: false, gbp: false };
        tables.putLink({ ...common, name: 'flannel.1', kind: 'vxlan', mac, mtu: 1450, vxlan });
        address('flannel.1', '10.70.200.0', 32);
        const peer = { link: 'flannel.1', mac: '76:70:95:51:7d:02', permanent: true };
        tables.putNeighbour({ ...peer, address: parseAddress('10.70.2.0') });
        tables.putFdb({ ...peer, destination: parseAddress('172.31.0.2') });
        addRoute({
          destination: '10.70.2.0/24',
          gateway: '10.70.2.0',
          link: 'flannel.1',
          metric: 0,
          protocol: 3,
          onlink: true,
        });
      },
      links: () => Promise.resolve(tables.snapshot().links),
      routes: () => Promise.resolve(tables.snapshot().routes),
      sysctl: (key) => tables.sysctls.get(key) ?? '',
      setSysctl: (key, value) => tables.putSysctl(key, value),
    },
  };
}
