import { createHash } from 'node:crypto';
import { byKey } from '../src/index.js';
import type { Outcome } from '../src/index.js';
import { openUdpProxyPart } from '../src/linux/index.js';
import { ipv4Packet } from './udp-proxy-packets.js';
import { DEVICE, MTU, openProxyRig, ownership, type ProxyHost, type ProxyRig } from './udp-proxy-rig.js';

jest.setTimeout(60_000);

let rig: ProxyRig;
const open = (size: number): [ProxyHost, ProxyHost, ProxyHost] => {
  rig = openProxyRig(size);
  return rig.hosts as unknown as [ProxyHost, ProxyHost, ProxyHost];
};
afterEach(() => rig.close());

const reasons = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) => (outcome.ok ? [] : [`${outcome.code} ${outcome.message}`]));
const ping = (host: ProxyHost, ...argv: string[]): Promise<string> =>
  host.run('ping', '-n', '-c', '1', '-W', '2', ...argv);
const dropped = (host: ProxyHost) => host.part.stats().get(DEVICE)?.dropped;

/** Brings the proxy up on each host, with all others as peers. */
async function mesh(hosts: readonly ProxyHost[], port = 8285): Promise<void> {
  for (const host of hosts) {
    const others = hosts.filter((other) => other !== host).map(({ n }) => n);
    const objects = host.objects(others, port);
    expect(reasons(await host.apply(objects))).toEqual([]);
    expect(await host.difference(objects)).toEqual({ changes: [], conflicts: [] });
  }
}

describe('three hosts', () => {
  it('reach one another, and both ends take one from the time to live, as with Flannel', async () => {
    const hosts = open(3);
    await mesh(hosts);
    for (const from of hosts)
      for (const to of hosts.filter((other) => other !== from)) {
        expect(await ping(from, `10.77.${to.n}.0`)).toContain('ttl=62');
        expect(await ping(from, `fd77:${to.n}::`)).toContain('ttl=62');
      }
  });

  it('G06 deliver only packets of a subnet of the host that sent them', async () => {
    const [a, , c] = open(3);
    await mesh(rig.hosts);
    const send = (source: number) => {
      const hex = Buffer.from(ipv4Packet({ source, destination: 0x0a4d0100 })).toString('hex');
      return c.script(
        `const s=require('dgram').createSocket('udp4');s.send(Buffer.from('${hex}','hex'),8285,'172.30.77.1',()=>s.close())`,
      );
    };
    const before = a.part.stats().get(DEVICE)!.fromPeers.packets;
    await send(0x0a4d0205);
    await send(0x0a4d0905);
    await send(0x0a4d0305);
    await until(() => a.part.stats().get(DEVICE)!.fromPeers.packets > before);
    expect(dropped(a)).toMatchObject({ wrongHost: 1, sourceUnknown: 1 });
    expect(a.part.stats().get(DEVICE)!.fromPeers.packets).toBe(before + 1);
  });
});

async function listening(host: ProxyHost): Promise<void> {
  while (!(await host.run('ss', '-Hlun')).includes(':8285'))
    await new Promise((resolve) => setTimeout(resolve, 50));
}

