import type { OverlayError } from '@overlay/cidr';
import { formatLeaseValue, type JsonObject, type LeaseAttributes } from '@overlay/lease';
import { hostFacts, network, nodePlan, peer } from '../../test/support/hosts.js';
import { leaseAttributes } from '../lease/attributes.js';
import type { Backend, HostFacts, Peer } from './model.js';
import { createFrom } from './registry.js';

const create = (options: JsonObject = {}, slot: 0 | 1 = 0): Backend => createFrom('extension', options, slot);

const COMMANDS = {
  PreStartupCommand: 'echo hello-',
  PostStartupCommand: 'start $NETWORK $SUBNET ${IPV6SUBNET} $PUBLIC_IP $PUBLIC_IPV6',
  SubnetAddCommand: 'ip route add $SUBNET via $PUBLIC_IP',
  SubnetRemoveCommand: 'ip route del $SUBNET',
};

const inputOf = (options: JsonObject, dualStack = false) =>
  nodePlan(network({ Type: 'extension', ...options }, dualStack)).input;

function planPeer(options: JsonObject, changes: Partial<LeaseAttributes>, dualStack = false) {
  const lease = peer(9, { backendType: 'extension', backendData: 'hello-', ...changes }, dualStack);
  const { backendData } = lease.attributes;
  const offer: Peer['offer'] = {
    type: 'extension',
    ...(backendData === undefined ? {} : { data: backendData }),
  };
  return create(options).planPeer(inputOf(options, dualStack), { lease, offer });
}

describe('a host', () => {
  const allowed: Partial<HostFacts> = { allowExtension: true };

  test('refuses to run commands of the network config unless it was started to allow them', () => {
    expect(create(COMMANDS).refuse(hostFacts(), false)).toContain('--allow-extension');
    expect(create({}).refuse(hostFacts({ allowExtension: false }), false)).toContain('--allow-extension');
    expect(create(COMMANDS).refuse(hostFacts(allowed), false)).toBeUndefined();
  });

  test('writes what PreStartupCommand printed as a JSON string, as Flannel does', () => {
    const value = (options: JsonObject, printed: string): string => {
      const outputs = new Map([[COMMANDS.PreStartupCommand, printed]]);
      const facts = hostFacts({ ...allowed, outputs });
      const offer = create(options).publish(facts, false);
      const { overlay: _, ...attributes } = {
        publicIp: facts.publicIp,
        backendType: offer.type,
        ...(offer.data === undefined ? {} : { backendData: offer.data }),
      } as LeaseAttributes;
      return formatLeaseValue(attributes);
    };
    const start = '{"PublicIP":"172.31.0.1","PublicIPv6":null,"BackendType":"extension"';
    expect(value(COMMANDS, 'hello-')).toBe(`${start},"BackendData":"hello-"}`);
    expect(value(COMMANDS, '')).toBe(`${start},"BackendData":""}`);
    expect(value({}, 'of another config')).toBe(`${start}}`);
  });

  test('runs PostStartupCommand with its networks and addresses, in dual stack and without', () => {
    const environment = {
      NETWORK: '10.5.0.0/16',
      SUBNET: '10.5.1.0/24',
      IPV6SUBNET: 'fc00:5:0:1::/64',
      PUBLIC_IP: '172.31.0.1',
      PUBLIC_IPV6: 'fd31::1',
    };
    expect(create(COMMANDS).planNode(inputOf(COMMANDS, true))).toEqual([
      {
        type: 'hook',
        name: 'extension start',
        add: ['start', ...Object.values(environment)],
        remove: [],
        environment,
        input: '',
      },
    ]);
    const [single] = create(COMMANDS).planNode(inputOf(COMMANDS));
    expect(single).toMatchObject({ environment: { ...environment, IPV6SUBNET: '', PUBLIC_IPV6: '' } });
    expect(create({}).planNode(inputOf({}))).toEqual([]);
  });

  test('gives containers the MTU of the interface, and needs no device', () => {
    const backend = create(COMMANDS);
    expect([backend.mtu(hostFacts()), backend.links, backend.tunnel(4)]).toEqual([1500, [], undefined]);
  });

  test('never offers its commands to others in the lease', () => {
    const facts = hostFacts({
      ...allowed,
      outputs: new Map([[COMMANDS.PreStartupCommand, 'hello-']]),
    });
    const backend = create(COMMANDS);
    const lease = leaseAttributes({
      facts,
      backends: [backend],
      dualStack: false,
      version: 'v',
      mustRenumber: false,
    });
    const text = `${formatLeaseValue(lease)} ${JSON.stringify(backend.shared)}`;
    expect(text).toContain('hello-');
    expect(text).not.toMatch(/ip route|echo/);
  });
});

