import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAddress, type Ipv4 } from '@overlay/cidr';
import { linkObject } from '../../classify.js';
import { isEqual } from '../../compare.js';
import type { FdbObject, NeighbourObject, TunnelLink } from '../../model.js';
import { requestsOf } from '../change-codec.js';
import { withNames } from '../dump.js';
import { NLM_F, NLMSG_HEADER_BYTES, RTM } from './constants.js';
import { decodeLink, writeNewLink, writeTunnelChange } from './link-codec.js';
import { decodeFdb, decodeNeighbour, writeNeighbour } from './neighbour-codec.js';
import { readMessages } from './reader.js';
import { singleMessage, type MessageWriter } from './writer.js';

/** Messages captured with strace from iproute2 on a kernel that has these devices, the command beside each. */
const captured = JSON.parse(readFileSync(join(__dirname, '../../../fixtures/tunnels.json'), 'utf8')) as {
  indexes: Record<string, number>;
  requests: { command: string; hex: string }[];
  answers: { command: string; hex: string[] }[];
};
const index = (name: string): number => captured.indexes[name]!;

const requestOf = (command: string): string =>
  captured.requests.find((request) => request.command === command)!.hex;
const answers = (command: string) =>
  captured.answers
    .find((answer) => answer.command === command)!
    .hex.flatMap((hex) => readMessages(Buffer.from(hex, 'hex')));
const body = (write: (writer: MessageWriter) => void): string =>
  singleMessage({ type: 0, flags: 0, sequence: 0 }, write)
    .toString('hex')
    .slice(2 * NLMSG_HEADER_BYTES);

const local = parseAddress('172.31.0.1') as Ipv4;
const remote = parseAddress('172.31.0.2') as Ipv4;
const common = { type: 'link', local, ttl: 0, pathMtuDiscovery: true, mtu: 1472, alias: '' } as const;
const fou = { sourcePort: 8285, destinationPort: 8285 };
const cases: [string, TunnelLink][] = [
  [
    'ip link add overlay.gre mtu 1476 type gre local 172.31.0.1 ttl 64 key 42',
    { ...common, kind: 'gre', name: 'overlay.gre', mtu: 1476, ttl: 64, key: 42 },
  ],
  [
    'ip link add overlay.greb mtu 1472 type gre local 172.31.0.1 dev eth0 ttl 64 key 4294967295 nopmtudisc',
    {
      ...{ ...common, kind: 'gre', name: 'overlay.greb', underlay: 'eth0' },
      ...{ ttl: 64, key: 4294967295, pathMtuDiscovery: false },
    },
  ],
  [
    'ip link add gre-fou mtu 1472 type gre local 172.31.0.1 dev eth0 encap fou encap-sport 8285 encap-dport 8286',
    {
      ...{ ...common, kind: 'gre', name: 'gre-fou', underlay: 'eth0' },
      encapsulation: { sourcePort: 8285, destinationPort: 8286 },
    },
  ],
  [
    'ip link add flannel.ipip mtu 1480 type ipip local 172.31.0.1',
    { ...common, kind: 'ipip', name: 'flannel.ipip', mtu: 1480 },
  ],
  [
    'ip link add overlay.udp mtu 1472 type ipip local 172.31.0.1 dev eth0 encap fou encap-sport 8285 encap-dport 8285',
    { ...common, kind: 'ipip', name: 'overlay.udp', underlay: 'eth0', encapsulation: fou },
  ],
  [
    'ip link add overlay-v6.udp mtu 1472 type sit local 172.31.0.1 dev eth0 ttl 64 encap fou encap-sport 8285 encap-dport 8285',
    { ...common, kind: 'sit', name: 'overlay-v6.udp', underlay: 'eth0', ttl: 64, encapsulation: fou },
  ],
  [
    'ip link add flannel-v6.ipip mtu 1480 type sit local 172.31.0.1',
    { ...common, kind: 'sit', name: 'flannel-v6.ipip', mtu: 1480 },
  ],
];

