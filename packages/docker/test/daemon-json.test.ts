import { readFile, writeFile } from 'node:fs/promises';
import { parseIpv4Prefix, parseIpv6Prefix } from '@overlay/cidr';
import { openDockerAgent, type DockerAgentOptions } from '../src/engine/index.js';
import type { DockerAgent, DockerReport, DockerWish } from '../src/model.js';
import { DockerdHost } from './dockerd-host.js';

const WISH: DockerWish = {
  mode: 'daemon-json',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};
const NEXT = { ...WISH, subnet: parseIpv4Prefix('10.5.35.0/24') };
// A bip, because Docker remembers the subnet of docker0 across restarts and goes on with it where there is none.
const ORIGINAL = '{\n    "debug": false,\n    "bip": "172.17.0.1/16"\n}\n';

jest.setTimeout(60_000);

let host: DockerdHost;

beforeAll(async () => {
  host = await DockerdHost.create('json');
  await host.start();
  await host.importBox();
});

afterAll(() => host.destroy());

beforeEach(async () => {
  await host.removeBoxes();
  await host.stop();
  await writeFile(host.daemonJson, ORIGINAL);
  await host.start();
});

function open(options: Partial<DockerAgentOptions> = {}): DockerAgent {
  return openDockerAgent({
    mode: 'daemon-json',
    socketPath: host.socket,
    daemonJson: host.daemonJson,
    pidFile: host.pidFile,
    stateFile: `${host.directory}/state/daemon-json.json`,
    timeoutMs: 3000,
    unitFiles: { units: [], dropIns: [], defaults: '/nonexistent' },
    ...options,
  });
}

const codes = (report: DockerReport) => report.problems.map((found) => found.code);

