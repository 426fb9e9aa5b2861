import type { Json, JsonObject } from '@overlay/lease';
import { parseNetworkConfig } from '@overlay/lease';
import {
  isExclusive,
  knownTypes,
  overheadOf,
  waysOf,
  type Way,
} from '../../overlayctl/src/leases/backend-types.js';
import type { Backend } from '../../overlayd/src/backends/model.js';
import { OptionReader } from '../../overlayd/src/backends/options.js';
import { BACKENDS, createFrom } from '../../overlayd/src/backends/registry.js';
import { hostFacts } from '../../overlayd/test/support/hosts.js';

// What the command line says of a backend before a config is written has to be what the daemons do when they read it.

const PSK = 'cHJlc2hhcmVkIGtleSBvZiB0aGlydHktdHdvIGJ5dGU=';
/** The bits that base64 has too many are others than in PSK. */
const SAME_PSK = PSK.replace('U=', 'V=');
const OTHER_PSK = PSK.replace('c', 'd');

const anyOf = (name: string, ...values: Json[]): JsonObject[] => values.map((value) => ({ [name]: value }));
/** Each with each. */
const together = (some: readonly JsonObject[], others: readonly JsonObject[]): JsonObject[] =>
  some.flatMap((one) => others.map((other) => ({ ...one, ...other })));
const MTUS = anyOf('MTU', null, 0, 1400);
const PORTS = [{}, ...anyOf('Port', null, 0, 4789, 6081, 8472, 9000)];

/** By type: options, of which every two are compared. Each option that overlayd reads is there with more than one value. */
const OPTIONS: Readonly<Record<string, readonly JsonObject[]>> = {
  alloc: [{ Anything: 1 }],
  bridge: [
    ...anyOf('Force', false, true),
    ...anyOf('Gateway', '', '172.31.0.254'),
    ...anyOf('Exclude', [], ['172.31.0.9']),
  ],
  extension: ['PreStartupCommand', 'PostStartupCommand', 'SubnetAddCommand', 'SubnetRemoveCommand'].flatMap(
    (name) => anyOf(name, '', 'true'),
  ),
  gre: [
    ...anyOf('Key', null, 0, 1, 7),
    { key: 7 },
    { KEY: 1, Key: 7 },
    { Key: 7, KEY: null },
    ...anyOf('TTL', 0, 9),
    ...anyOf('DF', true, false),
    ...anyOf('DirectRouting', true, false),
    ...anyOf('Stretch', true, false),
    ...MTUS,
  ],
  'host-gw': [{ Anything: 1 }],
  ipip: [...anyOf('DirectRouting', true, false), ...MTUS],
  ovs: [
    ...together([{}, ...anyOf('Tunnel', null, 'gre', 'vxlan', 'geneve')], PORTS),
    ...together(anyOf('Tunnel', 'gre', 'geneve'), anyOf('Key', null, 0, 1, 2)),
    ...anyOf('Stretch', null, false, true),
    ...anyOf('Datapath', 'system', 'netdev'),
    ...anyOf('DockerBridge', '', 'br0'),
    ...MTUS,
  ],
  udp: [
    ...together(
      [{}, ...anyOf('Port', 0, 8285, 8290, 65_535)],
      [{}, ...anyOf('PortV6', 0, 8286, 8291, 65_534)],
    ),
    ...MTUS,
  ],
  vxlan: [
    ...PORTS,
    ...anyOf('VNI', null, 0, 1, 2),
    ...together(anyOf('GBP', null, false, true), anyOf('Stretch', null, false, true)),
    ...anyOf('DirectRouting', true, false),
    ...anyOf('Learning', true, false),
    ...anyOf('DockerBridge', '', 'br0'),
    ...anyOf('NeighbourSuppression', true, false),
    ...MTUS,
  ],
  wireguard: [
    ...together(
      [{}, ...anyOf('Mode', null, 'separate', 'auto', 'ipv4', 'ipv6')],
      [{}, ...anyOf('KeyGeneration', null, 0, 1)],
    ),
    ...anyOf('PSK', null, '', PSK, SAME_PSK, OTHER_PSK),
    ...anyOf('ListenPort', 0, 51_820, 9000),
    ...anyOf('ListenPortV6', 0, 51_821, 9000),
    ...anyOf('PersistentKeepaliveInterval', 0, 9),
    ...MTUS,
  ],
};

/** The same options as the command line and as the daemon sees them. */
interface Both {
  readonly options: JsonObject;
  readonly way: Way;
  readonly backend: Backend;
}

function bothOf(type: string): Both[] {
  return [{}, ...(OPTIONS[type] ?? [])].map((given) => {
    const options = { Type: type, ...given };
    const config = parseNetworkConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: options }));
    return { options, way: waysOf(config)[0]!, backend: createFrom(type, options, 0) };
  });
}

const types = BACKENDS.map(({ type }) => type);

test('the command line knows the backends of overlayd', () => {
  expect(knownTypes().split(', ').toSorted()).toEqual(types.toSorted());
});

test.each(types)('%s: the plan tells two networks apart where overlayd does, and only there', (type) => {
  const all = bothOf(type);
  const wrong = all.flatMap((one, at) =>
    all
      .slice(at + 1)
      .filter(({ way, backend }) => (way.key === one.way.key) !== (backend.id === one.backend.id))
      .map(({ options, backend }) => [one.options, options, one.backend.id, backend.id]),
  );
  expect(wrong).toEqual([]);
});

test.each(types)(
  '%s: the plan has the overhead of overlayd, and what cannot run beside another one',
  (type) => {
    const facts = hostFacts();
    for (const { options, way, backend } of bothOf(type)) {
      const underlay =
        typeof options['MTU'] === 'number' ? options['MTU'] || facts.iface.mtu : facts.iface.mtu;
      expect({ options, overhead: overheadOf([way]), exclusive: isExclusive(way) }).toEqual({
        options,
        overhead: underlay - backend.mtu(facts),
        exclusive: backend.exclusive,
      });
    }
  },
);

/** Names of the options that a backend asks for when it is made, whatever the others are. */
function optionsRead(type: string): string[] {
  const asked = (['optionalWhole', 'flag', 'choice', 'secret', 'skip'] as const).map((method) =>
    jest.spyOn(OptionReader.prototype, method),
  );
  bothOf(type);
  const names = asked.flatMap(({ mock }) => mock.calls.map(([name]) => name));
  jest.restoreAllMocks();
  return [...new Set(names)];
}

test.each(types)('%s: every option that overlayd reads is compared here, by more than one value', (type) => {
  const values = (name: string): number =>
    new Set(bothOf(type).flatMap(({ options }) => (name in options ? [JSON.stringify(options[name])] : [])))
      .size;
  expect(optionsRead(type).filter((name) => values(name) < 2)).toEqual([]);
});

test('the options that a backend reads are seen', () => {
  expect(optionsRead('gre').toSorted()).toEqual(['DF', 'DirectRouting', 'Key', 'MTU', 'TTL']);
});
