import { parseAddress, parseIpv4, parsePrefix } from '@overlay/cidr';
import { FAKE_INPUT, FAKE_TUNNEL } from './fake-input.js';
import type { FirewallInput } from './model.js';
import { isStale } from './stale-flows.js';

const DIRECT = { ...FAKE_TUNNEL, tunnels: [], underlay: 'eth0', directPeers: [parseIpv4('192.168.1.9')] };

const input = (changes: Partial<FirewallInput> = {}): FirewallInput => ({ ...FAKE_INPUT, ...changes });

/** `source > destination`, and how connection tracking expects the answer: `source > destination`. */
function stale(first: string, answer: string, changes: Partial<FirewallInput> = {}): boolean {
  const [source, destination] = first.split(' > ').map(parseAddress);
  const [replySource, replyDestination] = answer.split(' > ').map(parseAddress);
  return isStale(
    {
      source: source!,
      destination: destination!,
      replySource: replySource!,
      replyDestination: replyDestination!,
    },
    input(changes),
  );
}

test.each([
  ['that hides its source from a peer is', '10.5.3.2 > 10.5.7.2', '10.5.7.2 > 192.168.1.3', true],
  ['that shows its source to a peer is not', '10.5.3.2 > 10.5.7.2', '10.5.7.2 > 10.5.3.2', false],
  ['that shows its source to the world is', '10.5.3.2 > 8.8.8.8', '8.8.8.8 > 10.5.3.2', true],
  ['that hides its source from the world is not', '10.5.3.2 > 8.8.8.8', '8.8.8.8 > 192.168.1.3', false],
  ['of a peer that comes in with another source is', '10.5.7.2 > 10.5.3.2', '10.5.3.2 > 10.5.3.1', true],
  ['to a published port is not ours', '10.5.3.2 > 192.168.1.3', '10.5.3.9 > 10.5.3.1', false],
  ['within this host is not ours', '10.5.3.2 > 10.5.3.9', '10.5.3.9 > 10.5.3.1', false],
  ['to a group is not', '10.5.3.2 > 224.0.0.251', '224.0.0.251 > 10.5.3.2', false],
  ['of another network is not ours', '172.17.0.2 > 8.8.8.8', '8.8.8.8 > 172.17.0.2', false],
  [
    'of another container of the overlay that we only pass on is not',
    '10.5.9.2 > 8.8.8.8',
    '8.8.8.8 > 10.5.9.2',
    false,
  ],
  ['of a family that the overlay has not is not', 'fd00::2 > fd00::3', 'fd00::3 > fd00::9', false],
])('D22 a flow %s stale: %s, answered %s', (_, first, answer, expected) => {
  expect(stale(first, answer)).toBe(expected);
});

test('D22 without --ip-masq a source that is shown to the world is right', () => {
  expect(stale('10.5.3.2 > 8.8.8.8', '8.8.8.8 > 10.5.3.2', { masquerade: false })).toBe(false);
  expect(stale('10.5.3.2 > 10.5.7.2', '10.5.7.2 > 192.168.1.3', { masquerade: false })).toBe(true);
});

test('D22 with direct routes a peer is shown the source, and another host is not', () => {
  const changes = { traffic: [DIRECT] };
  expect(stale('10.5.3.2 > 192.168.1.9', '192.168.1.9 > 192.168.1.3', changes)).toBe(true);
  expect(stale('10.5.3.2 > 192.168.1.9', '192.168.1.9 > 10.5.3.2', changes)).toBe(false);
  expect(stale('10.5.3.2 > 192.168.1.8', '192.168.1.8 > 192.168.1.3', changes)).toBe(false);
});

test('D22 C03 a flow to the network that a host moves to is stale when it was taken for the world outside', () => {
  const moving = { ...FAKE_TUNNEL, network: parsePrefix('10.6.0.0/16'), alsoNetworks: [FAKE_TUNNEL.network] };
  const answer = '10.6.7.2 > 192.168.1.3';
  expect(stale('10.5.3.2 > 10.6.7.2', answer)).toBe(false);
  expect(stale('10.5.3.2 > 10.6.7.2', answer, { traffic: [moving] })).toBe(true);
});
