import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { formatPrefix, parseAddress } from '@overlay/cidr';
import { inNamespace, openHostReader, openKernel, sendDatagram } from '../src/linux/index.js';
import { openNetlink } from '../src/linux/netlink-socket.js';
import { pollStream } from '../src/linux/watch.js';
import { openNetnsRig, type NetnsRig } from './netns-rig.js';

const RTNLGRP_LINK_MASK = 1;

describe('host facts', () => {
  let rig: NetnsRig;
  afterEach(() => rig.close());

  it('answers as `ip route get` does: on-link, via a gateway, local, unreachable', async () => {
    rig = openNetnsRig();
    rig.run('ip route add 10.9.0.0/16 via 172.31.0.254; ip route add unreachable 10.8.0.0/16');
    const reader = openHostReader({ netns: rig.path });
    const lookup = async (text: string) => reader.lookup(parseAddress(text));
    expect(await lookup('172.31.0.7')).toMatchObject({
      link: 'eth0',
      kind: 'unicast',
      source: parseAddress('172.31.0.1'),
    });
    expect(await lookup('172.31.0.7')).not.toHaveProperty('gateway');
    expect(await lookup('10.9.1.1')).toMatchObject({ link: 'eth0', gateway: parseAddress('172.31.0.254') });
    expect(await lookup('172.31.0.1')).toMatchObject({ kind: 'local' });
    expect(await lookup('fd31::7')).toMatchObject({ link: 'eth0' });
    expect(await lookup('10.8.0.1')).toBeUndefined();
    expect(await lookup('99.9.9.9')).toBeUndefined();
    reader.close();
  });

  it('lists links, addresses and the main table of both families', async () => {
    rig = openNetnsRig();
    rig.run('ip link set eth0 alias "host a"');
    const links = await rig.hand.links();
    expect(links.map((link) => link.name).sort()).toEqual(['eth0', 'eth0p', 'lo']);
    expect(links.find((link) => link.name === 'eth0')).toMatchObject({
      kind: 'veth',
      up: true,
      carrier: true,
      alias: 'host a',
    });
    const routes = (await rig.hand.routes()).map(
      (route) => `${formatPrefix(route.destination)} ${route.link ?? ''}`,
    );
    expect(routes).toEqual(expect.arrayContaining(['172.31.0.0/24 eth0', 'fd31::/64 eth0']));
  });
});

describe('edges', () => {
  it('a namespace that does not exist is named, and this thread stays where it was', () => {
    const inode = () => readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n').length;
    const before = inode();
    expect(() => openKernel({ netns: '/run/netns/dpk-none' })).toThrow(/dpk-none/);
    expect(inode()).toBe(before);
  });

  it('work that throws inside a namespace comes back from it', () => {
    const rig = openNetnsRig();
    const links = () => readFileSync('/proc/thread-self/net/dev', 'utf8');
    const before = links().includes('eth0p');
    expect(() =>
      inNamespace(rig.path, () => {
        expect(links()).toContain('eth0p');
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(links().includes('eth0p')).toBe(before);
    rig.close();
  });

  it('what is closed keeps no process alive', async () => {
    const pipes = () => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
    const rig = openNetnsRig();
    const before = pipes();
    const watches = [await rig.kernel.watch(() => undefined), await rig.kernel.watch(() => undefined)];
    expect(pipes()).toBe(before + 2);
    watches[0]?.close();
    rig.close();
    for (let turn = 0; turn < 50 && pipes() > before; turn++)
      await new Promise((resolve) => setImmediate(resolve));
    expect(pipes()).toBe(before);
  });

  it('without the pipe of libuv, notifications are polled, and closing ends it', async () => {
    const rig = openNetnsRig();
    const fd = openNetlink({ netns: rig.path, groups: RTNLGRP_LINK_MASK, nonBlocking: true });
    const bytes = await new Promise<number>((resolve, reject) => {
      const stream = pollStream(fd, {
        data: (chunk) => {
          stream.destroy();
          resolve(chunk.length);
        },
        error: reject,
      });
      rig.run('ip link add polled type bridge');
    });
    expect(bytes).toBeGreaterThan(16);
    rig.close();
  });
});

describe('sendDatagram', () => {
  it.each(['file', 'abstract'])('reaches a %s socket', async (kind) => {
    const directory = mkdtempSync(join(tmpdir(), 'dpk-notify-'));
    const path = kind === 'file' ? join(directory, 'notify') : `@dpk-notify-${process.pid}`;
    const receiver = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1].replace('@','\\0')); print('ready',flush=True); print(s.recv(100).decode(),flush=True)`;
    const child = execFile('python3', ['-c', receiver, path]);
    try {
      const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('ready');
      sendDatagram(path, 'READY=1\nSTATUS=up');
      expect([(await lines.next()).value, (await lines.next()).value]).toEqual(['READY=1', 'STATUS=up']);
    } finally {
      child.kill();
      rmSync(directory, { recursive: true });
    }
  });

  it('names the path nobody listens on', () => {
    expect(() => sendDatagram('/run/dpk-none', 'x')).toThrow(/\/run\/dpk-none: ENOENT/);
  });
});

afterAll(() => {
  expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toContain(`dpk-${process.pid}-`);
});
