import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import type { LinkObject, RouteObject, VxlanLink } from '../../model.js';
import { decodeAddress, writeAddress } from './address-codec.js';
import { NLMSG_HEADER_BYTES, RTM } from './constants.js';
import { decodeAcknowledgement } from './error-codec.js';
import { decodeLink, writeLinkSettings, writeNewLink } from './link-codec.js';
import { decodeFdb, decodeNeighbour, writeFdb, writeNeighbour } from './neighbour-codec.js';
import { readMessages, type Message } from './reader.js';
import { decodeRoute, writeRoute, writeRouteRemoval } from './route-codec.js';
import { decodeRule, writeRule } from './rule-codec.js';
import { singleMessage, type MessageWriter } from './writer.js';

/** Messages captured with strace from iproute2, the command beside each. */
const captured = JSON.parse(readFileSync(join(__dirname, '../../../fixtures/rtnetlink.json'), 'utf8')) as {
  indexes: Record<string, number>;
  requests: { command: string; hex: string }[];
  answers: { command: string; hex: string[] }[];
};

/** The body (all after the header, whose sequence number differs) of the one message sent by `command`. */
function requestBody(command: string): string {
  const found = captured.requests.filter((request) => request.command === command);
  expect(found).toHaveLength(1);
  return found[0]!.hex.slice(2 * NLMSG_HEADER_BYTES);
}

/** The messages of one type that the kernel answered to `command`. */
function answers(command: string, type: number): Message[] {
  const found = captured.answers.find((answer) => answer.command === command);
  const messages = found!.hex.flatMap((hex) => readMessages(Buffer.from(hex, 'hex')));
  return messages.filter((message) => message.type === type);
}

function body(write: (writer: MessageWriter) => void): string {
  return singleMessage({ type: 0, flags: 0, sequence: 0 }, write)
    .toString('hex')
    .slice(2 * NLMSG_HEADER_BYTES);
}

const index = (name: string): number => captured.indexes[name]!;
const mac = (last: number) => `0e:00:00:00:00:0${last}`;
const vxlan: VxlanLink = {
  type: 'link',
  kind: 'vxlan',
  name: 'flannel.1',
  vni: 1,
  port: 8472,
  local: parseAddress('172.31.0.1'),
  mac: mac(1),
  mtu: 1450,
  learning: false,
  gbp: false,
  alias: 'overlayd:default',
};
const vxlan6: VxlanLink = {
  ...vxlan,
  name: 'flannel-v6.1',
  port: 4789,
  local: parseAddress('fd31::1'),
  mac: mac(3),
  mtu: 1430,
  learning: true,
  gbp: true,
};

describe('links are encoded as iproute2 does', () => {
  const cases: [string, LinkObject][] = [
    [
      'ip link add flannel.1 mtu 1450 address 0e:00:00:00:00:01 type vxlan id 1 local 172.31.0.1 nolearning dstport 8472 udpcsum',
      vxlan,
    ],
    [
      'ip link add flannel-v6.1 mtu 1430 address 0e:00:00:00:00:03 type vxlan id 1 local fd31::1 learning dstport 4789 udpcsum gbp',
      vxlan6,
    ],
    [
      'ip link add br0 address 0e:00:00:00:00:02 type bridge',
      { type: 'link', kind: 'bridge', name: 'br0', mtu: 1450, mac: mac(2), alias: '' },
    ],
    [
      'ip link add dummy0 mtu 1400 type dummy',
      { type: 'link', kind: 'dummy', name: 'dummy0', mtu: 1400, alias: '' },
    ],
    [
      'ip link add eth0 mtu 1500 type veth peer name eth0p mtu 1500',
      { type: 'link', kind: 'veth', name: 'eth0', peer: 'eth0p', mtu: 1500, alias: '' },
    ],
  ];
  it.each(cases)('%s', (command, link) => {
    expect(body((writer) => writeNewLink(writer, link))).toBe(requestBody(command));
  });

  it('the settings of a link decode to what was set', () => {
    const bytes = singleMessage({ type: 16, flags: 0, sequence: 1 }, (writer) =>
      writeLinkSettings(writer, { link: vxlan, masterIndex: 0, mac: vxlan.mac }),
    );
    const decoded = decodeLink(readMessages(bytes)[0]!.payload);
    expect(decoded).toMatchObject({
      name: 'flannel.1',
      mtu: 1450,
      mac: mac(1),
      alias: 'overlayd:default',
      up: true,
    });
  });
});

const route = (text: string, rest: Partial<RouteObject>): RouteObject => ({
  type: 'route',
  destination: parsePrefix(text),
  onlink: false,
  metric: 0,
  kind: 'unicast',
  ...rest,
});
const overlay = { gateway: parseAddress('10.70.1.0'), link: 'flannel.1', onlink: true, metric: 101 };
const overlay6 = { gateway: parseAddress('fc00:71:0:1::'), link: 'flannel-v6.1', onlink: true, metric: 1024 };
const direct = { gateway: parseAddress('172.31.0.2'), link: 'br0', metric: 103 };

