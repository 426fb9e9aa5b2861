import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { diff, byKey, objectKey } from '../src/index.js';
import type { KernelNotice, KernelObject } from '../src/index.js';
import { kernelContract } from './kernel-contract.js';
import { desiredOf, ownership, tunnels } from './contract-objects.js';
import { openNetnsRig, type NetnsRig } from './netns-rig.js';

kernelContract('a real network namespace', () => openNetnsRig());

const [, tunnel] = tunnels[0]!;

describe('the real kernel', () => {
  let rig: NetnsRig;
  afterEach(() => rig.close());

  it('D20 lost notifications become a resync, and the watch goes on', async () => {
    rig = openNetnsRig({ watchBufferBytes: 2048 });
    const notices: KernelNotice[] = [];
    let wake = (): void => undefined;
    const until = (ready: () => boolean) =>
      new Promise<void>((resolve) => {
        wake = () => ready() && resolve();
        wake();
      });
    await rig.kernel.watch((notice) => {
      notices.push(notice);
      wake();
    });
    rig.run('for i in $(seq 1 200); do echo "route add 10.99.$i.0/24 dev eth0 table 99"; done | ip -batch -');
    await until(() => notices.some((notice) => notice.type === 'resync'));
    await setTimeout(50);
    notices.length = 0;
    rig.run('ip route add 10.98.0.0/24 dev eth0');
    await until(() => notices.some((notice) => notice.type === 'route'));
  });

  it.each(tunnels)(
    'a new device comes up with its address: without one it drops what comes in (%s)',
    async (_family, { link, own }) => {
      rig = openNetnsRig();
      const wanted = byKey([own, link]);
      const { changes } = diff(wanted, await rig.kernel.read(ownership, wanted));
      const monitor = spawn('ip', ['-n', basename(rig.path), '-o', 'monitor', 'link', 'address']);
      const seen: string[] = [];
      createInterface({ input: monitor.stdout }).on('line', (line) => seen.push(line));
      const until = async (sought: RegExp) => {
        while (!seen.some((line) => sought.test(line))) await setTimeout(10);
        return seen.findIndex((line) => sought.test(line));
      };
      for (let n = 0; seen.length === 0; n++) {
        rig.run(`ip address add 192.0.2.${n}/32 dev lo`);
        await setTimeout(20);
      }
      expect(await rig.kernel.apply(changes)).toEqual(changes.map((change) => ({ change, ok: true })));
      const up = await until(new RegExp(`${link.name}: <[A-Z,_]*\\bUP\\b`));
      const address = await until(new RegExp(` ${link.name} +inet`));
      monitor.kill();
      expect(address).toBeLessThan(up);
    },
  );

  it('a device that cannot come up is refused with its reason, and nothing of it stays', async () => {
    rig = openNetnsRig();
    const { link, own } = tunnel;
    rig.run(
      `ip link add other type vxlan id 9 dstport ${link.port} local 172.31.0.1 gbp; ip link set other up`,
    );
    const wanted = byKey([own, link]);
    const outcomes = await rig.kernel.apply(diff(wanted, await rig.kernel.read(ownership, wanted)).changes);
    expect(outcomes.map((outcome) => [outcome.change.object.type, outcome.ok])).toEqual([
      ['link', false],
      ['address', false],
    ]);
    expect(rig.run('ip -o link')).not.toContain(link.name);
  });

  it.each(tunnels)(
    'our own peers are not reported to a watcher, the same by another hand are (%s)',
    async (family, { link, own, peer }) => {
      rig = openNetnsRig();
      const base = [link, own];
      const apply = async (objects: readonly KernelObject[]) => {
        const wanted = byKey(objects);
        await rig.kernel.apply(diff(wanted, await rig.kernel.read(ownership, wanted)).changes);
      };
      const heardDuring = async (work: () => Promise<void> | void) => {
        const heard: string[] = [];
        const watch = await rig.kernel.watch((notice) => heard.push(notice.type));
        await work();
        await setTimeout(60);
        watch.close();
        return heard.sort();
      };
      await apply(base);
      await setTimeout(60);
      expect(await heardDuring(() => apply([...base, ...peer(2), ...peer(3)]))).toEqual([]);
      expect(await heardDuring(() => apply([...base, ...peer(2)]))).toEqual([]);
      const six = family === 'IPv6' ? '-6' : '-4';
      const flush = `ip ${six} route flush dev ${link.name} proto 76`;
      expect(await heardDuring(() => void rig.run(flush))).toEqual(['route']);
      const entry = `$(bridge fdb show dev ${link.name} | cut -d' ' -f1 | head -n 1)`;
      expect(await heardDuring(() => void rig.run(`bridge fdb del ${entry} dev ${link.name}`))).toEqual([
        'neighbour',
      ]);
    },
  );

  it('F07 I7 nothing that is not ours differs after set-up, repair and clean-up', async () => {
    rig = openNetnsRig();
    rig.run(`ip link add decoy type vxlan id 9 local 172.31.0.1 dstport 8472; ip link set decoy up
      bridge fdb add 76:70:95:51:7d:02 dst 172.31.0.9 dev decoy self permanent
      ip neigh add 172.31.0.5 lladdr 76:70:95:51:7d:05 dev eth0 nud permanent
      ip route add 10.70.0.0/16 via 172.31.0.254; ip route add 192.168.0.0/16 via 172.31.0.253 proto 76
      ip rule add from 10.1.0.0/16 table 7 protocol 76`);
    const show = () =>
      rig.run(
        'ip -d link; ip address; ip route show table all; ip -6 route; ip neigh show nud permanent; bridge fdb; ip rule',
      );
    const before = show();
    const desired = desiredOf(tunnel);
    for (const wanted of [desired, desired, new Map()])
      expect(
        (await rig.kernel.apply(diff(wanted, await rig.kernel.read(ownership, wanted)).changes)).every(
          ({ ok }) => ok,
        ),
      ).toBe(true);
    expect(show()).toBe(before);
  });

  it("takes over flanneld's IPv6 device in place, its route by one atomic replace", async () => {
    rig = openNetnsRig();
    const [, six] = tunnels[1]!;
    const { name, mac } = six.link;
    rig.run(`ip link add ${name} address ${mac} mtu 1430 type vxlan id 1 local fd31::1 dev eth0 dstport 8472 nolearning udpcsum
      ip address add fc00:70:0:200::/128 dev ${name}; ip link set ${name} up
      ip neigh replace fc00:70:0:2:: lladdr 76:70:95:51:7d:02 dev ${name} nud permanent
      bridge fdb replace 76:70:95:51:7d:02 dst fd31::2 dev ${name} self permanent
      ip -6 route replace fc00:70:0:2::/64 via fc00:70:0:2:: dev ${name} onlink`);
    const desired = byKey([six.link, six.own, ...six.peer(2)]);
    const adopting = { ...ownership, adopt: true };
    const { changes } = diff(desired, await rig.kernel.read(adopting, desired));
    expect(changes.map(({ op, object }) => `${op} ${object.type}`)).toEqual([
      'replace link',
      'replace route',
    ]);
    expect((await rig.kernel.apply(changes)).every(({ ok }) => ok)).toBe(true);
    expect(diff(desired, await rig.kernel.read(ownership, desired))).toEqual({ changes: [], conflicts: [] });
    expect(rig.run('ip -6 route show fc00:70:0:2::/64')).toMatch(
      /^fc00:70:0:2::\/64 via fc00:70:0:2:: dev flannel-v6.1 proto (76|overlay) metric 1024 onlink/,
    );
  });

  it('D06 the device survives the loss of the interface its packets leave by', async () => {
    rig = openNetnsRig();
    const desired = desiredOf(tunnel);
    await rig.kernel.apply(diff(desired, await rig.kernel.read(ownership, desired)).changes);
    rig.run('ip link delete eth0; ip link add eth0 type veth peer name eth0p; ip link set eth0 up');
    expect(diff(desired, await rig.kernel.read(ownership, desired))).toEqual({ changes: [], conflicts: [] });
  });

  it('D24 F10 ten thousand peers are programmed, read back equal and removed', async () => {
    rig = openNetnsRig();
    const owner = { ...ownership, networks: [{ family: 4, bits: 10 * 2 ** 24, length: 8 } as const] };
    const peers = Array.from({ length: 10_000 }, (_, n) => {
      const bits = 10 * 2 ** 24 + n * 256;
      const mac = `0e:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
      const link = 'flannel.1';
      const gateway = { family: 4, bits } as const;
      return [
        {
          type: 'route',
          destination: { ...gateway, length: 24 },
          gateway,
          link,
          onlink: true,
          metric: 100 + (n & 1023),
          kind: 'unicast',
        },
        { type: 'neighbour', link, address: gateway, mac },
        { type: 'fdb', link, mac, destination: { family: 4, bits: 0xac200000 + n + 1 } },
      ] as const;
    });
    const desired = byKey([tunnel.link, ...peers.flat()]);
    const outcomes = await rig.kernel.apply(diff(desired, await rig.kernel.read(owner, desired)).changes);
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    const actual = await rig.kernel.read(owner, desired);
    expect(diff(desired, actual)).toEqual({ changes: [], conflicts: [] });
    const removed = await rig.kernel.apply(diff(byKey([tunnel.link]), actual).changes);
    expect(removed.filter(({ ok }) => !ok)).toEqual([]);
    expect([...(await rig.kernel.read(owner)).objects.keys()]).toEqual([objectKey(tunnel.link)]);
  });

  it('a batch in which every message fails keeps every reason', async () => {
    rig = openNetnsRig();
    await rig.kernel.read(ownership);
    const changes = Array.from({ length: 3000 }, (_, n) => ({
      op: 'add' as const,
      object: {
        type: 'route' as const,
        destination: { family: 4 as const, bits: 0x0a460000 + (n & 255) * 256, length: 24 },
        gateway: { family: 4 as const, bits: 0x08080808 },
        ...{ link: 'eth0', onlink: false, metric: n, kind: 'unicast' as const },
      },
    }));
    const outcomes = await rig.kernel.apply(changes);
    expect(new Set(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.code)))).toEqual(
      new Set(['ENETUNREACH']),
    );
  });
});