describe('a peer', () => {
  test('costs one hook: its commands, its addresses, its data and a newline on standard input', () => {
    expect(planPeer(COMMANDS, {}, true)).toEqual({
      objects: [
        {
          type: 'hook',
          name: 'extension subnet 10.5.9.0-24&fc00:5:0:9::-64',
          add: ['ip', 'route', 'add', '10.5.9.0/24', 'via', '172.31.0.9'],
          remove: ['ip', 'route', 'del', '10.5.9.0/24'],
          environment: {
            SUBNET: '10.5.9.0/24',
            IPV6SUBNET: 'fc00:5:0:9::/64',
            PUBLIC_IP: '172.31.0.9',
            PUBLIC_IPV6: 'fd31::9',
          },
          input: 'hello-\n',
        },
      ],
      direct: [],
    });
  });

  test('without IPv6 has empty IPv6 variables', () => {
    expect(planPeer(COMMANDS, {}).objects[0]).toMatchObject({
      environment: { SUBNET: '10.5.9.0/24', IPV6SUBNET: '', PUBLIC_IPV6: '' },
    });
  });

  test('costs nothing without commands', () => {
    expect(planPeer({ PostStartupCommand: 'x' }, {}).objects).toEqual([]);
    expect(planPeer({ SubnetRemoveCommand: 'x' }, {}).objects).toMatchObject([{ add: [], remove: ['x'] }]);
  });

  test('with null data has an empty line on standard input, as Go decodes null', () => {
    expect(planPeer(COMMANDS, { backendData: null }).objects[0]).toMatchObject({ input: '\n' });
  });

  test.each([[7], [{ VtepMAC: 'x' }], [['a']], [true]])(
    'with the data %j is OVL_PEER_INVALID',
    (backendData) => {
      expect(() => planPeer(COMMANDS, { backendData })).toThrow(
        expect.objectContaining({ code: 'OVL_PEER_INVALID' }) as OverlayError,
      );
    },
  );
});

describe('options', () => {
  test('are read without regard to case; blank and null are none', () => {
    expect(create({ PRESTARTUPCOMMAND: ' echo  a ' }).preStartup).toBe('echo  a');
    expect([create({}).preStartup, create({ PreStartupCommand: ' ' }).preStartup]).toEqual([
      undefined,
      undefined,
    ]);
    expect(create({ PreStartupCommand: null }).preStartup).toBeUndefined();
  });

  test('a command that is no text is OVL_BACKEND_OPTION and its value is not shown', () => {
    const attempt = (): unknown => create({ SubnetAddCommand: ['secret'] });
    expect(attempt).toThrow(expect.objectContaining({ code: 'OVL_BACKEND_OPTION' }) as OverlayError);
    expect(attempt).toThrow(/^(?!.*secret).*SubnetAddCommand/);
  });

  test('ShutdownCommand of Flannel’s samples is listed as unknown', () => {
    expect(create({ ...COMMANDS, Type: 'extension', ShutdownCommand: 'x' }).unknownOptions).toEqual([
      'ShutdownCommand',
    ]);
  });

  test('the two slots have hooks of different names', () => {
    const names = ([0, 1] as const).map((slot) => create(COMMANDS, slot).planNode(inputOf(COMMANDS))[0]);
    expect(names).toMatchObject([{ name: 'extension start' }, { name: 'extensionb start' }]);
  });
});
