import { parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDockerAgent } from '../src/engine/index.js';
import type { DockerAgent, DockerReport, DockerWish } from '../src/model.js';
import { DockerdHost } from './dockerd-host.js';

const TIMEOUT_MS = 3000;
const WISH: DockerWish = {
  mode: 'network',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};
const NEXT = { ...WISH, subnet: parseIpv4Prefix('10.5.35.0/24') };

jest.setTimeout(60_000);

let host: DockerdHost;
let agent: DockerAgent;

beforeAll(async () => {
  host = await DockerdHost.create('net');
  agent = openDockerAgent({
    mode: 'network',
    socketPath: host.socket,
    stateFile: `${host.directory}/state.json`,
    timeoutMs: TIMEOUT_MS,
  });
});

afterAll(() => host.destroy());

const inspect = async (format: string) => host.docker('network', 'inspect', '-f', format, 'overlay');
const codes = (report: DockerReport) => report.problems.map((found) => found.code);

/** Waits for a reason that starts so. */
async function heard(reasons: readonly string[], start: string): Promise<void> {
  for (let i = 0; i < 100 && !reasons.some((reason) => reason.startsWith(start)); i++) await sleep(100);
  expect(reasons.find((reason) => reason.startsWith(start))).toBeDefined();
}

describe('E13 Docker absent at first', () => {
  it('is reported as waiting, and the watch says when it appears', async () => {
    const reasons: string[] = [];
    const watch = agent.watch((reason) => reasons.push(reason));
    const report = await agent.ensure(WISH);
    expect(report).toMatchObject({ reachable: false, state: 'waiting' });
    expect(codes(report)).toEqual(['OVL_DOCKER_UNREACHABLE']);
    expect(reasons).toEqual([]);
    await host.start();
    await host.importBox();
    await heard(reasons, 'Docker answers');
    watch.close();
  });
});

