import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { parseAddress, parsePrefix } from '@overlay/cidr';
import { byKey, type DesiredState } from '../src/index.js';
import { openWireguardRig, type WireguardHost, type WireguardRig } from './wireguard-rig.js';

const NOTHING = { changes: [], conflicts: [], refused: [] };

describe('WireGuard by wireguard-go, where the kernel has none', () => {
  let rig: WireguardRig;
  let a: WireguardHost;
  let b: WireguardHost;

  beforeEach(() => {
    rig = openWireguardRig();
    ({ a, b } = rig);
  });
  afterEach(() => rig.close());

  const join = async () => {
    expect(await a.pass([...a.node, a.peer(b)])).toMatchObject({
      changes: ['add link', 'add address', 'add wireguard-peer', 'add route'],
      refused: [],
    });
    expect((await b.pass([...b.node, b.peer(a)])).refused).toEqual([]);
    expect(a.ping(b)).toContain(' 0% packet loss');
  };

  it('D23 carries packets, says that it is slow, and a second pass finds nothing to do', async () => {
    await join();
    expect(a.warnings).toEqual([expect.stringMatching(/no WireGuard.*run by wireguard-go/)]);
    expect(a.run(`ip link show ${a.device}`)).toMatch(/<.*\bUP\b.*> mtu 1400 /);
    expect(await a.pass([...a.node, a.peer(b)])).toEqual(NOTHING);
  });

  it('F05 a restart changes nothing, drops nothing and keeps the session', async () => {
    await join();
    const handshake = a.wg('show', a.device, 'latest-handshakes');
    const loss = await a.lossDuring(b, 150, async () => {
      for (let n = 0; n < 5; n++) {
        a.restart();
        expect(await a.pass([...a.node, a.peer(b)])).toEqual(NOTHING);
      }
    });
    expect(loss).toBe('150 packets transmitted, 150 received');
    expect(a.wg('show', a.device, 'latest-handshakes')).toBe(handshake);
  });

  it('another endpoint, allowed IPs and keepalive change the peer in place, without a lost packet', async () => {
    await join();
    const handshake = a.wg('show', a.device, 'latest-handshakes');
    const own = parsePrefix('10.70.2.0/24');
    const extra = ['10.70.8.0/24', '10.70.9.0/24'].map((text) => parsePrefix(text));
    const endpoint = { address: parseAddress('172.31.0.12'), port: 51820 };
    const replaced = { changes: ['replace wireguard-peer'], conflicts: [], refused: [] };
    const loss = await a.lossDuring(b, 150, async () => {
      for (let n = 0; n < 10; n++) {
        const more = a.peer(b, { endpoint, allowedIps: [own, ...extra], keepaliveSeconds: 25 });
        expect(await a.pass([...a.node, more])).toEqual(replaced);
        expect(await a.pass([...a.node, a.peer(b)])).toEqual(replaced);
      }
      expect(await a.pass([...a.node, a.peer(b, { endpoint })])).toEqual(replaced);
    });
    expect(loss).toBe('150 packets transmitted, 150 received');
    expect(a.wg('show', a.device, 'latest-handshakes')).toBe(handshake);
    expect(a.wg('show', a.device, 'allowed-ips')).toBe(`${b.key.publicKey}\t10.70.2.0/24`);
  });

  it('an address moves from one peer to another in one pass, whichever of them comes first', async () => {
    const peers = ['00', '7f'].map((byte) => ({
      ...a.peer(b, { allowedIps: [] }),
      publicKey: Buffer.from(byte.repeat(32), 'hex').toString('base64'),
    }));
    const shared = parsePrefix('10.70.5.0/24');
    for (const owner of [0, 1, 0]) {
      const wanted = peers
        .map((peer, n) => (n === owner ? { ...peer, allowedIps: [shared] } : peer))
        .slice(1);
      const first = { ...peers[0]!, publicKey: b.key.publicKey, allowedIps: owner === 0 ? [shared] : [] };
      expect((await a.pass([...a.node, first, ...wanted])).refused).toEqual([]);
      expect(await a.pass([...a.node, first, ...wanted])).toEqual(NOTHING);
      const holder = owner === 0 ? b.key.publicKey : peers[1]!.publicKey;
      expect(a.wg('show', a.device, 'allowed-ips')).toContain(`${holder}\t10.70.5.0/24`);
    }
  });

  it('a roamed endpoint stays while its session lives, and through a restart; another wanted one is set at once', async () => {
    await join();
    b.wg('set', b.device, 'listen-port 51999');
    b.ping(a);
    const roamed = `${b.key.publicKey}\t172.31.0.2:51999`;
    expect(a.wg('show', a.device, 'endpoints')).toBe(roamed);
    expect(await a.pass([...a.node, a.peer(b)])).toEqual(NOTHING);
    a.restart();
    expect(await a.pass([...a.node, a.peer(b)])).toEqual(NOTHING);
    expect(a.wg('show', a.device, 'endpoints')).toBe(roamed);
    const elsewhere = { address: parseAddress('172.31.0.99'), port: 1 };
    await a.pass([...a.node, a.peer(b, { keepaliveSeconds: 5 })]);
    await a.pass([...a.node, a.peer(b, { endpoint: elsewhere })]);
    expect(a.wg('show', a.device, 'endpoints')).toBe(`${b.key.publicKey}\t172.31.0.99:1`);
  });

  it('D01 what another hand did to peers, port and preshared key is repaired', async () => {
    const presharedKey = Buffer.alloc(32, 7).toString('base64');
    const wanted = [...a.node, a.peer(b, { presharedKey })];
    await a.pass(wanted);
    expect(await a.pass(wanted)).toEqual(NOTHING);
    const other = Buffer.alloc(32, 9).toString('base64');
    writeFileSync(`${a.key.file}.other`, other);
    a.wg('set', a.device, 'listen-port 4000 peer', b.key.publicKey, 'preshared-key', `${a.key.file}.other`);
    a.wg('set', a.device, 'peer', Buffer.alloc(32, 10).toString('base64'), 'allowed-ips 10.70.2.0/25');
    expect((await a.pass(wanted)).changes).toEqual([
      'replace link',
      'replace wireguard-peer',
      'remove wireguard-peer',
    ]);
    expect(await a.pass(wanted)).toEqual(NOTHING);
    expect(a.wg('show', a.device, 'listen-port')).toBe('51820');
    expect(a.wg('show', a.device, 'preshared-keys')).toBe(`${b.key.publicKey}\t${presharedKey}`);
  });

  it('G01 no preshared key is shown: not the wanted one while it is set, nor another, and none is asked for twice', async () => {
    const [mine, other] = [7, 9].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string];
    const wanted = [...a.node, a.peer(b, { presharedKey: mine })];
    const shown = async (desired: DesiredState) =>
      JSON.stringify(
        [...(await a.kernel.read(a.ownership, desired)).objects.values()],
        (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
      );
    const keys = () => a.wg('show', a.device, 'preshared-keys').split('\t')[1];
    await a.pass(wanted);
    expect(keys()).toBe(mine);
    for (const desired of [byKey(wanted), new Map()]) expect(await shown(desired)).not.toContain(mine);
    writeFileSync(`${a.key.file}.other`, other);
    a.wg('set', a.device, 'peer', b.key.publicKey, 'preshared-key', `${a.key.file}.other`);
    expect(keys()).toBe(other);
    for (const desired of [byKey(wanted), new Map()]) expect(await shown(desired)).not.toContain(other);
    expect((await a.pass(wanted)).changes).toEqual(['replace wireguard-peer']);
    expect(keys()).toBe(mine);
    expect((await a.pass([...a.node, a.peer(b)])).changes).toEqual(['replace wireguard-peer']);
    expect(keys()).toBe('(none)');
    expect((await a.pass(wanted)).changes).toEqual(['replace wireguard-peer']);
    expect(keys()).toBe(mine);
    expect(await a.pass(wanted)).toEqual(NOTHING);
  });

  it('a device that wireguard-go made and that cannot be set up goes again, with its process and its socket', async () => {
    const { refused } = await a.pass([{ ...a.link, mtu: 70_000 }]);
    expect(refused).toEqual([expect.objectContaining({ code: 'EINVAL' })]);
    while (a.processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(a.run('ip -o link')).not.toContain(a.device);
    expect(existsSync(`/var/run/wireguard/${a.device}.sock`)).toBe(false);
    expect((await a.pass(a.node)).refused).toEqual([]);
  });

  it('a key file that is not the announced key is refused by name, and leaves no device', async () => {
    writeFileSync(a.key.file, Buffer.alloc(32, 5).toString('base64'));
    const { refused } = await a.pass(a.node.slice(0, 1));
    expect(refused).toEqual([expect.objectContaining({ code: 'OVL_WIREGUARD_KEY_MISMATCH' })]);
    expect(refused[0]!.message).toContain(a.key.publicKey);
    expect(JSON.stringify(refused)).not.toContain(Buffer.alloc(32, 5).toString('base64'));
    expect(a.run('ip -o link')).not.toContain(a.device);
    expect(a.processes()).toEqual([]);
  });

  it('a listen port in use is one clear error with the name of the program, and leaves no device', async () => {
    const bind = "require('dgram').createSocket('udp4').bind(51820, () => console.log('bound'))";
    const child = spawn('ip', ['netns', 'exec', a.name, process.execPath, '-e', bind]);
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const { refused } = await a.pass(a.node.slice(0, 1));
      expect(refused).toEqual([expect.objectContaining({ code: 'EADDRINUSE' })]);
      expect(refused[0]!.message).toMatch(
        /UDP port 51820 is in use by node \(process \d+\): set another ListenPort/,
      );
      expect(a.run('ip -o link')).not.toContain(a.device);
    } finally {
      child.kill();
    }
    expect((await a.pass(a.node)).refused).toEqual([]);
  });

  it('F07 a removed device takes its process and its socket with it', async () => {
    await a.pass(a.node);
    expect(a.processes()).toHaveLength(1);
    expect(await a.pass([])).toMatchObject({ refused: [] });
    while (a.processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(existsSync(`/var/run/wireguard/${a.device}.sock`)).toBe(false);
    expect(a.run('ip -o link')).not.toContain(a.device);
  });

  it('a wireguard-go that was killed is started again', async () => {
    await join();
    for (const pid of a.processes()) process.kill(Number(pid), 'SIGKILL');
    while (a.run('ip -o link').includes(a.device)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await a.pass([...a.node, a.peer(b)])).refused).toEqual([]);
    expect(a.ping(b)).toContain(' 0% packet loss');
  });

  it('D12 a device of that name without our alias is a conflict and is not touched', async () => {
    a.run(`ip tuntap add ${a.device} mode tun`);
    const { conflicts, changes } = await a.pass([a.link]);
    expect(changes).toEqual([]);
    expect(conflicts.map(({ reason }) => reason)).toEqual([expect.stringContaining('is not ours')]);
    expect(a.run('ip -o link')).toContain(a.device);
  });

  it('D24 a thousand peers are set, read back equal and changed', async () => {
    const peers = (second: number) =>
      Array.from({ length: 1000 }, (_, n) => ({
        ...a.peer(b),
        publicKey: Buffer.from(String(n).padStart(32, 'k')).toString('base64'),
        allowedIps: [parsePrefix(`10.70.${n >> 4}.${(n & 15) * 16}/28`)],
        endpoint: { address: parseAddress(`172.${second}.${n >> 8}.${n & 255}`), port: 51820 },
      }));
    for (const second of [20, 21]) {
      expect((await a.pass([...a.node, ...peers(second)])).refused).toEqual([]);
      expect(await a.pass([...a.node, ...peers(second)])).toEqual(NOTHING);
    }
    expect(a.wg('show', a.device, 'peers').split('\n')).toHaveLength(1000);
  });
});
