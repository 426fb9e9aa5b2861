import { formatPrefix, type OverlayError } from '@overlay/cidr';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { NetworkConfigState } from './network-config.js';
import { Problems } from './problems.js';

const VXLAN = '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}}';
const OTHER_NETWORK = '{"Network":"10.6.0.0/16","Backend":{"Type":"vxlan"}}';
const HOST_GW = '{"Network":"10.5.0.0/16","Backend":{"Type":"host-gw"}}';

function create() {
  const log = new MemoryLogger();
  const problems = new Problems(new MemoryLogger());
  const state = new NetworkConfigState('/net', log, problems);
  return { log, state, codes: () => problems.list().map(({ code }) => code), problems };
}

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    return (error as OverlayError).code;
  }
};

/** A node that runs with the vxlan config. */
function running() {
  const made = create();
  made.state.received(VXLAN);
  const good = made.state.require();
  made.state.settle(good);
  return { ...made, good };
}

test('before the first answer there is nothing to run with: OVL_ETCD_WAITING', () => {
  const { state } = create();
  expect(codeOf(() => state.require())).toBe('OVL_ETCD_WAITING');
  expect(codeOf(() => state.newest())).toBe('OVL_ETCD_WAITING');
});

test('C01 a missing config is OVL_CONFIG_MISSING and names the key', () => {
  const { state } = create();
  state.received(undefined);
  expect(codeOf(() => state.require())).toBe('OVL_CONFIG_MISSING');
  expect(() => state.require()).toThrow('/net/config');
});

test.each(['{', '', '[]', '{"Network":"10.5.0.0/33"}', 'x'.repeat(2_000_000)])(
  'C01 a bad config is an error of ours, and a good one after it is taken',
  (text) => {
    const { state } = create();
    state.received(text);
    expect(codeOf(() => state.require())).toMatch(/^OVL_CONFIG_/);
    state.received(VXLAN);
    expect(state.require().backendType).toBe('vxlan');
  },
);

test.each([undefined, '{', 'x'.repeat(2_000_000)])(
  'C02 a config that vanishes or becomes invalid keeps the last good one, and is a problem while it lasts',
  (text) => {
    const { state, codes } = create();
    state.received(VXLAN);
    const good = state.require();
    state.settle(good);
    state.received(text);
    expect(state.require()).toBe(good);
    expect(codes()).toEqual([expect.stringMatching(/^OVL_CONFIG_/)]);
    expect(codeOf(() => state.newest())).toMatch(/^OVL_CONFIG_/);
    expect(state.require()).toBe(good);
    state.received(VXLAN);
    expect(codes()).toEqual([]);
  },
);

test.each([
  ['C03 another network', OTHER_NETWORK],
  ['C04 another subnet length', '{"Network":"10.5.0.0/16","SubnetLen":25,"Backend":{"Type":"vxlan"}}'],
])('%s is reported and its subnets are not taken; settling on the newest takes it', (_, text) => {
  const { state, codes, good } = running();
  state.received(text);
  expect(state.require().ipv4).toEqual(good.ipv4);
  expect(codes()).toEqual(['OVL_CONFIG_CHANGED']);
  const adopted = state.newest();
  state.settle(adopted);
  expect(state.require()).toBe(adopted);
  expect(codes()).toEqual([]);
});

test('C03 while a node keeps its old subnet it honours leases in the new network', () => {
  const { state } = running();
  state.received(OTHER_NETWORK);
  expect(state.require().formerNetworks.map(formatPrefix)).toEqual(['10.6.0.0/16']);
  state.received(VXLAN);
  expect(state.require().formerNetworks).toEqual([]);
});

test.each([
  ['C05 another backend', HOST_GW, 'host-gw'],
  ['C06 another VNI', '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan","VNI":2}}', 'vxlan'],
])('%s is taken at once, and is no problem', (_, text, type) => {
  const { state, codes } = running();
  state.received(text);
  expect(state.require()).toMatchObject({ backendType: type, backend: state.newest().backend });
  expect(codes()).toEqual([]);
});

test('C05 a backend that cannot run beside another is not taken while containers run: it is reported', () => {
  const { state, codes } = running();
  state.received('{"Network":"10.5.0.0/16","Backend":{"Type":"alloc"}}');
  expect(state.require().backendType).toBe('vxlan');
  expect(codes()).toEqual(['OVL_CONFIG_CHANGED']);
});

test.each([
  ['OVL_BACKEND_OPTION', '{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan","VNI":-1}}'],
  ['OVL_BACKEND_UNKNOWN', '{"Network":"10.5.0.0/16","Backend":{"Type":"weave"}}'],
])('C02 options that make no backend keep the last good config: %s', (code, text) => {
  const { state, codes, good } = running();
  state.received(text);
  expect(state.require()).toBe(good);
  expect(codes()).toEqual([code]);
});

test('C03 changing it back ends the report', () => {
  const { state, codes } = running();
  state.received(OTHER_NETWORK);
  state.received(VXLAN);
  expect(codes()).toEqual([]);
});

test('the same config in other words is no change', () => {
  const { state, codes } = running();
  state.received('{ "network": "10.5.0.0/16", "SubnetLen": 24, "Backend": {"Type": "vxlan"} }');
  expect(codes()).toEqual([]);
});

test('before a lease was acquired the newest one counts, so that a mistake can be corrected', () => {
  const { state, codes } = create();
  state.received(VXLAN);
  state.require();
  state.received(HOST_GW);
  expect(state.require().backendType).toBe('host-gw');
  expect(codes()).toEqual([]);
});

test('warnings of a config are logged', () => {
  const { state, log } = create();
  state.received('{"Network":"10.5.0.0/16"}');
  expect(log.lines.length).toBeGreaterThan(0);
});

test('a config that came while the lease was acquired is taken all the same', () => {
  const { state, codes } = create();
  state.received(VXLAN);
  const acquiredWith = state.require();
  state.received(HOST_GW);
  state.settle(acquiredWith);
  expect([state.require().backendType, codes()]).toEqual(['host-gw', []]);
  state.received(OTHER_NETWORK);
  state.settle(acquiredWith);
  expect(state.require().ipv4).toEqual(acquiredWith.ipv4);
});
