import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { belongingsOf, linkNamed } from '../src/linux/lan-bridge/inventory.js';
import { sendAll } from '../src/linux/lan-bridge/batch.js';
import { creation, joining, moveBack, moveToBridge } from '../src/linux/lan-bridge/move.js';
import { NetlinkSocket } from '../src/linux/netlink-socket.js';
import { ALIAS, SETTLED, WANTED, openLanRig, type LanRig } from './lan-bridge-rig.js';

jest.setTimeout(60_000);

let rig: LanRig;

beforeEach(() => {
  rig = openLanRig();
});

afterEach(() => {
  rig.close();
});

const allOk = (outcomes: Awaited<ReturnType<LanRig['pass']>>): void =>
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);

/** A NIC with one of everything that an operator may have given it. */
function furnish(): void {
  rig.run(`
    ip address add 192.168.28.6/24 dev eth0 label eth0:1
    ip address add 10.99.0.1 peer 10.99.0.2/32 dev eth0
    ip address add 172.30.0.1/24 dev eth0 scope link metric 50
    ip address add 192.168.28.7/24 dev eth0 valid_lft 5000 preferred_lft 4000
    ip address add 10.98.0.1/24 dev eth0 noprefixroute
    ip address add 2001:db8:5::1/64 dev eth0 nodad noprefixroute
    ip address add 2001:db8:5::2/64 dev eth0 valid_lft 5000 preferred_lft 4000 nodad
    ip address add 2001:db8:6::1/64 dev eth0 nodad metric 77
    ip address add 2001:db8:7::1/64 dev eth0 nodad home
    ip route add default via 192.168.28.9 metric 200 src 192.168.28.6 proto dhcp
    ip route add 10.0.0.0/8 dev eth0 scope link proto static
    ip route add 10.98.0.0/24 dev eth0 proto kernel scope link src 10.98.0.1 metric 100
    ip route add 10.1.0.0/16 via 192.168.28.2 mtu 1400 advmss 1300
    ip route add 10.2.0.0/16 nexthop via 192.168.28.2 weight 2 nexthop via 192.168.28.3
    ip route add 10.3.0.0/16 via 10.77.77.1 dev eth0 onlink tos 0x10
    ip route append 10.4.0.0/16 via 192.168.28.2; ip route append 10.4.0.0/16 via 192.168.28.3
    ip route add default via 192.168.28.2 table 100; ip rule add from 192.168.28.6 table 100
    ip -6 route add 2001:db8:aa::/48 via fd28::2 metric 500 proto static
    ip -6 route add 2001:db8:ab::/48 nexthop via fd28::2 nexthop via fd28::3
    ip -6 route add 2001:db8:ac::/48 dev eth0 proto ra expires 1800
    ip -6 route add default via fd28::2 table 100 pref high
    ip link add other type bridge; ip link set other up; ip address add 10.200.0.1/24 dev other
    ip route add 10.201.0.0/16 via 10.200.0.2`);
  settled();
}

function settled(): void {
  rig.run(SETTLED);
}

test('the NIC gets back exactly what it had, in the same order', async () => {
  furnish();
  const before = rig.dump();
  allOk(await rig.pass([WANTED]));
  expect(rig.run('ip -o address show dev eth0 scope global')).toBe('');
  expect(rig.run('ip -o route show table all dev eth0; ip -o -6 route show dev eth0')).not.toMatch(
    /^(?!.*\b(fe80|ff00):).+/m,
  );
  expect(rig.run('ip -o -4 address show dev ovl-lan-0').trim().split('\n')).toHaveLength(6);
  expect(await rig.pass([WANTED])).toEqual([]);
  allOk(await rig.pass([]));
  settled();
  expect(rig.dump()).toEqual(before);
});

test('the bridge has the NIC`s routes of every table, address and its MAC', async () => {
  furnish();
  const text = (device: string): string =>
    rig
      .run(`ip -d route show table all; ip -d -6 route show table all`)
      .split('\n')
      .filter(
        (line) => !/^(fe80::\/64|multicast ff00|(local|anycast) fe80)/.test(line.replace('unicast ', '')),
      )
      .map((line) =>
        line
          .replace(/ expires \d+sec/, '')
          .replaceAll(device, 'NIC')
          .trim(),
      )
      .sort()
      .join('\n');
  const before = text('eth0');
  allOk(await rig.pass([WANTED]));
  settled();
  expect(text('ovl-lan-0')).toBe(before);
  expect(rig.run('cat /sys/class/net/eth0/address')).toBe(rig.run('cat /sys/class/net/ovl-lan-0/address'));
});

