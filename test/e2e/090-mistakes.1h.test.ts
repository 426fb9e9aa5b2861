import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun, type Cluster, type Daemon, type Host, type Overlayd } from '@overlay/testbed';
import { Authority } from '../../packages/lease/test/rig/certificates';
import { dockerState, dockerStatus } from './support/docker';
import { eventually, openRig, putConfig, sh } from './support/rig';

jest.setTimeout(60_000);

let cluster: Cluster;
let host: Host;

beforeAll(async () => {
  cluster = await openRig(
    { name: 'tb-e90', hosts: 1 },
    { Network: '10.5.0.0/16', Backend: { Type: 'alloc' } },
  );
  host = cluster.host(1);
}, 60_000);

afterAll(() => cluster.destroy());

/** A daemon of this test alone, stopped after it. */
async function withDaemon(
  options: Parameters<Host['overlayd']>[0] & { args?: readonly string[] },
  work: (overlayd: Overlayd) => Promise<void>,
): Promise<void> {
  const overlayd = host.overlayd(options);
  overlayd.start(options.args);
  try {
    await work(overlayd);
  } finally {
    await overlayd.stop();
  }
}

/** Says the code in one line, goes on, is alive and not ready. */
async function saysAndGoesOn(overlayd: Overlayd, code: string, message: RegExp): Promise<void> {
  const said = (): Promise<boolean> => Promise.resolve(overlayd.log().includes(code));
  await eventually(`${code} in the log`, said, 8000).catch((cause: unknown) => {
    throw new Error(`no ${code} in the log:\n${overlayd.log()}`, { cause });
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const lines = overlayd
    .log()
    .split('\n')
    .filter((line) => line.includes(code));
  if (lines.length !== 1) throw new Error(`not one line with ${code}:\n${overlayd.log()}`);
  expect(lines).toEqual([expect.stringMatching(message)]);
  expect(overlayd.running).toBe(true);
  expect((await overlayd.health('healthz')).code).toBe(0);
  expect((await overlayd.health('readyz')).code).not.toBe(0);
}

describe('on the command line and in the environment', () => {
  const file = (name: string, text: string): string => {
    const path = join(host.context.directory, name);
    writeFileSync(path, text);
    return path;
  };

  test.each<[string, () => string[], RegExp]>([
    ['an unknown flag', () => ['--bogus'], /unknown flag --bogus/],
    ['a stray word', () => ['start'], /unexpected argument "start"/],
    ['a flag without its value', () => ['--etcd-prefix'], /--etcd-prefix needs a value/],
    ['a number that is none', () => ['--healthz-port=x'], /--healthz-port.*0 to 65535/],
    ['a number out of bounds', () => ['--iptables-resync=0'], /--iptables-resync.*1 to 86400/],
    ['a choice that is none', () => ['--docker=maybe'], /--docker.*off, daemon-json, network/],
    ['an endpoint of another kind', () => ['--etcd-endpoints=ftp://x'], /--etcd-endpoints.*ftp:\/\/x/],
    [
      'a certificate without its key',
      () => ['--etcd-certfile=/x'],
      /--etcd-certfile and --etcd-keyfile go together/,
    ],
    ['a password without a user', () => ['--etcd-password=x'], /--etcd-username/],
    ['an instance name out of bounds', () => ['--instance=No'], /--instance/],
    ['an address that is none', () => ['--public-ip=10.0.0.300'], /--public-ip/],
    ['two commands at once', () => ['--dry-run', '--cleanup'], /--dry-run/],
    ['a configuration file that is absent', () => ['--config=/no/file'], /\/no\/file/],
    [
      'a configuration file that is no YAML',
      () => [`--config=${file('bad.yaml', 'a: [1\nb: {')}`],
      /configuration file/,
    ],
    [
      'an unknown key in the file',
      () => [`--config=${file('key.yaml', 'mtu: 1400\n')}`],
      /unknown key "mtu"/,
    ],
    ['a nested value in the file', () => [`--config=${file('map.yaml', 'iface: {a: b}\n')}`], /"iface"/],
    [
      'a password file that is absent',
      () => ['--etcd-username=u', '--etcd-password-file=/no/file'],
      /\/no\/file/,
    ],
  ])('%s is one line with OVL_USAGE and exit code 2', async (_, args, message) => {
    const { code, stdout, stderr } = await host.overlayd().runOnce(args());
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^overlayd: OVL_USAGE: [^\n]+\n$/);
    expect(stderr).toMatch(message);
  });

  test('an unknown OVERLAYD_ variable is one line with OVL_USAGE and exit code 2', async () => {
    const argv = host.overlayd().commandLine([]);
    const { code, stderr } = await tryRun(argv, { env: { OVERLAYD_ETCD_PREFX: '/x' } });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^overlayd: OVL_USAGE: .*OVERLAYD_ETCD_PREFX[^\n]*\n$/),
    ]);
  });

  test('overlayctl says usage errors in one line with exit code 2', async () => {
    for (const args of [
      ['lease', 'lst'],
      ['lease', 'show', 'x'],
      ['explain', '10.5.0'],
      ['--output=xml', 'status'],
    ]) {
      const { code, stdout, stderr } = await host.overlayctl(args);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(/^overlayctl: OVL_[A-Z_]+: [^\n]+\n$/);
    }
  });
});