describe('routes are encoded as iproute2 does', () => {
  const cases: [string, RouteObject][] = [
    [
      'ip route add 10.70.1.0/24 via 10.70.1.0 dev flannel.1 onlink proto 76 metric 101',
      route('10.70.1.0/24', overlay),
    ],
    [
      'ip route replace 10.70.1.0/24 via 10.70.1.0 dev flannel.1 onlink proto 76 metric 101 mtu 1400',
      route('10.70.1.0/24', { ...overlay, mtu: 1400 }),
    ],
    [
      'ip -6 route add fc00:71:0:1::/64 via fc00:71:0:1:: dev flannel-v6.1 onlink proto 76 metric 1024',
      route('fc00:71:0:1::/64', overlay6),
    ],
    [
      'ip route add blackhole 10.70.2.0/24 proto 76 metric 102',
      route('10.70.2.0/24', { kind: 'blackhole', metric: 102 }),
    ],
    ['ip route add 10.70.3.0/24 via 172.31.0.2 dev br0 proto 76 metric 103', route('10.70.3.0/24', direct)],
    [
      'ip route add 10.70.4.0/24 dev flannel.1 proto 76 metric 104',
      route('10.70.4.0/24', { link: 'flannel.1', metric: 104 }),
    ],
  ];
  it.each(cases)('%s', (command, object) => {
    const oif = object.link === undefined ? undefined : index(object.link);
    expect(body((writer) => writeRoute(writer, object, oif))).toBe(requestBody(command));
  });

  it('a removal names protocol, metric, gateway and device', () => {
    const command = 'ip route del unicast 10.70.3.0/24 via 172.31.0.2 dev br0 proto 76 metric 103';
    const written = body((writer) => writeRouteRemoval(writer, route('10.70.3.0/24', direct), index('br0')));
    expect(written).toBe(requestBody(command));
  });
});

describe('addresses, neighbours, FDB entries and rules are encoded as iproute2 does', () => {
  const v4 = parseAddress('10.70.2.0');
  const v6 = parseAddress('fc00:71:0:2::');
  const cases: [string, (writer: MessageWriter) => void][] = [
    [
      'ip address replace 10.70.2.0/32 dev flannel.1',
      (w) =>
        writeAddress(w, { type: 'address', link: 'flannel.1', address: v4, length: 32 }, index('flannel.1')),
    ],
    [
      'ip address replace fc00:71:0:2::/128 dev flannel-v6.1',
      (w) =>
        writeAddress(
          w,
          { type: 'address', link: 'flannel-v6.1', address: v6, length: 128 },
          index('flannel-v6.1'),
        ),
    ],
    [
      'ip neigh replace 10.70.1.0 lladdr 76:70:95:51:7d:34 dev flannel.1 nud permanent',
      (w) =>
        writeNeighbour(
          w,
          {
            type: 'neighbour',
            link: 'flannel.1',
            address: parseAddress('10.70.1.0'),
            mac: '76:70:95:51:7d:34',
          },
          index('flannel.1'),
        ),
    ],
    [
      'bridge fdb replace 76:70:95:51:7d:34 dst 172.31.0.2 dev flannel.1 self permanent',
      (w) =>
        writeFdb(
          w,
          {
            type: 'fdb',
            link: 'flannel.1',
            mac: '76:70:95:51:7d:34',
            destination: parseAddress('172.31.0.2'),
          },
          index('flannel.1'),
        ),
    ],
    [
      'bridge fdb replace 3a:f9:d5:06:69:45 dst fd31::2 dev flannel-v6.1 self permanent',
      (w) =>
        writeFdb(
          w,
          {
            type: 'fdb',
            link: 'flannel-v6.1',
            mac: '3a:f9:d5:06:69:45',
            destination: parseAddress('fd31::2'),
          },
          index('flannel-v6.1'),
        ),
    ],
    [
      'ip rule add from 10.70.0.0/16 to 10.80.0.0/16 priority 1000 table 100 protocol 76',
      (w) =>
        writeRule(w, {
          type: 'rule',
          family: 4,
          priority: 1000,
          table: 100,
          source: parsePrefix('10.70.0.0/16'),
          destination: parsePrefix('10.80.0.0/16'),
        }),
    ],
    [
      'ip -6 rule add from fc00:71::/48 priority 1001 table 1000 protocol 76',
      (w) =>
        writeRule(w, {
          type: 'rule',
          family: 6,
          priority: 1001,
          table: 1000,
          source: parsePrefix('fc00:71::/48'),
        }),
    ],
  ];
  it.each(cases)('%s', (command, write) => {
    expect(body(write)).toBe(requestBody(command));
  });
});

