import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parsePrefix } from '@overlay/cidr';
import type { FirewallInput } from '@overlay/dataplane';
import { HOSTS, Hosts, type Member } from './firewall-hosts.js';

const hosts = new Hosts('fwt-f');
const children: ChildProcess[] = [];

beforeAll(() => hosts.up(), 30_000);
beforeEach(() => {
  hosts.reset('vxlan');
  for (const host of ['a', 'b'] as const)
    hosts.run(
      host,
      'for t in mangle nat filter raw; do iptables-legacy -t $t -F; iptables-legacy -t $t -X; done',
    );
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => hosts.down());

/** Runs a Node program in a namespace; what it prints comes line by line. */
async function program(member: Member, source: string): Promise<readonly string[]> {
  const argv = ['netns', 'exec', hosts.name(member), process.execPath, '-e', source];
  const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      resolve();
    });
  });
  return lines;
}

const BYTES = 300_000;
/** Sends so many bytes to whoever connects. */
const SENDER = `require('node:net').createServer((s) => s.on('error', () => 0).end(Buffer.alloc(${BYTES}))).listen(9200, '::', () => console.log('up'))`;

/** How many bytes of those a container gets within so many seconds. */
const received = (member: Member, address: string, seconds: number): number =>
  Number(
    hosts.run(
      member,
      `timeout ${seconds} bash -c 'cat < /dev/tcp/${address}/9200' 2>/dev/null | wc -c || true`,
    ),
  );

/** The word that a packet does not fit is lost between a host and its containers. */
function loseFragmentationNeeded(): void {
  for (const host of ['a', 'b'] as const)
    hosts.run(
      host,
      `nft 'table inet blackhole { chain out { type filter hook output priority 0;
      icmp type destination-unreachable icmp code 4 drop; icmpv6 type packet-too-big drop; }; }'`,
    );
}

function dual(host: 'a' | 'b', more: Partial<FirewallInput>): FirewallInput {
  const { number } = HOSTS[host];
  const four = hosts.input(host, 'vxlan', more);
  const six = {
    ...four.traffic[0]!,
    family: 6,
    network: parsePrefix('fd05::/48'),
    subnet: parsePrefix(`fd05:0:0:${number}::/64`),
  } as const;
  return { ...four, traffic: [...four.traffic, six] };
}

describe('containers with an MTU larger than the overlay, and no word that packets do not fit', () => {
  /** To a container of this host, and from one, in both families. */
  const transfers = (seconds: number): readonly number[] => [
    received('ca', '10.5.2.2', seconds),
    received('ca', 'fd05:0:0:2::2', seconds),
    received('cb', '10.5.1.2', seconds),
    received('cb', 'fd05:0:0:1::2', seconds),
  ];

  beforeEach(async () => {
    for (const host of ['a', 'b'] as const) hosts.run(host, 'ip link set flannel.1 mtu 1400');
    for (const member of ['ca', 'cb'] as const) await program(member, SENDER);
  });

  test('D14 D15 without a clamp a large transfer stalls', () => {
    loseFragmentationNeeded();
    expect(transfers(1).filter((bytes) => bytes === BYTES)).toEqual([]);
  }, 20_000);

  test.each<[string, Partial<FirewallInput>, string]>([
    ['iptables-nft', {}, ''],
    ['nftables', { nftables: true }, ''],
    ['iptables-legacy', {}, 'docker-28.5'],
  ])(
    'D14 D15 with ours in %s it passes in both families and directions, where this host alone has the clamp',
    async (_, more, legacy) => {
      if (legacy !== '') hosts.load('a', legacy, 'iptables-legacy-restore');
      loseFragmentationNeeded();
      const input = dual('a', more);
      expect(await hosts.firewall('a').ensure(input)).toMatchObject({ errors: [] });
      expect(transfers(10)).toEqual([BYTES, BYTES, BYTES, BYTES]);
      expect(await hosts.firewall('a').ensure(input)).toMatchObject({ written: [], errors: [] });
      await hosts.firewall('a').cleanup('default');
      const left = hosts.run('a', 'iptables-save; iptables-legacy-save; ip6tables-save; nft list ruleset');
      expect(left).not.toMatch(/overlay/i);
    },
    30_000,
  );
});

describe('UDP flows that are older than the rules', () => {
  /** Prints each source that packets come from, whenever it is another than the one before. */
  const LISTENER = `let last = ''; require('node:dgram').createSocket('udp4', (_, { address }) => {
    if (address !== last) console.log(last = address); }).bind(9300, () => console.log('up'))`;
  let port = 9301;
  /** From another port each time: connection tracking knows those of before. */
  const stream = (to: string): string =>
    `const s = require('node:dgram').createSocket('udp4'); s.bind(${port++}, () => { console.log('up');
    setInterval(() => s.send('x', 9300, '${to}', () => 0), 20); })`;

  async function until(ready: () => boolean): Promise<void> {
    for (let n = 0; n < 250 && !ready(); n += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  test('D22 one to a peer that an older masquerade hid shows its source as soon as ours is there', async () => {
    hosts.run('a', 'iptables -t nat -A POSTROUTING -s 10.5.1.0/24 ! -o docker0 -j MASQUERADE');
    const seen = await program('cb', LISTENER);
    await program('ca', stream('10.5.2.2'));
    await until(() => seen.length > 1);
    expect(seen).toEqual(['up', '10.5.1.0']);
    await hosts.firewall('a').ensure(hosts.input('a', 'vxlan'));
    await until(() => seen.length > 2);
    expect(seen).toEqual(['up', '10.5.1.0', '10.5.1.2']);
  }, 20_000);

  test.each([{}, { nftables: true }])(
    'D22 one to the world that was not masqueraded is as soon as our rule is there (%j)',
    async (more) => {
      // Docker's: without any rule of nat a flow is not decided on until there is one.
      hosts.run('a', 'iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE');
      const seen = await program('lan', LISTENER);
      await program('ca', stream('192.168.77.9'));
      await until(() => seen.length > 1);
      expect(seen).toEqual(['up', '10.5.1.2']);
      await hosts.firewall('a').ensure(hosts.input('a', 'vxlan', { masquerade: true, ...more }));
      await until(() => seen.length > 2);
      expect(seen).toEqual(['up', '10.5.1.2', '192.168.77.1']);
    },
    20_000,
  );

  test('D22 I7 a flow that is none of ours keeps what it has', async () => {
    hosts.run('a', 'iptables -t nat -A POSTROUTING -s 10.5.1.0/24 ! -o docker0 -j MASQUERADE');
    const seen = await program('lan', LISTENER);
    await program('ca', stream('192.168.77.9'));
    await until(() => seen.length > 1);
    hosts.run(
      'a',
      'iptables -t nat -I POSTROUTING -s 10.5.1.0/24 -d 192.168.77.9 -j SNAT --to 192.168.77.77',
    );
    const input = hosts.input('a', 'vxlan');
    expect((await hosts.firewall('a').ensure(input)).written).toContain('iptables nat');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(seen).toEqual(['up', '192.168.77.1']);
  }, 20_000);
});