test('an established TCP connection and pings at 100 per second survive the move there and back without a loss', async () => {
  const listener = rig.spawnOnHost(['busybox', 'nc', '-l', '-p', '7000', '-e', 'cat']);
  await sleep(200);
  const client = rig.spawnOnRouter(['busybox', 'nc', '192.168.28.5', '7000']);
  const say = async (word: string): Promise<string> => {
    client.stdin?.write(`${word}\n`);
    const [answer] = (await once(client.stdout!, 'data')) as [Buffer];
    return answer.toString().trim();
  };
  expect(await say('before')).toBe('before');
  const flood = (address: string) => {
    const ping = rig.spawnOnRouter(['ping', '-n', '-q', '-i', '0.01', '-c', '300', '-W', '1', address]);
    let out = '';
    ping.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    return once(ping, 'close').then(() => /(\d+) received/.exec(out)?.[1]);
  };
  const received = Promise.all([flood('192.168.28.5'), flood('fd28::5')]);
  await sleep(500);
  allOk(await rig.pass([WANTED]));
  expect(await say('moved')).toBe('moved');
  await sleep(500);
  allOk(await rig.pass([]));
  expect(await say('back')).toBe('back');
  expect(await received).toEqual(['300', '300']);
  client.kill();
  listener.kill();
});

test('a move that ended after any of its messages is completed by the next pass, and undone', async () => {
  const before = rig.dump();
  const socket = new NetlinkSocket({ netns: rig.path });
  try {
    const messages = async () => {
      const nic = linkNamed(socket, 'eth0')!;
      sendAll(socket, creation(WANTED, nic.mac));
      const bridge = linkNamed(socket, 'ovl-lan-0')!;
      return [...joining(nic, bridge), ...moveToBridge(nic, bridge, await belongingsOf(socket, nic.index))];
    };
    const total = (await messages()).length;
    rig.run('ip link delete ovl-lan-0');
    for (let sent = 0; sent <= total; sent++) {
      sendAll(socket, (await messages()).slice(0, sent));
      allOk(await rig.pass([WANTED]));
      expect(await rig.pass([WANTED])).toEqual([]);
      expect(rig.onRouter('ping -n -c 1 -W 1 192.168.28.5')).toContain(' 0% packet loss');
      allOk(await rig.pass([]));
      settled();
      expect(rig.dump()).toEqual(before);
    }
  } finally {
    socket.close();
  }
});

test('a way back that ended after any of its messages is completed by the next pass', async () => {
  const before = rig.dump();
  const socket = new NetlinkSocket({ netns: rig.path });
  try {
    for (let sent = 0, total = 1; sent <= total; sent++) {
      allOk(await rig.pass([WANTED]));
      const [nic, bridge] = [linkNamed(socket, 'eth0')!, linkNamed(socket, 'ovl-lan-0')!];
      const messages = moveBack(bridge, nic, await belongingsOf(socket, bridge.index));
      total = messages.length;
      sendAll(socket, messages.slice(0, sent));
      allOk(await rig.pass([]));
      settled();
      expect(rig.dump()).toEqual(before);
    }
  } finally {
    socket.close();
  }
});

test('an address that came later moves back too, one that went does not', async () => {
  allOk(await rig.pass([WANTED]));
  rig.run('ip address add 192.168.28.55/24 dev ovl-lan-0; ip route add 10.9.0.0/16 via 192.168.28.2');
  rig.run('ip address del fd28::5/64 dev ovl-lan-0');
  expect(await rig.pass([WANTED])).toEqual([]);
  allOk(await rig.pass([]));
  expect(rig.run('ip -o -4 address show dev eth0')).toContain('192.168.28.55/24 scope global secondary eth0');
  expect(rig.run('ip route show 10.9.0.0/16')).toContain('via 192.168.28.2 dev eth0');
  expect(rig.run('ip address')).not.toContain('fd28::5');
});

test('an address that appears on the NIC afterwards, as of a DHCP client, follows to the bridge', async () => {
  allOk(await rig.pass([WANTED]));
  rig.run('ip address add 192.168.28.77/24 dev eth0');
  allOk(await rig.pass([WANTED]));
  expect(rig.run('ip -o -4 address show dev ovl-lan-0')).toContain('192.168.28.77/24');
});

test('an address that a DHCP client renews on the NIC is renewed on the bridge', async () => {
  rig.run('ip address add 192.168.28.78/24 dev eth0 valid_lft 100 preferred_lft 90');
  allOk(await rig.pass([WANTED]));
  rig.run('ip address add 192.168.28.78/24 dev eth0 valid_lft 5000 preferred_lft 4000');
  allOk(await rig.pass([WANTED]));
  expect(rig.run('ip -o -4 address show dev eth0')).toBe('');
  expect(rig.run('ip -o -4 address show dev ovl-lan-0')).toMatch(
    /192\.168\.28\.78.*valid_lft (4999|5000)sec/,
  );
});

test('settings of the NIC such as rp_filter and accept_ra hold on the bridge', async () => {
  rig.run(
    'sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv6.conf.eth0.accept_ra=2 net.ipv6.conf.eth0.use_tempaddr=0',
  );
  allOk(await rig.pass([WANTED]));
  expect(rig.run('sysctl -n net.ipv4.conf.ovl-lan-0.rp_filter net.ipv6.conf.ovl-lan-0.accept_ra')).toBe(
    '1\n2\n',
  );
});

const RP_FILTER = 'sysctl -n net.ipv4.conf.ovl-lan-0.rp_filter';