describe('with the wrong etcd', () => {
  const NOWHERE = 'http://127.0.0.1:9';

  test('A01 an unreachable etcd is said once, and the daemon waits', () =>
    withDaemon({ instance: 'nowhere', endpoints: [NOWHERE] }, (overlayd) =>
      saysAndGoesOn(overlayd, 'OVL_ETCD_UNREACHABLE', /127\.0\.0\.1:9/),
    ));

  test('an unreachable etcd is exit code 5 of --dry-run and of overlayctl', async () => {
    const dry = await host.overlayd({ instance: 'nowhere', endpoints: [NOWHERE] }).runOnce(['--dry-run']);
    expect([dry.code, dry.stdout]).toEqual([5, '']);
    expect(dry.stderr).toMatch(/^overlayd: OVL_ETCD_UNREACHABLE: .*127\.0\.0\.1:9[^\n]*\n$/);
    const list = await host.overlayctl([`--etcd-endpoints=${NOWHERE}`, 'lease', 'list']);
    expect([list.code, list.stdout]).toEqual([5, '']);
    expect(list.stderr).toMatch(/^overlayctl: OVL_ETCD_UNREACHABLE: [^\n]+\n$/);
  });

  describe('one that uses TLS', () => {
    const URL = 'https://127.0.0.1:2479';
    let authority: Authority;
    let stranger: Authority;
    let etcd: Daemon;
    let client: { certfile: string; keyfile: string };

    beforeAll(async () => {
      [authority, stranger] = await Promise.all([Authority.make(), Authority.make()]);
      const server = await authority.issue('server', 'IP:127.0.0.1');
      client = await authority.issue('client', 'DNS:client');
      etcd = host.spawn('etcd-tls', [
        'etcd',
        `--data-dir=${join(host.context.directory, 'etcd-tls')}`,
        `--listen-client-urls=${URL}`,
        `--advertise-client-urls=${URL}`,
        '--listen-peer-urls=http://127.0.0.1:2480',
        `--cert-file=${server.certfile}`,
        `--key-file=${server.keyfile}`,
        `--trusted-ca-file=${authority.ca}`,
        '--client-cert-auth',
      ]);
      const access = [
        `--etcd-cafile=${authority.ca}`,
        `--etcd-certfile=${client.certfile}`,
        `--etcd-keyfile=${client.keyfile}`,
      ];
      await etcd.waitUntil(async () => {
        const config = '{"Network":"10.9.0.0/16","Backend":{"Type":"alloc"}}';
        return (
          (await host.overlayctl([`--etcd-endpoints=${URL}`, ...access, 'config', 'set', config])).code === 0
        );
      });
    });

    afterAll(async () => {
      await etcd.kill();
      authority.dispose();
      stranger.dispose();
    });

    const flags = (ca: Authority, certificate?: { certfile: string; keyfile: string }): string[] => [
      `--etcd-cafile=${ca.ca}`,
      ...(certificate === undefined
        ? []
        : [`--etcd-certfile=${certificate.certfile}`, `--etcd-keyfile=${certificate.keyfile}`]),
    ];

    test.each<[string, string, () => string[], string]>([
      ['no CA', URL, () => [], 'OVL_ETCD_TLS'],
      ['the CA of somebody else', URL, () => flags(stranger, client), 'OVL_ETCD_TLS'],
      ['no client certificate', URL, () => flags(authority), 'OVL_ETCD_TLS'],
      ['http instead of https', URL.replace('https', 'http'), () => [], 'OVL_ETCD_TLS'],
    ])('%s is one line that says so, exit code 5, and the daemon waits', async (what, url, args, tls) => {
      // One each: the log of an instance goes on in one file.
      const instance = `tls-${what.replaceAll(/[^a-z]/gi, '').slice(0, 6)}`.toLowerCase();
      const dry = await host.overlayd({ instance, endpoints: [url] }).runOnce([...args(), '--dry-run']);
      expect([dry.code, dry.stdout, dry.stderr]).toEqual([
        5,
        '',
        expect.stringMatching(new RegExp(`^overlayd: ${tls}: [^\\n]+\\n$`)),
      ]);
      const list = await host.overlayctl([`--etcd-endpoints=${url}`, ...args(), 'lease', 'list']);
      expect([list.code, list.stdout]).toEqual([5, '']);
      expect(list.stderr).toMatch(new RegExp(`^overlayctl: ${tls}: [^\\n]+\\n$`));
      await withDaemon({ instance, endpoints: [url], args: args() }, (overlayd) =>
        saysAndGoesOn(overlayd, tls, /127\.0\.0\.1:2479/),
      );
    });

    test('the right files make a lease', () =>
      withDaemon({ instance: 'tls', endpoints: [URL], args: flags(authority, client) }, (overlayd) =>
        overlayd.ready(),
      ));

    test('a CA file that is absent ends the start with one line and exit code 5', async () => {
      const { code, stderr } = await host
        .overlayd({ instance: 'tls', endpoints: [URL] })
        .runOnce(['--etcd-cafile=/no/file']);
      expect([code, stderr]).toEqual([
        5,
        expect.stringMatching(/^overlayd: OVL_ETCD_TLS: .*\/no\/file[^\n]*\n$/),
      ]);
    });
  });

  test('a wrong password is one line with OVL_ETCD_AUTH, and the right one is taken from a file', async () => {
    const { etcd } = cluster;
    await etcd.etcdctl(['user', 'add', 'root:secret']);
    await etcd.etcdctl(['user', 'grant-role', 'root', 'root']);
    await etcd.etcdctl(['auth', 'enable']);
    const path = join(host.context.directory, 'password');
    const args = ['--etcd-username=root', `--etcd-password-file=${path}`];
    try {
      writeFileSync(path, 'wrong\n', { mode: 0o600 });
      await withDaemon({ instance: 'auth', args }, (overlayd) =>
        saysAndGoesOn(overlayd, 'OVL_ETCD_AUTH', /password/),
      );
      const list = await host.overlayctl([...args, '--etcd-prefix=/atomic.io/network', 'lease', 'list']);
      expect([list.code, list.stderr]).toEqual([
        1,
        expect.stringMatching(/^overlayctl: OVL_ETCD_AUTH: [^\n]+\n$/),
      ]);
      writeFileSync(path, 'secret\n');
      await withDaemon({ instance: 'auth', args }, (overlayd) => overlayd.ready());
    } finally {
      await etcd.etcdctl(['--user=root:secret', 'auth', 'disable']);
    }
  });
});

