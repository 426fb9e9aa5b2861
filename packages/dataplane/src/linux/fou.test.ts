import { byKey } from '../identity.js';
import type { FouObject } from '../model.js';
import type { LinkState } from '../snapshot.js';
import { decodeFou, FOU_CMD, type FouState } from './fou-codec.js';
import { classifyFou, openFouPart } from './fou.js';
import { MessageWriter } from './netlink/writer.js';

const fou = (port: number, protocol: 4 | 41): FouObject => ({ type: 'fou', family: 4, port, protocol });
const state = (port: number, inner: number, plain = true) => ({
  ...fou(port, inner === 41 ? 41 : 4),
  inner,
  plain,
});
const no = () => false;
const tunnelTo = (port: number): LinkState => ({
  ...{
    index: 5,
    name: 'overlay.udp',
    kind: 'ipip',
    mtu: 1472,
    mac: '',
    up: true,
    carrier: true,
    loopback: false,
  },
  alias: 'overlayd:test',
  tunnel: {
    ...{ ttl: 64, pathMtuDiscovery: true, special: false },
    encapsulation: { sourcePort: port, destinationPort: port },
  },
});

describe('whose a fou port is', () => {
  it('one as wanted is ours', () => {
    const { objects, foreign } = classifyFou([state(8285, 4)], byKey([fou(8285, 4)]), no);
    expect([...objects.values()]).toEqual([fou(8285, 4)]);
    expect(foreign.size).toBe(0);
  });

  it.each([
    ['another protocol', state(8285, 41)],
    ['a protocol we never use', state(8285, 47)],
    ['one peer only', state(8285, 4, false)],
  ])('one of the wanted number for %s is a conflict', (_, there) => {
    const { objects, foreign } = classifyFou([there], byKey([fou(8285, 4)]), no);
    expect(objects.size).toBe(0);
    expect([...foreign.values()].join()).toContain('8285 already is a fou port for IP protocol');
  });

  it('one that a tunnel of ours uses is ours, and differs when it is not as wanted', () => {
    for (const there of [state(8285, 41), state(8285, 47), state(8285, 4, false)]) {
      const { objects } = classifyFou([there], byKey([fou(8285, 4)]), () => true);
      expect([...objects.values()]).toEqual([fou(8285, 41)]);
    }
  });

  it('one that nobody asked about is neither ours nor in the way', () => {
    expect(classifyFou([state(9999, 4)], new Map(), no)).toEqual({ objects: new Map(), foreign: new Map() });
  });
});

/** A kernel's fou ports and our tunnels, behind the sockets. */
class FouKernel {
  ports: FouState[] = [];
  links: LinkState[] = [];
  /** What the next removals are refused with. */
  refusals: string[] = [];

  readonly part = openFouPart({}, () => ({
    generic: {
      family: () => 30,
      send: (_, { command, attributes }) => this.send(command, attributes),
      dump: <T>() => Promise.resolve(this.ports as T[]),
    },
    links: () => Promise.resolve(this.links),
    close: () => undefined,
  }));

  read(...desired: FouObject[]) {
    const ownership = { alias: 'overlayd:test', links: ['overlay.udp'], networks: [], adopt: false };
    return this.part.read(ownership, byKey(desired)).then(({ objects }) => [...objects.values()]);
  }

  private send(command: number, attributes: (writer: MessageWriter) => void) {
    const writer = new MessageWriter();
    attributes(writer);
    const port = decodeFou(Buffer.from(writer.bytes()));
    const code = command === FOU_CMD.DEL ? this.refusals.shift() : undefined;
    if (code !== undefined) return { code, message: code };
    this.ports = this.ports.filter((other) => other.port !== port.port || other.family !== port.family);
    if (command === FOU_CMD.ADD) this.ports.push(port);
    return undefined;
  }
}

describe('fou ports of ours', () => {
  let kernel: FouKernel;

  beforeEach(() => {
    kernel = new FouKernel();
  });

  it('one whose removal the kernel refused is ours still, and is removed by the next pass', async () => {
    await kernel.part.apply([{ op: 'add', object: fou(8285, 4) }]);
    kernel.refusals = ['EBUSY'];
    const removal = [{ op: 'remove', object: fou(8285, 4) }] as const;
    expect(await kernel.part.apply(removal)).toMatchObject([{ ok: false, code: 'EBUSY' }]);
    expect(await kernel.read()).toEqual([fou(8285, 4)]);
    expect(await kernel.part.apply(removal)).toMatchObject([{ ok: true }]);
    expect(await kernel.read()).toEqual([]);
  });

  it('one that was removed by another hand is nothing to refuse, and one that comes there is not ours', async () => {
    await kernel.part.apply([{ op: 'add', object: fou(8285, 4) }]);
    kernel.ports = [];
    kernel.refusals = ['ENOENT'];
    expect(await kernel.part.apply([{ op: 'remove', object: fou(8285, 4) }])).toMatchObject([{ ok: true }]);
    kernel.ports = [state(8285, 4)];
    expect(await kernel.read()).toEqual([]);
  });

  it('one that a tunnel of ours sends to is, and not one of its number for IPv6', async () => {
    kernel.links = [tunnelTo(8285)];
    kernel.ports = [state(8285, 4), { ...state(8285, 4), family: 6 }];
    expect(await kernel.read()).toEqual([fou(8285, 4)]);
  });
});