test.each([
  ['a Docker that was faster made', 'ip link add ovl-lan-0 type bridge; ip link set ovl-lan-0 up'],
  [
    'an earlier pass made and no more',
    `ip link add ovl-lan-0 type bridge; ip link set ovl-lan-0 alias ${ALIAS}`,
  ],
])('settings of the NIC hold on a bridge that %s', async (_, setup) => {
  rig.run(
    `sysctl -qw net.ipv4.conf.eth0.rp_filter=2; ${setup}; sysctl -qw net.ipv4.conf.ovl-lan-0.rp_filter=0`,
  );
  allOk(await rig.pass([WANTED]));
  expect(rig.run(RP_FILTER)).toBe('2\n');
  rig.run('sysctl -qw net.ipv4.conf.ovl-lan-0.rp_filter=1; ip address add 192.168.28.77/24 dev eth0');
  allOk(await rig.pass([WANTED]));
  expect(rig.run(RP_FILTER)).toBe('1\n');
});

test('a foreign bridge of that name is left alone', async () => {
  rig.run('ip link add ovl-lan-0 type bridge; ip address add 10.44.0.1/24 dev ovl-lan-0');
  await expect(rig.pass([WANTED])).rejects.toThrow('a bridge device ovl-lan-0 with no alias is not ours');
  expect(rig.run('ip -o link show master ovl-lan-0')).toBe('');
});

test('an empty bridge that Docker made first is taken', async () => {
  rig.run('ip link add ovl-lan-0 type bridge; ip link set ovl-lan-0 up');
  allOk(await rig.pass([WANTED]));
  expect(rig.run('ip -o -4 address show dev ovl-lan-0')).toContain('192.168.28.5/24');
  expect(await rig.pass([WANTED])).toEqual([]);
  expect(rig.onRouter('ping -n -c 1 -W 1 192.168.28.5')).toContain(' 0% packet loss');
});

test('a bridge of ours whose NIC is gone is removed', async () => {
  allOk(await rig.pass([WANTED]));
  rig.run('ip link delete eth0');
  allOk(await rig.pass([]));
  expect(rig.run('ip -o link')).not.toContain('ovl-lan-0');
});

test.each([
  ['a port of another bridge', 'ip link add br9 type bridge; ip link set eth0 master br9', 'port of br9'],
  ['under a macvlan', 'ip link add mv0 link eth0 type macvlan', 'mv0 (macvlan) takes'],
])('a NIC that is %s is refused with the reason, and nothing is made', async (_, setup, reason) => {
  rig.run(setup);
  const [outcome] = await rig.pass([WANTED]);
  expect(outcome).toMatchObject({ ok: false, code: 'OVL_LAN_BRIDGE_REFUSED' });
  expect(outcome).toMatchObject({ message: expect.stringContaining(reason) as string });
  expect(rig.run('ip -o link')).not.toContain('ovl-lan-0');
});

const isOfBridge = (value: unknown): boolean =>
  Object.values((value ?? {}) as Record<string, unknown>).includes(WANTED.name);

test.each([
  ['there is none yet', 'true'],
  ['Docker made it first', 'ip link add ovl-lan-0 type bridge; ip link set ovl-lan-0 up'],
])('a NIC that the kernel refuses to make a port keeps all it has, when %s', async (_, setup) => {
  const rest = () => JSON.stringify(rig.dump(), (__, value: unknown) => (isOfBridge(value) ? '' : value));
  rig.run(`ip link add mv0 link eth0 netns ${rig.router} type macvlan`);
  furnish();
  rig.run(setup);
  const before = rest();
  for (let passes = 0; passes < 2; passes++) {
    const [outcome] = await rig.pass([WANTED]);
    expect(outcome).toMatchObject({ ok: false, code: 'OVL_LAN_BRIDGE_REFUSED' });
    expect(outcome).toMatchObject({ message: expect.stringContaining('network namespace') as string });
    expect(rest()).toBe(before);
  }
  expect(rig.run('ip -o link').includes('ovl-lan-0')).toBe(setup !== 'true');
  expect(rig.onRouter('ping -n -c 1 -W 1 192.168.28.5')).toContain(' 0% packet loss');
});

test('a macvlan here of a device elsewhere with the number of the NIC is no hindrance', async () => {
  const number = 'cat /sys/class/net/eth0/ifindex';
  rig.onRouter(`ip link set lan0 name eth0; ip link add mv0 link eth0 netns ${rig.host} type macvlan`);
  expect(rig.onRouter(number)).toBe(rig.run(number));
  allOk(await rig.pass([WANTED]));
});

test('a device that is no Ethernet is refused', async () => {
  rig.run('ip tuntap add tun9 mode tun');
  const [outcome] = await rig.pass([{ ...WANTED, nic: 'tun9' }]);
  expect(outcome).toMatchObject({ ok: false, code: 'OVL_LAN_BRIDGE_REFUSED' });
});

test('the alias says whose it is', async () => {
  allOk(await rig.pass([WANTED]));
  expect(rig.run('ip -d link show ovl-lan-0')).toMatch(
    new RegExp(`forward_delay 0 .*stp_state 0[^]*alias ${ALIAS}`),
  );
});
