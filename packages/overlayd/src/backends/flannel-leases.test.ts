import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatLeaseValue,
  parseLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
  type Json,
} from '@overlay/lease';
import { factsOf, inputOf, registeredTypes } from '../../test/support/backend-cases.js';
import { leaseAttributes } from '../lease/attributes.js';
import { offersOf } from '../plan/offers.js';
import { offerMember } from './offer-data.js';
import { createBackend } from './registry.js';

interface Fixture {
  readonly name: string;
  readonly config: string;
  readonly key: string;
  readonly value: string;
  readonly status: string;
}

const PATH = join(__dirname, '../../../lease/fixtures/leases.json');
const { leases } = JSON.parse(readFileSync(PATH, 'utf8')) as { leases: Fixture[] };
/** Backends of which what is written depends on this host alone; a Windows host's MAC is made in another way. */
const types = new Set(registeredTypes().filter((type) => type !== 'extension'));
const FLANNELS = leases
  .filter(({ config }) => types.has(parseNetworkConfig(config).backendType))
  .map((fixture) => [fixture.name, fixture] as const);
const WRITTEN = FLANNELS.filter(([, { status }]) => status !== 'legacy');

const text = (data: Json | undefined, member: string): string => {
  const value = offerMember(data, member);
  return typeof value === 'string' ? value : '';
};

test('the fixtures cover every backend that Flannel has', () => {
  const covered = new Set(WRITTEN.map(([, { config }]) => parseNetworkConfig(config).backendType));
  expect([...covered].toSorted()).toEqual(['alloc', 'host-gw', 'ipip', 'udp', 'vxlan', 'wireguard']);
});

test.each(WRITTEN)(
  '%s: the lease of this host is what flanneld writes, our field aside',
  (_name, fixture) => {
    const config = parseNetworkConfig(fixture.config);
    const written = parseLeaseValue(fixture.value);
    const { publicIp, publicIpv6, backendData, backendV6Data } = written;
    const key = { publicKey: text(backendData, 'PublicKey'), file: '/state/wgkey' };
    const facts = {
      ...factsOf(1),
      publicIp,
      ...(publicIpv6 === undefined ? {} : { publicIpv6 }),
      vtepMac: text(backendData, 'VtepMAC'),
      vtepMacV6: text(backendV6Data, 'VtepMAC'),
      wireguardKeys: new Map([['wgkey', key]]),
    };
    const attributes = leaseAttributes({
      facts,
      backends: [createBackend(config)],
      dualStack: config.ipv6 !== undefined,
      version: '1',
      mustRenumber: false,
    });
    const { overlay: _, ...flannels } = attributes;
    expect(formatLeaseValue(flannels)).toBe(fixture.value);
  },
);

test.each(FLANNELS)('%s: a peer that flanneld wrote is reached', (_name, fixture) => {
  const config = parseNetworkConfig(fixture.config);
  const name = fixture.key.split('/').at(-1)!;
  const attributes = parseLeaseValue(fixture.value);
  const lease = {
    ...parseLeaseName(name),
    name,
    attributes,
    createRevision: '1',
    modRevision: '1',
    etcdLease: '1',
  };
  const backend = createBackend(config);
  const [offer] = offersOf(lease);
  expect(backend.type === 'alloc' || backend.accepts(offer!)).toBe(true);
  const dual = config.ipv6 !== undefined;
  const { objects } = backend.planPeer(inputOf(2, dual), { lease, offer: offer! });
  const routes = objects.filter(({ type }) => type === 'route');
  expect(routes).toHaveLength(backend.type === 'alloc' ? 0 : dual ? 2 : 1);
});