describe('network mode', () => {
  afterEach(async () => {
    await host.removeBoxes();
    await host.docker('network', 'prune', '-f');
  });

  it('creates a network that containers use without a restart of Docker', async () => {
    const report = await agent.ensure(WISH);
    expect(report).toMatchObject({
      state: 'ready',
      reachable: true,
      bridge: 'ovl-br-default',
      subnet: '10.5.34.0/24',
    });
    expect(report).toMatchObject({
      problems: [],
      changes: ['created network overlay'],
      firewallBackend: 'iptables',
    });
    expect(report.version).toMatch(/^\d+\.\d+/);
    await host.box('c1', '--network', 'overlay');
    const address = await host.docker('exec', 'c1', '/bin/ip', '-o', 'addr', 'show', 'eth0');
    expect(address).toContain('inet 10.5.34.2/24');
    expect(await host.docker('exec', 'c1', '/bin/ip', 'link', 'show', 'eth0')).toContain('mtu 1450');
    expect(await host.exec('ip', '-o', '-4', 'addr', 'show', 'ovl-br-default')).toContain('10.5.34.1/24');
    expect(await host.exec('iptables', '-t', 'nat', '-S', 'POSTROUTING')).not.toContain('10.5.34.0/24');
    expect(await inspect('{{json .Labels}}')).toBe(
      '{"overlay.instance":"default","overlay.managed":"true","overlay.subnet":"10.5.34.0/24"}',
    );
    expect(await agent.ensure(WISH)).toMatchObject({ state: 'ready', changes: [] });
  });

  it('creates a dual-stack network when IPv6 is leased', async () => {
    const wish = { ...WISH, ipv6Subnet: parseIpv6Prefix('fd00:5:34::/64') };
    expect(await agent.ensure(wish)).toMatchObject({ state: 'ready', problems: [] });
    expect(await inspect('{{json .IPAM.Config}}')).toContain(
      '{"Subnet":"fd00:5:34::/64","Gateway":"fd00:5:34::1"}',
    );
    expect(await agent.ensure(wish)).toMatchObject({ state: 'ready', changes: [] });
    expect((await agent.ensure(WISH)).changes[0]).toContain('recreated network overlay (subnet');
  });

  const byHand = (subnet: string, mtu: string) =>
    host.docker(
      ...['network', 'create', '--subnet', subnet, '-o', `com.docker.network.driver.mtu=${mtu}`],
      ...['-o', 'com.docker.network.bridge.enable_ip_masquerade=false', 'overlay'],
    );

  it('adopts an equal network made by hand, and cleanup leaves it', async () => {
    const id = await byHand('10.5.34.0/24', '1450');
    const report = await agent.ensure(WISH);
    expect(report).toMatchObject({ state: 'ready', bridge: `br-${id.slice(0, 12)}`, changes: [] });
    expect(await agent.cleanup(WISH)).toEqual([]);
    expect(await inspect('{{.Id}}')).toBe(id);
  });

  it('reports a different network made by hand and leaves it', async () => {
    const id = await byHand('10.5.34.0/24', '1400');
    const report = await agent.ensure(WISH);
    expect(report.state).toBe('conflict');
    expect(report.problems[0]).toMatchObject({ code: 'OVL_DOCKER_NETWORK_DIFFERS' });
    expect(report.problems[0]?.message).toContain('mtu 1400, wanted 1450');
    expect(await inspect('{{.Id}}')).toBe(id);
  });

  it('E19 reports who has the subnet, and warns of the pools', async () => {
    await host.docker('network', 'create', '--subnet', '10.5.0.0/16', 'web');
    expect(codes(await agent.ensure(WISH))).toEqual(['OVL_DOCKER_SUBNET_TAKEN']);
    await host.docker('network', 'rm', 'web');
    const report = await agent.ensure({ ...WISH, overlayNetwork: parseIpv4Prefix('172.17.0.0/16') });
    expect([report.state, ...codes(report)]).toEqual(['ready', 'OVL_DOCKER_POOL_OVERLAP']);
  });

  it('recreates an unused network when the lease changed', async () => {
    await agent.ensure(WISH);
    const report = await agent.ensure(NEXT);
    expect(report).toMatchObject({ state: 'ready', subnet: '10.5.35.0/24' });
    expect(report.changes).toEqual(['recreated network overlay (subnet 10.5.34.0/24, wanted 10.5.35.0/24)']);
  });

  it('E15 waits for the last container and then follows the lease, told by the watch', async () => {
    await agent.ensure(WISH);
    await host.box('c1', '--network', 'overlay');
    await host.box('c2', '--network', 'overlay');
    const report = await agent.ensure(NEXT);
    expect(report).toMatchObject({ state: 'waiting', subnet: '10.5.34.0/24', bridge: 'ovl-br-default' });
    expect(codes(report)).toEqual(['OVL_DOCKER_NETWORK_IN_USE']);
    expect(report.problems[0]?.message).toMatch(/in use by (c1, c2|c2, c1)\./);
    const reasons: string[] = [];
    const watch = agent.watch((reason) => reasons.push(reason));
    await heard(reasons, 'Docker answers');
    await host.docker('rm', '-f', 'c1');
    expect((await agent.ensure(NEXT)).state).toBe('waiting');
    await host.docker('network', 'disconnect', 'overlay', 'c2');
    await heard(reasons, 'network disconnect overlay');
    watch.close();
    expect(await agent.ensure(NEXT)).toMatchObject({ state: 'ready', subnet: '10.5.35.0/24' });
  });

  it('takes stopped containers along to the new network, so that they start again', async () => {
    await agent.ensure(WISH);
    await host.box('byname', '--network', 'overlay', '--network-alias', 'web');
    await host.box('byid', '--network', await inspect('{{.Id}}'));
    await host.box('fixed', '--network', 'overlay', '--ip', '10.5.34.77');
    await host.docker('create', '--name', 'fresh', '--network', 'overlay', 'dkt/box', '/bin/sleep', '1000');
    await host.docker('kill', 'byname', 'byid', 'fixed');
    const report = await agent.ensure(NEXT);
    expect(report.state).toBe('ready');
    expect([...report.changes].sort()).toEqual([
      'attached the stopped container byid to the new network overlay',
      'attached the stopped container byname to the new network overlay',
      'attached the stopped container fixed to the new network overlay without its fixed address 10.5.34.77',
      'recreated network overlay (subnet 10.5.34.0/24, wanted 10.5.35.0/24)',
    ]);
    await host.docker('start', 'byname', 'byid', 'fixed', 'fresh');
    const settings = await host.docker(
      'inspect',
      '-f',
      '{{json .NetworkSettings.Networks.overlay}}',
      'byname',
    );
    expect(settings).toContain('"IPAddress":"10.5.35.');
    expect(settings).toContain('"web"');
    expect((await agent.ensure(NEXT)).changes).toEqual([]);
  });

  it('cleanup leaves a network in use, says so, and removes it afterwards', async () => {
    await agent.ensure(WISH);
    await host.box('c1', '--network', 'overlay');
    expect(await agent.cleanup(WISH)).toEqual(['left Docker network overlay: c1 still attached']);
    await host.removeBoxes();
    expect(await agent.cleanup({ ...WISH, instance: 'blue' })).toEqual([]);
    expect(await agent.cleanup(WISH)).toEqual(['removed Docker network overlay']);
  });

  it('E14 a frozen dockerd does not hold ensure or cleanup longer than their time', async () => {
    await agent.ensure(WISH);
    host.freeze();
    try {
      const started = performance.now();
      const report = await agent.ensure(WISH);
      expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + 500);
      expect(report).toMatchObject({ reachable: false, state: 'waiting' });
      expect(codes(report)).toEqual(['OVL_DOCKER_TIMEOUT']);
      expect((await agent.cleanup(WISH))[0]).toContain('did not answer');
    } finally {
      host.thaw();
    }
    expect((await agent.ensure(WISH)).state).toBe('ready');
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'finds its network again after dockerd ended by %s and started',
    async (signal) => {
      await agent.ensure(WISH);
      const reasons: string[] = [];
      const watch = agent.watch((reason) => reasons.push(reason));
      await heard(reasons, 'Docker answers');
      reasons.length = 0;
      await host.stop(signal);
      await heard(reasons, 'Docker went');
      await host.start();
      await heard(reasons, 'Docker answers');
      expect(await agent.ensure(WISH)).toMatchObject({ state: 'ready', changes: [] });
      await host.docker('network', 'create', 'other');
      await heard(reasons, 'network create other');
      watch.close();
    },
  );
});