describe('on the host', () => {
  test('F08 a second overlayd of the same instance is refused, and the first goes on', () =>
    withDaemon({ instance: 'one', prefix: '/one' }, async (first) => {
      await putConfig(cluster, { Network: '10.6.0.0/16', Backend: { Type: 'alloc' } }, '/one');
      await first.ready();
      const { code, stderr } = await first.runOnce(['--healthz-port=0']);
      expect([code, stderr]).toEqual([4, expect.stringContaining('OVL_SOCKET_BUSY')]);
      expect(
        stderr
          .trim()
          .split('\n')
          .filter((line) => line.startsWith('overlayd:')),
      ).toHaveLength(1);
      await first.ready();
      await first.kill();
      first.start();
      await first.ready();
    }));

  test('a health port that is taken ends the start with one line and exit code 1', () =>
    withDaemon({ instance: 'one', prefix: '/one' }, async (first) => {
      await first.ready();
      const other = host.overlayd({ instance: 'port', prefix: '/one' });
      const { code, stderr } = await other.runOnce([`--healthz-port=${first.place.healthPort}`]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/OVL_HEALTHZ_PORT: .*--healthz-port \d+/)]);
    }));

  test('D12 a foreign device of our name is not touched, and named', async () => {
    await putConfig(cluster, { Network: '10.7.0.0/16', Backend: { Type: 'vxlan', VNI: 7 } }, '/device');
    await sh(host, 'ip link add flannel.7 type bridge');
    await withDaemon({ instance: 'device', prefix: '/device' }, async (overlayd) => {
      await saysAndGoesOn(overlayd, 'OVL_LINK_FOREIGN', /flannel\.7 exists and is not ours/);
      expect(await sh(host, 'ip -d link show flannel.7')).toContain('bridge');
      await sh(host, 'ip link del flannel.7');
      await overlayd.ready();
    });
  });

  test('F17 an interface that is absent is one line with OVL_NO_INTERFACE, and the daemon waits for it', async () => {
    await putConfig(cluster, { Network: '10.8.0.0/16', Backend: { Type: 'alloc' } }, '/iface');
    await withDaemon({ instance: 'iface', prefix: '/iface', args: ['--iface=lan9'] }, async (overlayd) => {
      await saysAndGoesOn(overlayd, 'OVL_NO_INTERFACE', /lan9/);
      await sh(host, 'ip link add lan9 type bridge; ip addr add 192.0.2.9/24 dev lan9; ip link set lan9 up');
      await overlayd.ready();
      await sh(host, 'ip link del lan9');
    });
  });
});