async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('two hosts', () => {
  it('carry 4 MB of TCP unchanged', async () => {
    const [a, b] = open(2);
    await mesh(rig.hosts);
    const bytes = 4_000_000;
    const server =
      b.script(`require('net').createServer({allowHalfOpen:true},s=>{const h=require('crypto').createHash('sha256');
      s.on('data',d=>h.update(d)).on('end',()=>s.end(h.digest('hex'),()=>process.exit()))}).listen(5001,'10.77.2.0')`);
    const sent = await a.script(`const go=()=>{const s=require('net').connect(5001,'10.77.2.0');let t='';
      s.on('error',()=>setTimeout(go,50)).on('connect',()=>s.end(Buffer.alloc(${bytes},'overlay'))).on('data',d=>t+=d).on('end',()=>console.log(t))};go()`);
    await server;
    const expected = createHash('sha256').update(Buffer.alloc(bytes, 'overlay')).digest('hex');
    expect(sent.trim()).toBe(expected);
  });

  it('carry a packet of the full MTU that must not be fragmented, in one datagram', async () => {
    const [a] = open(2);
    await mesh(rig.hosts);
    expect(await ping(a, '-M', 'do', '-s', String(MTU - 28), '10.77.2.0')).toContain('ttl=62');
    expect(await ping(a, '-M', 'do', '-s', String(MTU - 27), '10.77.2.0')).toContain(`mtu=${MTU}`);
    expect(await a.run('cat', '/proc/net/snmp')).toMatch(/\nIp: (?:\d+ ){16}0 0 0/);
  });

  it('have the bare packet as the payload, from the port to the same port', async () => {
    const [a, b] = open(2);
    await a.apply(a.objects([2]));
    const heard = b.script(`const s=require('dgram').createSocket('udp4');
      s.on('message',(m,r)=>{if(m[0]>>4===4){console.log(m.toString('hex'),r.address,r.port);process.exit()}}).bind(8285,'172.30.77.2')`);
    await listening(b);
    await ping(a, '-s', '8', '-t', '20', '-W', '0.1', '10.77.2.9');
    const [hex = '', ...from] = (await heard).trim().split(' ');
    expect(from).toEqual(['172.30.77.1', '8285']);
    expect(hex).toMatch(/^45000024[0-9a-f]{4}40001301[0-9a-f]{4}0a4d01000a4d02090800[0-9a-f]{28}$/);
  });

  it('a packet for no peer is answered with network unreachable', async () => {
    const [a] = open(2);
    await mesh(rig.hosts);
    await a.run('ip', 'route', 'add', '10.77.9.0/24', 'dev', DEVICE);
    expect(await ping(a, '10.77.9.1')).toContain('Destination Net Unreachable');
    expect(dropped(a)?.noPeer).toBeGreaterThan(0);
  });

  it('a packet whose time to live ends on the way is dropped', async () => {
    const [a] = open(2);
    await mesh(rig.hosts);
    expect(await ping(a, '-W', '0.3', '-t', '1', '10.77.2.0')).toContain('100% packet loss');
    expect(dropped(a)?.ttlExceeded).toBe(1);
  });

  it('device, address and routes outlive the process; the next one takes them over', async () => {
    const [a] = open(2);
    await mesh(rig.hosts);
    const show = () =>
      a.run('sh', '-c', `ip -o address show ${DEVICE}; ip -o link show ${DEVICE} | cut -d: -f1; ip route`);
    const before = await show();
    a.close();
    const without = (text: string) => text.replaceAll(' linkdown', '');
    expect(without(await show())).toBe(before);
    a.open();
    const objects = a.objects([2]);
    const { changes } = await a.difference(objects);
    expect(changes.map(({ op, object }) => `${op} ${object.type}`)).toEqual([
      'add link',
      'add proxy-peer',
      'add proxy-peer',
    ]);
    expect(reasons(await a.apply(objects))).toEqual([]);
    expect(await show()).toBe(before);
    expect(await ping(a, '10.77.2.0')).toContain('ttl=62');
  });

  it('another port is bound in place: the device, its routes and its peers stay', async () => {
    const [a, b] = open(2);
    await mesh(rig.hosts);
    const index = await a.run('cat', `/sys/class/net/${DEVICE}/ifindex`);
    await mesh([a, b], 8299);
    expect(await ping(a, '10.77.2.0')).toContain('ttl=62');
    expect(await a.run('cat', `/sys/class/net/${DEVICE}/ifindex`)).toBe(index);
    expect(await a.run('ss', '-Hlun')).toMatch(/^(?!.*:8285).*172\.30\.77\.1:8299/s);
  });

  it('a device that somebody deletes or puts down is put back', async () => {
    const [a] = open(2);
    await mesh(rig.hosts);
    await a.run('ip', 'link', 'set', DEVICE, 'down');
    await a.apply(a.objects([2]));
    expect(await ping(a, '10.77.2.0')).toContain('ttl=62');
    await a.run('ip', 'link', 'delete', DEVICE);
    await until(() => a.logged.length > 0);
    expect(a.logged).toEqual([expect.stringContaining(`${DEVICE} carries no packets any more`)]);
    expect(reasons(await a.apply(a.objects([2])))).toEqual([]);
    expect(await ping(a, '10.77.2.0')).toContain('ttl=62');
  });
});

describe('one host', () => {
  it('removes its device, and one that an earlier process left', async () => {
    const [a] = open(1);
    await mesh([a]);
    await a.apply([]);
    expect(await a.run('ip', 'link')).not.toContain(DEVICE);
    await mesh([a]);
    a.close();
    a.open();
    await a.apply([]);
    expect(await a.run('ip', 'link')).not.toContain(DEVICE);
  });

  it('a device of another owner with the name is a conflict, and is not touched', async () => {
    const [a] = open(1);
    await a.run('ip', 'tuntap', 'add', DEVICE, 'mode', 'tun');
    const { conflicts } = await a.difference(a.objects([2]));
    expect(conflicts[0]?.reason).toMatch(/a tun device .* is not ours/);
    const [outcome] = await a.part.apply([{ op: 'add', object: a.link() }]);
    expect(outcome).toMatchObject({ ok: false, code: 'EEXIST' });
    expect(await a.run('ip', '-o', 'link', 'show', DEVICE)).toContain('mtu 1500');
  });

  it('a port in use is one error, and no device is left', async () => {
    const [a] = open(1);
    const holder = openUdpProxyPart({ netns: a.path, log: () => undefined });
    await holder.apply([{ op: 'add', object: a.link({ name: `${DEVICE}b` }) }]);
    const [outcome] = await a.apply([a.link()]);
    expect(outcome).toMatchObject({
      ok: false,
      code: 'EADDRINUSE',
      message: expect.stringContaining('UDP port 8285') as string,
    });
    expect(await a.run('ip', 'link')).not.toContain(`${DEVICE}:`);
    holder.close();
  });

  it('a device whose packets another process carries is one error, and that process goes on', async () => {
    const [a] = open(2);
    await mesh(rig.hosts);
    const second = openUdpProxyPart({ netns: a.path, log: () => undefined });
    const link = a.link({ port: 8286 });
    expect((await second.read(ownership, byKey([link]))).objects.size).toBe(0);
    const [outcome] = await second.apply([{ op: 'add', object: link }]);
    second.close();
    expect(outcome).toMatchObject({ ok: false, code: 'EBUSY' });
    expect(await ping(a, '10.77.2.0')).toContain('ttl=62');
  });

  it('a device of another kind that takes the place of one gets its port', async () => {
    const [host] = open(1);
    await host.apply(host.objects([]));
    expect(await host.run('ss', '-Huln')).toContain(':8285');
    await host.apply([{ type: 'link', kind: 'dummy', name: DEVICE, mtu: MTU, alias: ownership.alias }]);
    await host.difference([]);
    expect(await host.run('ss', '-Huln')).not.toContain(':8285');
  });

  it('a device of ours of another kind makes room', async () => {
    const [a] = open(2);
    const address = a.objects([])[1]!;
    await a.apply([
      { type: 'link', kind: 'dummy', name: DEVICE, mtu: 1400, alias: ownership.alias },
      address,
    ]);
    await mesh(rig.hosts);
    expect(await ping(a, '10.77.2.0')).toContain('ttl=62');
  });
});
