import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './config.js';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

/** The settings of a unit file; of one that is given twice the last counts, as with systemd. */
function settingsOf(unit: string): ReadonlyMap<string, string> {
  return new Map([...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

test('F16 systemd starts overlayd again whatever ended it, however often', () => {
  const settings = settingsOf(read('deploy/systemd/overlayd.service'));
  expect(settings.get('Restart')).toBe('always');
  expect(settings.get('RestartSec')).toBe('1');
  expect(settings.get('StartLimitIntervalSec')).toBe('0');
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const MANIFESTS = [
  'package.json',
  ...readdirSync(join(PROJECT_ROOT, 'packages')).map((name) => `packages/${name}/package.json`),
];

test.each(MANIFESTS)('G09 every dependency of %s is one exact version', (path) => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(read(path)) as Manifest;
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

// What comes from the registry is locked without an address, so that a mirror can stand in for it.
test('G09 every package comes from the registry and is known by its digest', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
  const fetched = Object.entries(packages).filter(
    ([path, { link }]) => path.includes('node_modules/') && link !== true,
  );
  expect(fetched.length).toBeGreaterThan(100);
  const strange = fetched.filter(
    ([, { resolved, integrity = '' }]) => resolved !== undefined || !integrity.startsWith('sha512-'),
  );
  expect(strange.map(([path]) => path)).toEqual([]);
});

test('G09 no package runs a script of its own when it is installed', () => {
  const calls = [...read('scripts/setup.mjs').matchAll(/'npm',\s*\[([^\]]*)\]/g)].map(
    ([, args = '']) => args,
  );
  expect(calls).not.toEqual([]);
  for (const args of calls) expect(args).toContain("'--ignore-scripts'");
});

/** The names of devices that docs/architecture.md lists, each with a number for what differs. */
function deviceNames(): readonly string[] {
  const text = read('docs/architecture.md');
  const table = text.slice(text.indexOf('### Names of devices')).split('\n## ')[0] ?? '';
  const names = [...table.matchAll(/`([^` ]+)`/g)].map(([, name = '']) => name.replace(/<.*>/, '7'));
  return names.filter((name) => /^(flannel|overlay|ovl-)/.test(name));
}

/** A pattern of shell form, of which only `*` is used. */
const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);

test.each([
  [
    'D02 systemd-networkd can be told to leave every device of ours alone, and no other',
    'deploy/networkd/10-overlay.network',
    /^Name=(.*)$/m,
    ' ',
  ],
  [
    'D03 NetworkManager can be told to leave every device of ours alone, and no other',
    'deploy/NetworkManager/overlay.conf',
    /^unmanaged-devices\+=(.*)$/m,
    ';',
  ],
])('%s', (_, path, line, separator) => {
  const patterns = (line.exec(read(path))?.[1] ?? '')
    .split(separator)
    .map((pattern) => pattern.replace('interface-name:', ''));
  const names = deviceNames();
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !patterns.some((pattern) => matches(pattern, name)))).toEqual([]);
  const others = ['eth0', 'docker0', 'br-1234', 'lo', 'wg0', 'overlay0', 'flannel'];
  expect(others.filter((name) => patterns.some((pattern) => matches(pattern, name)))).toEqual([]);
});
