import { formatPrefix } from '@overlay/cidr';
import { dockerTargets, knownNetworks } from './cleanup.js';
import type { Config } from './config/model.js';
import { parseSubnetRecord } from './subnet-record.js';

const config = (changes: Partial<Config> = {}): Config =>
  ({ instance: 'default', docker: 'off', ...changes }) as Config;
const record = (value: object) => parseSubnetRecord(JSON.stringify(value));

test('networks of subnet.env and of earlier starts are ours to clean', () => {
  const networks = knownNetworks('FLANNEL_NETWORK=10.5.0.0/16\n', record({ networks: ['10.6.0.0/16'] }));
  expect(networks.map(formatPrefix)).toEqual(['10.5.0.0/16', '10.6.0.0/16']);
  expect(knownNetworks('', undefined)).toEqual([]);
});

test('with --docker=off what an earlier start made is still found', () => {
  const made = record({ docker: { mode: 'network', network: 'blue' } });
  expect(dockerTargets(config(), made, false)).toEqual([
    { mode: 'network', instance: 'default', network: 'blue' },
  ]);
  expect(dockerTargets(config(), record({ docker: { mode: 'daemon-json' } }), false)).toMatchObject([
    { mode: 'daemon-json' },
  ]);
  expect(dockerTargets(config(), undefined, true)).toMatchObject([{ mode: 'daemon-json' }]);
  expect(dockerTargets(config(), undefined, false)).toEqual([]);
});

test('what the flags name comes with what was recorded, each once', () => {
  const made = record({ docker: { mode: 'network', network: 'overlay-b' } });
  expect(dockerTargets(config({ instance: 'b', docker: 'network' }), made, true)).toEqual([
    { mode: 'network', instance: 'b', network: 'overlay-b' },
    { mode: 'daemon-json', instance: 'b', network: 'overlay-b' },
  ]);
});
