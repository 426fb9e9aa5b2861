import { parseAddress, parsePrefix, type Address } from '@overlay/cidr';
import type { AddressFact, HostReader, KernelFeature, LinkFact, RouteFact } from '@overlay/dataplane';
import type { HostView } from '../../src/host/candidates.js';

export function linkFact(name: string, changes: Partial<LinkFact> = {}): LinkFact {
  return {
    index: 2,
    name,
    kind: '',
    mtu: 1500,
    mac: '02:00:00:00:00:01',
    up: true,
    carrier: true,
    loopback: false,
    alias: '',
    ...changes,
  };
}

/** `text` as `ip` prints it: `172.31.0.1/24`. */
export function addressFact(link: string, text: string, changes: Partial<AddressFact> = {}): AddressFact {
  const [address = '', length = ''] = text.split('/');
  return {
    link,
    address: parseAddress(address),
    length: Number(length),
    scope: 'global',
    permanent: true,
    deprecated: false,
    temporary: false,
    ...changes,
  };
}

export function routeFact(destination: string, changes: Partial<RouteFact> = {}): RouteFact {
  return {
    destination: parsePrefix(destination),
    metric: 0,
    protocol: 3,
    table: 254,
    scope: 0,
    kind: 'unicast',
    ...changes,
  };
}

/** A host with lo, eth0 (172.31.0.1/24, fd31::1/64, the default route) and eth1 (10.9.0.1/24 and 10.9.0.2/24). */
export const exampleView: HostView = {
  links: [linkFact('lo', { loopback: true }), linkFact('eth0'), linkFact('eth1', { mtu: 9000 })],
  addresses: [
    addressFact('lo', '127.0.0.1/8', { scope: 'host' }),
    addressFact('eth0', '172.31.0.1/24'),
    addressFact('eth0', 'fe80::1/64', { scope: 'link' }),
    addressFact('eth0', 'fd31::1/64'),
    addressFact('eth1', '10.9.0.1/24'),
    addressFact('eth1', '10.9.0.2/24'),
  ],
  routes: [
    routeFact('0.0.0.0/0', { link: 'eth0', gateway: parseAddress('172.31.0.254') }),
    routeFact('172.31.0.0/24', { link: 'eth0', protocol: 2, scope: 253 }),
    routeFact('10.9.0.0/24', { link: 'eth1', protocol: 2, scope: 253 }),
  ],
};

/** The kernel's answers for a host, fixed. */
export class FixedHost implements HostReader {
  constructor(
    private readonly view: HostView,
    private readonly answer?: RouteFact,
    private readonly lacks: readonly KernelFeature[] = [],
  ) {}

  links(): Promise<readonly LinkFact[]> {
    return Promise.resolve(this.view.links);
  }

  addresses(): Promise<readonly AddressFact[]> {
    return Promise.resolve(this.view.addresses);
  }

  routes(): Promise<readonly RouteFact[]> {
    return Promise.resolve(this.view.routes);
  }

  lookup(_destination: Address): Promise<RouteFact | undefined> {
    return Promise.resolve(this.answer);
  }

  missing(features: readonly KernelFeature[]): Promise<readonly KernelFeature[]> {
    return Promise.resolve(features.filter((feature) => this.lacks.includes(feature)));
  }
}
