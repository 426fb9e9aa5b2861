import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleView, FixedHost } from '../../test/support/host-view.js';
import type { Config } from '../config/model.js';
import type { HostNeeds } from '../loop/host-needs.js';
import { factsReader } from './facts-reader.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlayd-facts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = () =>
  ({
    stateDir: folder,
    instance: 'default',
    iface: [],
    ifaceRegex: [],
    allowExtension: true,
  }) as unknown as Config;
const needs = (changes: Partial<HostNeeds>): HostNeeds => ({
  features: new Set(),
  keys: new Set(),
  links: new Set(),
  vteps: [],
  commands: new Set(),
  ...changes,
});

test('D23 a key that cannot be made is a fact, and the others are there', async () => {
  mkdirSync(join(folder, 'wgkey'));
  const read = factsReader(config(), new FixedHost(exampleView));
  const facts = await read(needs({ keys: new Set(['wgkey', 'wgkey-1']) }));
  expect([...facts.wireguardKeys.keys()]).toEqual(['wgkey-1']);
  expect(facts.failures.get('wgkey')?.code).toBe('OVL_WIREGUARD_KEY_FILE');
  rmSync(join(folder, 'wgkey'), { recursive: true });
  const again = await read(needs({ keys: new Set(['wgkey', 'wgkey-1']) }));
  expect([[...again.wireguardKeys.keys()], again.failures.size]).toEqual([['wgkey', 'wgkey-1'], 0]);
});

test('a command that fails is a fact, and runs again; one that worked does not', async () => {
  const read = factsReader(config(), new FixedHost(exampleView));
  const count = `touch ${join(folder, 'ran')}/`;
  const first = await read(needs({ commands: new Set([count, 'echo hello']) }));
  expect(first.failures.get(count)?.code).toBe('OVL_EXTENSION_COMMAND');
  expect(first.outputs).toEqual(new Map([['echo hello', 'hello']]));
  mkdirSync(join(folder, 'ran'));
  const second = await read(needs({ commands: new Set([count]) }));
  expect([second.outputs.get(count), second.failures.size]).toEqual(['', 0]);
});

test('no command runs where the operator does not allow it, or in a dry run', async () => {
  const command = needs({ commands: new Set(['false']) });
  const forbidden = factsReader({ ...config(), allowExtension: false }, new FixedHost(exampleView));
  const dry = factsReader(config(), new FixedHost(exampleView), true);
  for (const read of [forbidden, dry]) expect((await read(command)).failures.size).toBe(0);
});
