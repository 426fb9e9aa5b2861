import { parseIpv4 } from '@overlay/cidr';
import type { JsonObject } from '@overlay/lease';
import { parseNetworkConfig } from '@overlay/lease';
import { hostFacts, peer } from '../../test/support/hosts.js';
import { mustEncrypt } from './encryption.js';

const config = (more: JsonObject) =>
  parseNetworkConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'vxlan' }, ...more }));
const TRUSTED = config({ EncryptTo: 'untrusted', TrustedPrefixes: ['172.31.0.0/24', '192.0.2.0/24'] });
const near = peer(2);
const far = peer(3, { publicIp: parseIpv4('198.51.100.3') });
const elsewhere = peer(4, { publicIp: parseIpv4('192.0.2.4') });

test('without EncryptTo nobody is encrypted to, with "all" everybody', () => {
  expect([near, far].map((lease) => mustEncrypt(config({}), hostFacts(), lease))).toEqual([false, false]);
  const all = config({ EncryptTo: 'all' });
  expect([near, far].map((lease) => mustEncrypt(all, hostFacts(), lease))).toEqual([true, true]);
});

test('two hosts trust the way between them only inside one trusted prefix', () => {
  expect(mustEncrypt(TRUSTED, hostFacts(), near)).toBe(false);
  expect(mustEncrypt(TRUSTED, hostFacts(), far)).toBe(true);
  expect(mustEncrypt(TRUSTED, hostFacts(), elsewhere)).toBe(true);
});

test('both ends decide alike', () => {
  const there = hostFacts({ publicIp: far.attributes.publicIp });
  const here = peer(1, { publicIp: hostFacts().publicIp });
  expect(mustEncrypt(TRUSTED, there, here)).toBe(mustEncrypt(TRUSTED, hostFacts(), far));
});
