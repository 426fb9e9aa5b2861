import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseIpv4Prefix } from '@overlay/cidr';
import { readDaemonJson, writeDaemonJson } from '../src/engine/daemon-json-file.js';
import { openDockerAgent } from '../src/engine/index.js';
import { replaceFile } from '../src/engine/replace-file.js';
import type { DockerWish } from '../src/model.js';

const ORIGINAL = '{\r\n\t"debug": true\r\n}\r\n';
const MERGED =
  '{\r\n\t"debug": true,\r\n\t"bip": "10.5.34.1/24",\r\n\t"fixed-cidr": "10.5.34.0/24",\r\n\t"mtu": 1450,\r\n\t"ip-masq": false\r\n}\r\n';
const WISH: DockerWish = {
  mode: 'daemon-json',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.34.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};

jest.setTimeout(60_000);

let directory: string;
let file: string;
const mounts: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dkt-file-'));
  mkdirSync(join(directory, 'docker'));
  file = join(directory, 'docker/daemon.json');
  writeFileSync(file, ORIGINAL);
});

afterEach(() => {
  while (mounts.length > 0) execFileSync('umount', [mounts.pop() ?? '']);
  rmSync(directory, { recursive: true, force: true });
});

/** One pass without a Docker; `dockerd` is the text of a shell script in its place. */
async function ensure(dockerd = 'echo "unknown flag: --validate" >&2; exit 125', daemonJson = file) {
  const dockerdPath = join(directory, 'dockerd');
  writeFileSync(dockerdPath, `#!/bin/sh\n${dockerd}\n`, { mode: 0o755 });
  const agent = openDockerAgent({
    mode: 'daemon-json',
    socketPath: join(directory, 'none.sock'),
    pidFile: join(directory, 'none.pid'),
    stateFile: join(directory, 'state.json'),
    unitFiles: { units: [], dropIns: [], defaults: '/nonexistent' },
    timeoutMs: 2000,
    daemonJson,
    dockerdPath,
  });
  const report = await agent.ensure(WISH);
  return { ...report, agent, code: report.problems[0]?.code, message: report.problems[0]?.message };
}

function mount(path: string, ...args: string[]): void {
  execFileSync('mount', [...args, path]);
  mounts.push(path);
}

/** Nothing but the file, and what else is named. */
const expectOnly = (...more: string[]) =>
  expect(readdirSync(join(directory, 'docker')).sort()).toEqual(['daemon.json', ...more]);

describe('E17 daemon.json in unusual places', () => {
  it('keeps mode and owner, and a copy of the first original with the same', async () => {
    chmodSync(file, 0o640);
    chownSync(file, 12, 34);
    expect((await ensure()).changes).toEqual([`wrote ${file} (bip, fixed-cidr, mtu, ip-masq)`]);
    expect(readFileSync(file, 'utf8')).toBe(MERGED);
    for (const path of [file, `${file}.overlay-backup`]) {
      expect(statSync(path)).toMatchObject({ mode: 0o100640, uid: 12, gid: 34 });
    }
    writeFileSync(file, '{"debug": false}');
    await ensure();
    expect(readFileSync(`${file}.overlay-backup`, 'utf8')).toBe(ORIGINAL);
    expectOnly('daemon.json.overlay-backup');
  });

  it('follows a symbolic link and leaves it one', async () => {
    const link = join(directory, 'link.json');
    symlinkSync('docker/daemon.json', link);
    await ensure(undefined, link);
    expect(readlinkSync(link)).toBe('docker/daemon.json');
    expect(readFileSync(file, 'utf8')).toBe(MERGED);
  });

  it('makes the file and its directory where there is none, also behind a link, and removes the file again', async () => {
    const link = join(directory, 'link.json');
    symlinkSync('etc/new.json', link);
    const { agent } = await ensure(undefined, link);
    const target = join(directory, 'etc/new.json');
    expect(JSON.parse(readFileSync(target, 'utf8'))).toMatchObject({ bip: '10.5.34.1/24' });
    expect(statSync(target).mode & 0o777).toBe(0o644);
    await agent.cleanup(WISH);
    expect(existsSync(target)).toBe(false);
  });

  it.each([
    ['a file without write permission', () => chmodSync(file, 0o444)],
    [
      'a read-only file system',
      () => {
        const parent = join(directory, 'docker');
        mount(parent, '--bind', parent);
        execFileSync('mount', ['-o', 'remount,ro,bind', parent]);
      },
    ],
    ['a file that is a mount point', () => mount(file, '--bind', file)],
  ])('refuses %s', async (_, prepare) => {
    prepare();
    const { code, state, message } = await ensure();
    expect([code, state]).toEqual(['OVL_DOCKER_JSON_READONLY', 'failed']);
    expect(message).toContain(`${file} is read-only (`);
    expect(readFileSync(file, 'utf8')).toBe(ORIGINAL);
  });

  it('does not overwrite what somebody wrote in the meantime, and merges into that', async () => {
    const once = `[ -e ${directory}/once ] || { touch ${directory}/once; echo '{"dns": ["1.1.1.1"]}' > ${file}; }`;
    await ensure(once);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ dns: ['1.1.1.1'], mtu: 1450 });
    writeFileSync(file, ORIGINAL);
    const { code } = await ensure(`echo '{"n": "'$$'"}' > ${file}`);
    expect(code).toBe('OVL_DOCKER_JSON_CHANGED');
    expect(readFileSync(file, 'utf8')).toMatch(/^{"n": "\d+"}$/m);
  });
});