describe('daemon-json mode', () => {
  it('writes the lease, asks for a restart, and the restarted Docker uses it', async () => {
    const agent = open();
    const report = await agent.ensure(WISH);
    expect(report).toMatchObject({ state: 'restart-required', bridge: 'docker0', subnet: '172.17.0.0/16' });
    expect(report.changes).toEqual([`wrote ${host.daemonJson} (bip, fixed-cidr, mtu, ip-masq)`]);
    expect(codes(report)).toEqual(['OVL_DOCKER_SUBNET_DIFFERS']);
    expect(report.problems[0]?.message).toContain('mtu 1500, wanted 1450; ip-masq true, wanted false');
    await host.stop();
    await host.start();
    expect(await agent.ensure(WISH)).toMatchObject({
      state: 'ready',
      subnet: '10.5.34.0/24',
      problems: [],
      changes: [],
    });
    await host.box('c1');
    const address = await host.docker('exec', 'c1', '/bin/ip', 'addr', 'show', 'eth0');
    expect(address).toMatch(/mtu 1450[^]*inet 10\.5\.34\.2\/24/);
    expect(await host.exec('iptables', '-t', 'nat', '-S', 'POSTROUTING')).not.toContain('10.5.34.0/24');
  });

  it('cleanup gives back the original byte for byte, also after a changed lease', async () => {
    await open().ensure(WISH);
    await open().ensure(NEXT);
    expect(JSON.parse(await readFile(host.daemonJson, 'utf8'))).toMatchObject({ bip: '10.5.35.1/24' });
    const done = await open().cleanup(WISH);
    expect(done).toEqual([
      `wrote ${host.daemonJson} (bip, fixed-cidr, mtu, ip-masq); restart Docker for it to take effect`,
    ]);
    expect(await readFile(host.daemonJson, 'utf8')).toBe(ORIGINAL);
    expect(await open().cleanup(WISH)).toEqual([]);
  });

  it('gives docker0 the IPv6 subnet of the lease too', async () => {
    const wish = { ...WISH, ipv6Subnet: parseIpv6Prefix('fd00:5:34::/64') };
    expect((await open().ensure(wish)).problems[0]?.message).toContain(
      'IPv6 subnet none, wanted fd00:5:34::/64',
    );
    await host.stop();
    await host.start();
    expect(await open().ensure(wish)).toMatchObject({ state: 'ready', subnet: '10.5.34.0/24', problems: [] });
    await open().cleanup(wish);
  });

  it('gives a bridge of the administrator its range', async () => {
    await host.exec('ip', 'link', 'add', 'br0', 'type', 'bridge');
    await host.exec('ip', 'addr', 'add', '10.5.0.1/16', 'dev', 'br0');
    await writeFile(host.daemonJson, '{"bridge": "br0"}');
    expect((await open().ensure(WISH)).changes).toEqual([
      `wrote ${host.daemonJson} (fixed-cidr, mtu, ip-masq)`,
    ]);
    await host.stop();
    await host.start();
    expect(await open().ensure(WISH)).toMatchObject({
      state: 'ready',
      bridge: 'br0',
      subnet: '10.5.34.0/24',
      problems: [],
    });
    await host.box('c1');
    expect(await host.docker('exec', 'c1', '/bin/ip', 'addr', 'show', 'eth0')).toContain('inet 10.5.34.');
  });

  it('E15 live-restore with a running container: says why the restarted Docker keeps the old network', async () => {
    await host.stop();
    await writeFile(host.daemonJson, '{"live-restore": true, "bip": "172.17.0.1/16"}');
    await host.start();
    await host.box('c1');
    await open().ensure(WISH);
    await host.stop();
    await host.start();
    const report = await open().ensure(WISH);
    expect(report).toMatchObject({ state: 'restart-required', subnet: '172.17.0.0/16', changes: [] });
    expect(report.problems[0]?.message).toContain(
      'live-restore keeps the old network as long as a container runs (1 now)',
    );
    await host.removeBoxes();
    await host.stop();
    await host.start();
    expect((await open().ensure(WISH)).state).toBe('ready');
  });

  it('E18 a key that the running dockerd has as a flag is refused and nothing written', async () => {
    await host.stop();
    await host.start('--mtu', '1400');
    const report = await open().ensure(WISH);
    expect(report.state).toBe('conflict');
    expect(report.problems[0]).toMatchObject({ code: 'OVL_DOCKER_FLAG_CONFLICT' });
    expect(report.problems[0]?.message).toContain(
      '--mtu=1400 is given to dockerd in the running dockerd (pid ',
    );
    expect(await readFile(host.daemonJson, 'utf8')).toBe(ORIGINAL);
  });

  it('E18 a key that the unit, a drop-in or its environment file gives is refused with the place', async () => {
    const path = (name: string) => `${host.directory}/${name}`;
    await writeFile(
      path('docker.service'),
      `[Service]\nEnvironmentFile=-${path('opts')}\nExecStart=dockerd $DOCKER_OPTS\n`,
    );
    await writeFile(path('opts'), 'DOCKER_OPTS=" --bip=10.1.74.1/24 --ip-masq=true"\n');
    await writeFile(path('10.conf'), '[Service]\nExecStart=\nExecStart=dockerd --mtu=1400\n');
    const unitFiles = {
      units: [path('none'), path('docker.service')],
      dropIns: [host.directory],
      defaults: '/nonexistent',
    };
    const report = await open({ unitFiles }).ensure(WISH);
    const conflicts = report.problems.filter((found) => found.code === 'OVL_DOCKER_FLAG_CONFLICT');
    const places = conflicts.map((found) => found.message.split('; ')[0]);
    expect(places).toEqual([
      `--mtu=1400 is given to dockerd in ${path('10.conf')}`,
      `--bip=10.1.74.1/24 is given to dockerd in ${path('opts')}`,
      `--ip-masq=true is given to dockerd in ${path('opts')}`,
    ]);
    expect(await readFile(host.daemonJson, 'utf8')).toBe(ORIGINAL);
  });

  it('says so when dockerd reads another file', async () => {
    const report = await open({ daemonJson: `${host.directory}/other.json` }).ensure(WISH);
    expect(report.problems[0]?.message).toContain(`dockerd reads ${host.daemonJson} (--config-file in`);
    await expect(readFile(`${host.directory}/other.json`)).rejects.toThrow('ENOENT');
  });

  it('restarts Docker once for a lease when told to, and never otherwise', async () => {
    const marker = `${host.directory}/restarts`;
    const restartCommand = ['sh', '-c', `echo restart >> ${marker}`];
    const agent = open({ restartCommand });
    await agent.ensure(WISH);
    await expect(readFile(marker)).rejects.toThrow('ENOENT');
    const wish = { ...WISH, restart: 'when-changed' as const };
    expect((await agent.ensure(wish)).changes).toEqual([`restarted Docker (${restartCommand.join(' ')})`]);
    expect((await open({ restartCommand }).ensure(wish)).problems[0]?.message).toContain(
      'was restarted for this once',
    );
    expect(await readFile(marker, 'utf8')).toBe('restart\n');
    const failing = await open({ restartCommand: ['false'] }).ensure({ ...wish, mtu: 1400 });
    expect(failing.problems[0]?.message).toContain('false failed: ');
    await agent.ensure({ ...wish, subnet: NEXT.subnet });
    expect(await readFile(marker, 'utf8')).toBe('restart\nrestart\n');
  });

  it('E14 a frozen dockerd does not keep the file from being written, nor ensure from its time', async () => {
    host.freeze();
    try {
      const started = performance.now();
      const report = await open().ensure(WISH);
      expect(performance.now() - started).toBeLessThan(3500);
      expect(report).toMatchObject({ reachable: false, state: 'waiting' });
      expect(report.changes).toHaveLength(1);
    } finally {
      host.thaw();
    }
  });
});
