import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import configCases from '../../lease/fixtures/config-cases.json';
import dockerCases from '../../lease/fixtures/mk-docker-opts-cases.json';
import { ctl } from './support.js';

const LAUNCHER = join(__dirname, '../bin/overlayctl');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ovl-ctl-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['leas', "unknown command 'leas' (Did you mean lease?)"],
  ['lease lst', "unknown command 'lst' (Did you mean list?)"],
  ['lease list --wach', "unknown option '--wach' (Did you mean --watch?)"],
  ['lease list extra', 'too many arguments'],
  ['lease show', "missing required argument 'subnet'"],
  ['lease list --output xml', '--output: "xml" is none of'],
  ['completion tcsh', 'no completion for "tcsh"'],
])('%s is 2 and one line', async (line, message) => {
  const { code, stdout, stderr } = await ctl(line.split(' '));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toContain(message);
});

test('a group without a verb prints its help and is 2; --help is 0', async () => {
  expect(await ctl(['lease'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('reserve') as string,
  });
  expect(await ctl(['lease', '--help'])).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('reserve') as string,
  });
});

test('version is the version of the package, in every format, with global options at any position', async () => {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  expect((await ctl(['version'])).stdout).toBe(`overlayctl ${version}\n`);
  expect((await ctl(['--version'])).stdout).toBe(`${version}\n`);
  for (const argv of [
    ['version', '-o', 'json'],
    ['--output=json', 'version'],
  ]) {
    expect(JSON.parse((await ctl(argv)).stdout)).toMatchObject({ version });
  }
});

test.each(configCases.cases.map((one) => [one.input, one] as const))(
  'config validate %s',
  async (input, one) => {
    const { code, stdout, stderr } = await ctl(['config', 'validate', '-'], { stdin: input });
    if ('normalised' in one) {
      expect({ code, data: JSON.parse(stdout) as unknown }).toEqual({ code: 0, data: one.normalised });
    } else {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^overlayctl: OVL_[A-Z_]+: .*\n$/);
    }
  },
);

test.each(dockerCases.cases.map((one) => [one.name, one] as const))(
  'docker-opts as mk-docker-opts.sh: %s',
  async (_name, one) => {
    const input = join(directory, 'subnet.env');
    const output = join(directory, 'docker_opts.env');
    rmSync(input, { force: true });
    rmSync(output, { force: true });
    writeFileSync(input, one.subnetEnv);
    const { code, stderr } = await ctl(['docker-opts', '-f', input, '-d', output, ...one.args], {
      env: one.environment,
    });
    expect(code).toBe(one.exitCode);
    // Our own words for a wrong option.
    if (one.name !== 'unknown option') expect(stderr.split('\n')[0]).toBe(one.stderrFirstLine);
    expect(existsSync(output) ? readFileSync(output, 'utf8') : null).toBe(one.output);
  },
);

test('the launcher runs the built program; a reader that goes away is no error', () => {
  expect(execFileSync(LAUNCHER, ['version'], { encoding: 'utf8' })).toMatch(/^overlayctl \d/);
  const piped = spawnSync('bash', ['-c', '"$0" completion zsh | true; echo "${PIPESTATUS[0]}"', LAUNCHER], {
    encoding: 'utf8',
  });
  expect(piped).toMatchObject({ stdout: '0\n', stderr: '' });
});