describe('E16 daemon.json that cannot be read', () => {
  it.each([
    ['a trailing comma', '{"debug": true,}', 'OVL_DOCKER_JSON_MALFORMED'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      'OVL_DOCKER_JSON_MALFORMED',
    ],
    ['no bytes', '', 'OVL_DOCKER_JSON_MALFORMED'],
  ])('with %s is left alone', async (_, content, expected) => {
    writeFileSync(file, content);
    const before = readFileSync(file);
    const { code, state, changes } = await ensure();
    expect([code, state, changes]).toEqual([expected, 'failed', []]);
    expect(readFileSync(file)).toEqual(before);
    expectOnly();
  });

  it('because it is a directory is reported', async () => {
    rmSync(file);
    mkdirSync(file);
    expect((await ensure()).code).toBe('OVL_DOCKER_JSON_UNREADABLE');
  });
});

describe('dockerd --validate', () => {
  it('gets the merged file; what it refuses is not written', async () => {
    const { code, message } = await ensure(
      `cp "$3" ${directory}/seen; echo "unable to configure: x" >&2; exit 1`,
    );
    expect(code).toBe('OVL_DOCKER_JSON_REJECTED');
    expect(message).toContain('unable to configure: x');
    expect(readFileSync(join(directory, 'seen'), 'utf8')).toBe(MERGED);
    expect(readFileSync(file, 'utf8')).toBe(ORIGINAL);
    expectOnly('daemon.json.overlay-backup');
  });

  it('is skipped where the installed dockerd does not know it', async () => {
    const real = execFileSync('sh', ['-c', 'command -v dockerd'], { encoding: 'utf8' }).trim();
    await ensure(`exec ${real} "$@"`);
    expect(readFileSync(file, 'utf8')).toBe(MERGED);
  });

  it('that hangs does not hold the pass', async () => {
    const started = performance.now();
    expect((await ensure('exec sleep 30')).problems.length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(readFileSync(file, 'utf8')).toBe(ORIGINAL);
  });
});

describe('crash and full disk', () => {
  it('F03 on a full file system the old file stays and no rest is left', async () => {
    const small = join(directory, 'small');
    mkdirSync(small);
    mount(small, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
    const path = join(small, 'daemon.json');
    writeFileSync(path, ORIGINAL);
    execFileSync('sh', ['-c', `dd if=/dev/zero of=${small}/fill bs=1k count=64 2>/dev/null || true`]);
    const { code } = await ensure(undefined, path);
    expect(code).toBe('OVL_DOCKER_JSON_WRITE_FAILED');
    expect(readFileSync(path, 'utf8')).toBe(ORIGINAL);
    rmSync(join(small, 'fill'));
    await ensure(undefined, path);
    expect(readFileSync(path, 'utf8')).toBe(MERGED);
  });

  it('a state file that cannot be written keeps daemon.json as it is', async () => {
    mkdirSync(join(directory, 'state.json/x'), { recursive: true });
    expect((await ensure()).code).toBe('OVL_DOCKER_STATE_FAILED');
    expect(readFileSync(file, 'utf8')).toBe(ORIGINAL);
  });

  it('F01 F02 killed at any moment, a writer leaves all of the old or all of the new', async () => {
    const [short, long] = ['a'.repeat(10), 'b'.repeat(200_000)];
    const script = `
      require('esbuild-register/dist/node').register();
      const { replaceFile } = require(${JSON.stringify(join(__dirname, '../src/engine/replace-file.ts'))});
      (async () => { for (let i = 0; ; i++) await replaceFile(${JSON.stringify(file)}, i % 2 ? '${short}' : 'b'.repeat(200000), { mode: 0o644 }); })();
      process.stdout.write('go');`;
    for (let round = 0; round < 6; round++) {
      const writer = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(writer.stdout, 'data');
      await sleep(20 + round * 11);
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      const text = readFileSync(file, 'utf8');
      expect([ORIGINAL, short, long]).toContain(text);
    }
    await replaceFile(file, 'after', { mode: 0o600 });
    expect(readFileSync(file, 'utf8')).toBe('after');
    expectOnly();
  });

  it('E17 two writers in a loop lose no edit and leave no rest', async () => {
    const edit = async (key: string) => {
      for (let n = 1; n <= 20;) {
        const read = await readDaemonJson(file);
        const before = JSON.parse(read.text ?? '') as Record<string, number>;
        expect(before[key] ?? 0).toBe(n - 1);
        const text = JSON.stringify({ ...before, [key]: n });
        const failure = await writeDaemonJson(read, text, () => Promise.resolve()).then(
          () => undefined,
          (error: unknown) => error as { code: string },
        );
        if (failure) expect(failure.code).toBe('OVL_DOCKER_JSON_CHANGED');
        else n++;
      }
    };
    await Promise.all([edit('a'), edit('b')]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ debug: true, a: 20, b: 20 });
    expectOnly('daemon.json.overlay-backup');
  });
});