describe('in the files of Docker', () => {
  const DOCKER = { instance: 'docker', prefix: '/docker' };

  beforeAll(() => putConfig(cluster, { Network: '10.8.0.0/16', Backend: { Type: 'alloc' } }, '/docker'));

  const problemOf = async (text: string, code: string, change = 'true'): Promise<string> => {
    const { configFile } = host.engineOf('20.10');
    await sh(host, `chattr -i ${configFile} 2>/dev/null; chmod 644 ${configFile}`);
    writeFileSync(configFile, text);
    await sh(host, change);
    let message = '';
    await withDaemon({ ...DOCKER, args: ['--docker=daemon-json'] }, async (overlayd) => {
      await overlayd.ready();
      const found = async (): Promise<boolean> => {
        const problem = (await dockerStatus(host, overlayd)).problems.find((one) => one.code === code);
        message = problem?.message ?? '';
        return problem !== undefined;
      };
      await eventually(code, found);
      expect(
        overlayd
          .log()
          .split('\n')
          .filter((line) => line.includes(code)),
      ).toHaveLength(1);
    });
    expect(readFileSync(configFile, 'utf8')).toBe(text);
    return message;
  };

  test('E16 a malformed daemon.json is left alone, and the place is named', async () => {
    expect(await problemOf('{"mtu": 1400,}\n', 'OVL_DOCKER_JSON_MALFORMED')).toContain('line 1');
  });

  test('E17 a read-only daemon.json is left alone, and named', async () => {
    const { configFile } = host.engineOf('20.10');
    expect(await problemOf('{}\n', 'OVL_DOCKER_JSON_READONLY', `chmod 444 ${configFile}`)).toContain(
      configFile,
    );
  });

  test('E18 a key that dockerd also has as a flag is refused, and Docker would start again', async () => {
    writeFileSync(host.engineOf('20.10').configFile, '{}\n');
    await sh(host, `chmod 644 ${host.engineOf('20.10').configFile}`);
    const engine = await host.startDockerd({ args: ['--bip=172.20.0.1/16'] });
    expect(await problemOf('{}\n', 'OVL_DOCKER_FLAG_CONFLICT')).toContain('--bip=172.20.0.1/16');
    await engine.stop();
    await engine.start(['--bip=172.20.0.1/16']);
    await withDaemon({ ...DOCKER, args: ['--docker=daemon-json'] }, async (overlayd) => {
      await overlayd.ready();
      await dockerState(host, 'conflict', 15_000, overlayd);
    });
    await engine.stop();
  });
});