describe('tunnels', () => {
  const shown = answers('ip -d link show').map(({ payload }) => decodeLink(payload));
  const stateOf = (name: string) =>
    withNames(
      shown.find((link) => link.name === name)!,
      new Map(Object.entries(captured.indexes).map(([link, number]) => [number, link])),
    );

  it.each(cases)('are encoded as iproute2 does: %s', (command, link) => {
    const underlay = link.underlay === undefined ? 0 : index(link.underlay);
    expect(body((writer) => writeNewLink(writer, link, underlay))).toBe(
      requestOf(command).slice(2 * NLMSG_HEADER_BYTES),
    );
  });

  it.each(cases)('are read back from the kernel as they were asked for: %s', (_command, link) => {
    expect(linkObject(stateOf(link.name))).toEqual(link);
  });

  it.each(cases)('a change in place says everything, so that nothing old stays: %s', (_command, link) => {
    const changed = singleMessage({ type: RTM.NEWLINK, flags: 0, sequence: 1 }, (writer) =>
      writeTunnelChange(writer, link, link.underlay === undefined ? 0 : index(link.underlay)),
    );
    const { tunnel, underlayIndex } = decodeLink(readMessages(changed)[0]!.payload);
    expect(underlayIndex).toBe(link.underlay === undefined ? undefined : index(link.underlay));
    const { tunnel: state } = shown.find(({ name }) => name === link.name)!;
    expect(tunnel).toEqual(state);
  });

  it.each(['far', 'external'])(
    'one with a fixed end or of another way of working must be made anew: %s',
    (name) => {
      const link = linkObject(stateOf(name))!;
      expect(link).toMatchObject({ kind: 'gre', altered: true });
      const wanted: TunnelLink = { ...common, kind: 'gre', name, mtu: 1476, alias: '' };
      expect(isEqual(wanted, link)).toBe(false);
    },
  );

  it.each(['gre0', 'tunl0', 'sit0'])("the kernel's own %s has no ends", (name) => {
    expect(stateOf(name).tunnel).not.toHaveProperty('local');
    expect(stateOf(name).tunnel).not.toHaveProperty('remote');
  });

  it('an underlay that is gone is told by its number', () => {
    const link = shown.find(({ name }) => name === 'overlay.udp')!;
    expect(withNames(link, new Map()).tunnel?.underlay).toBe(`#${index('eth0')}`);
  });
});

describe('neighbours of a GRE device', () => {
  const neighbour = (text: string): NeighbourObject => ({
    ...{ type: 'neighbour', link: 'overlay.gre', address: parseAddress(text), mac: remote },
  });
  it.each([
    ['ip neigh replace 10.70.1.0 lladdr 172.31.0.2 dev overlay.gre nud permanent', neighbour('10.70.1.0')],
    [
      'ip neigh replace fc00:70:0:1:: lladdr 172.31.0.2 dev overlay.gre nud permanent',
      neighbour('fc00:70:0:1::'),
    ],
  ])('%s', (command, object) => {
    expect(body((writer) => writeNeighbour(writer, object, index('overlay.gre')))).toBe(
      requestOf(command).slice(2 * NLMSG_HEADER_BYTES),
    );
  });

  it('are read with the underlay address', () => {
    const decoded = answers('ip neigh show nud permanent').map(({ payload }) => decodeNeighbour(payload));
    for (const text of ['10.70.1.0', 'fc00:70:0:1::'])
      expect(decoded).toContainEqual({
        ...{ index: index('overlay.gre'), address: parseAddress(text), mac: remote, permanent: true },
      });
  });
});

describe('entries that flood', () => {
  const entry = (last: number): FdbObject => ({
    ...{ type: 'fdb', link: 'flannel.1', mac: '00:00:00:00:00:00' },
    destination: parseAddress(`172.31.0.${last}`),
  });
  const command = (verb: string, last: number) =>
    `bridge fdb ${verb} 00:00:00:00:00:00 dst 172.31.0.${last} dev flannel.1 self permanent`;

  it.each([
    ['add', command('append', 2), entry(2)],
    ['add', command('append', 3), entry(3)],
    ['remove', command('del', 4), entry(4)],
  ] as const)('%s: %s', (op, text, object) => {
    const [request] = requestsOf({ op, object }, object);
    const { type, flags, body: write } = request!;
    const written = singleMessage({ type, flags: flags | NLM_F.REQUEST | NLM_F.ACK, sequence: 0 }, (writer) =>
      write(writer, index('flannel.1')),
    ).toString('hex');
    const wanted = requestOf(text);
    expect(written.slice(0, 16)).toBe(wanted.slice(0, 16));
    expect(written.slice(2 * NLMSG_HEADER_BYTES)).toBe(wanted.slice(2 * NLMSG_HEADER_BYTES));
  });

  it('are read one by one', () => {
    const found = answers('bridge fdb show').flatMap(({ payload }) => decodeFdb(payload) ?? []);
    expect(found.map(({ mac, destination }) => ({ mac, destination }))).toEqual([
      { mac: '00:00:00:00:00:00', destination: remote },
      { mac: '00:00:00:00:00:00', destination: parseAddress('172.31.0.3') },
    ]);
  });
});
