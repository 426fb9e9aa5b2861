import { formatPrefix, parseIpv4 } from '@overlay/cidr';
import type { JsonObject } from '@overlay/lease';
import { network, nodePlan } from '../../test/support/hosts.js';
import type { Config } from '../config/model.js';
import { dockerWish, masquerades } from '../plan/docker-wish.js';
import { aliasOf, samePlan } from './build-plan.js';
import type { NodePlan } from './node-plan.js';
import { ownershipOf } from './ownership.js';

const build = (options: JsonObject = { Type: 'vxlan' }, dualStack = true): NodePlan =>
  nodePlan(network(options, dualStack));

test('equal parts make an equal plan', () => {
  expect(samePlan(build(), build())).toBe(true);
});

test.each<[string, (node: NodePlan) => NodePlan]>([
  [
    'an address of the host',
    (n) => ({ ...n, input: { ...n.input, facts: { ...n.input.facts, address: parseIpv4('172.31.0.2') } } }),
  ],
  [
    'the MTU',
    (n) => ({ ...n, input: { ...n.input, facts: { ...n.input.facts, iface: { name: 'eth0', mtu: 1400 } } } }),
  ],
  [
    'a MAC',
    (n) => ({ ...n, input: { ...n.input, facts: { ...n.input.facts, vtepMac: '02:00:00:00:00:09' } } }),
  ],
  ['an on-link network', (n) => ({ ...n, input: { ...n.input, facts: { ...n.input.facts, onLink: [] } } })],
  ['the lease', (n) => ({ ...n, input: { ...n.input, subnets: { subnet: n.input.subnets.subnet } } })],
  ['forwarding', (n) => ({ ...n, options: { ...n.options, forwarding: false } })],
  ['masquerade', (n) => ({ ...n, firewall: { ...n.firewall, masquerade: false } })],
  ['a backend option', () => build({ Type: 'vxlan', VNI: 2 })],
  ['the backend', () => build({ Type: 'host-gw' })],
])('%s changes the plan', (_, change) => {
  expect(samePlan(build(), change(build()))).toBe(false);
});

test('what is ours: the alias of the instance, the devices of the backend, both networks', () => {
  const { alias, links, networks, adopt } = ownershipOf(build(), true);
  expect([alias, links, networks.map(formatPrefix), adopt]).toEqual([
    'overlayd:default',
    ['flannel.1', 'flannel-v6.1'],
    ['10.5.0.0/16', 'fc00:5::/48'],
    true,
  ]);
  expect(aliasOf('blue')).toBe('overlayd:blue');
});

const config = (changes: Partial<Config>): Config =>
  ({ instance: 'default', docker: 'network', dockerRestart: 'never', ipMasq: false, ...changes }) as Config;

test('Docker is told the lease, the MTU and the name of its network', () => {
  const { input } = build();
  expect(dockerWish(config({}), input, 1450)).toMatchObject({
    mode: 'network',
    network: 'overlay',
    ...input.subnets,
    mtu: 1450,
  });
  expect(dockerWish(config({ instance: 'blue' }), input, 1450)?.network).toBe('overlay-blue');
  expect(dockerWish(config({ dockerNetwork: 'mine' }), input, 1450)?.network).toBe('mine');
  expect(dockerWish(config({ docker: 'off' }), input, 1450)).toBeUndefined();
});

test('masquerade is ours with --ip-masq, and always for a Docker network we make', () => {
  expect(masquerades(config({ docker: 'off', ipMasq: true }))).toBe(true);
  expect(masquerades(config({ docker: 'network' }))).toBe(true);
  expect(masquerades(config({ docker: 'daemon-json' }))).toBe(false);
});