describe("the kernel's own answers are decoded", () => {
  it('ip -d link show', () => {
    const links = answers('ip -d link show', RTM.NEWLINK).map((message) => decodeLink(message.payload));
    const byName = new Map(links.map((link) => [link.name, link]));
    expect([...byName.keys()].sort()).toEqual(['br0', 'eth0', 'eth0p', 'flannel-v6.1', 'flannel.1', 'lo']);
    expect(byName.get('lo')).toMatchObject({ loopback: true, up: true, mtu: 65536, kind: '' });
    expect(byName.get('eth0')).toMatchObject({
      kind: 'veth',
      masterIndex: index('br0'),
      peerIndex: index('eth0p'),
    });
    const { vni, port, local, learning, gbp } = vxlan;
    expect(byName.get('flannel.1')).toMatchObject({
      ...{ kind: 'vxlan', mac: mac(1), mtu: 1450, alias: 'overlayd:default', up: true, carrier: true },
      vxlan: { vni, port, local, learning, gbp },
    });
    expect(byName.get('flannel-v6.1')?.vxlan).toEqual({
      vni: 1,
      port: 4789,
      local: vxlan6.local,
      learning: true,
      gbp: true,
    });
  });

  it('ip address show', () => {
    const facts = answers('ip address show', RTM.NEWADDR).flatMap(
      ({ payload }) => decodeAddress(payload) ?? [],
    );
    const lines = facts.map((f) => `${f.index} ${formatAddress(f.address)}/${f.length} ${f.scope}`);
    expect(lines).toContain(`${index('flannel.1')} 10.70.2.0/32 global`);
    expect(lines).toContain(`${index('flannel-v6.1')} fc00:71:0:2::/128 global`);
    expect(lines).toContain('1 127.0.0.1/8 host');
    expect(lines.some((line) => /fe80::.*\/64 link$/.test(line))).toBe(true);
  });

  it('ip -4 route show', () => {
    const routes = answers('ip -4 route show', RTM.NEWROUTE).map((message) => decodeRoute(message.payload)!);
    const main = routes
      .filter((r) => r.table === 254)
      .map(
        (r) =>
          `${r.kind} ${formatPrefix(r.destination)} ${r.protocol} ${r.metric} ${r.mtu ?? '-'} ${r.onlink}`,
      );
    expect(main.sort()).toEqual([
      'blackhole 10.70.2.0/24 76 102 - false',
      'unicast 10.70.1.0/24 3 0 - true',
      'unicast 10.70.1.0/24 76 101 1400 true',
      'unicast 10.70.4.0/24 76 104 - false',
      'unicast 172.31.0.0/24 2 0 - false',
    ]);
  });

  it('ip -6 route show', () => {
    const routes = answers('ip -6 route show', RTM.NEWROUTE).map((message) => decodeRoute(message.payload)!);
    const peer = routes.find((r) => formatPrefix(r.destination) === 'fc00:71:0:1::/64');
    expect(peer).toMatchObject({
      gateway: overlay6.gateway,
      oif: index('flannel-v6.1'),
      onlink: true,
      metric: 1024,
      protocol: 76,
    });
  });

  it('ip neigh show, bridge fdb show, ip rule show', () => {
    const neighbours = answers('ip neigh show nud permanent', RTM.NEWNEIGH).map(({ payload }) =>
      decodeNeighbour(payload),
    );
    expect(neighbours).toContainEqual({
      ...{ index: index('flannel.1'), address: overlay.gateway, mac: '76:70:95:51:7d:34', permanent: true },
    });
    const fdb = answers('bridge fdb show', RTM.NEWNEIGH).flatMap(({ payload }) => decodeFdb(payload) ?? []);
    expect(fdb).toContainEqual({
      ...{
        index: index('flannel-v6.1'),
        mac: '3a:f9:d5:06:69:45',
        destination: parseAddress('fd31::2'),
        permanent: true,
      },
    });
    const rules = answers('ip -6 rule show', RTM.NEWRULE).map(({ payload }) => decodeRule(payload));
    expect(rules).toContainEqual({
      family: 6,
      priority: 1001,
      table: 1000,
      protocol: 76,
      source: parsePrefix('fc00:71::/48'),
    });
  });

  it('a refusal carries errno and the words of the kernel', () => {
    const { hex } = captured.answers.find(({ command }) => command.startsWith('ip route add 10.99'))!;
    const [message] = readMessages(Buffer.from(hex[0]!, 'hex'));
    expect(decodeAcknowledgement(message!)).toMatchObject({
      errno: 101,
      message: 'Nexthop has invalid gateway',
    });
  });
});

describe('damaged bytes end the reading and never throw', () => {
  it('a message whose length is zero or past the end', () => {
    expect(readMessages(Buffer.alloc(64))).toEqual([]);
    const whole = singleMessage({ type: 16, flags: 0, sequence: 1 }, (writer) => writeNewLink(writer, vxlan));
    expect(readMessages(whole.subarray(0, whole.length - 1))).toEqual([]);
  });
});
