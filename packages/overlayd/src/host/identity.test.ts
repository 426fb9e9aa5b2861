import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { linkFact } from '../../test/support/host-view.js';
import { loadIdentity, parseState, randomMac } from './identity.js';
import { existingMacs, foreignDevices } from './mac.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ovl-identity-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (): string => join(folder, 'state', 'node.json');
const load = (existing = {}, dryRun = false) => loadIdentity(join(folder, 'state'), existing, dryRun);

test('a random MAC is local and unicast, six lower-case bytes, whatever is drawn', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
      const mac = randomMac(bytes);
      expect(mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
      expect(parseInt(mac.slice(0, 2), 16) & 0b11).toBe(0b10);
      expect(mac.slice(3)).toBe(Buffer.from(bytes.subarray(1)).toString('hex').match(/../g)?.join(':'));
    }),
  );
});

test('the identity survives restarts; the file is for root only', () => {
  const first = load();
  const content = readFileSync(file(), 'utf8');
  expect(load()).toEqual(first);
  expect(readFileSync(file(), 'utf8')).toBe(content);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(first.vtepMac).not.toBe(first.vtepMacV6);
});

test('B07 a disk cloned to another machine gets a new identity', () => {
  const first = load();
  const state = JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>;
  writeFileSync(file(), JSON.stringify({ ...state, machineId: 'f'.repeat(32) }));
  const second = load();
  expect(second.nodeId).not.toBe(first.nodeId);
  expect(second.vtepMac).not.toBe(first.vtepMac);
  expect(load()).toEqual(second);
});

test.each(['', '{', 'null', '[]', '5', '"x"', '{"version":1}', '\0'])(
  'a corrupt file (%j) gives a new identity and is written anew',
  (content) => {
    load();
    writeFileSync(file(), content);
    const second = load();
    expect(second.nodeId).toMatch(/^[0-9a-f-]{36}$/);
    expect(load()).toEqual(second);
  },
);

const STATE = {
  version: 1,
  machineId: 'm',
  nodeId: '11111111-1111-4111-8111-111111111111',
  vtepMac: '02:00:00:00:00:01',
  vtepMacV6: '02:00:00:00:00:02',
};

test.each<[string, object]>([
  ['another version', { version: 2 }],
  ['a list in place of a text', { nodeId: [STATE.nodeId] }],
  ['a group MAC', { vtepMac: '01:00:00:00:00:01' }],
  ['a MAC with a line end', { vtepMac: '02:00:00:00:00:01\n' }],
  ['another machine', { machineId: 'x' }],
])('a state file with %s counts as none', (_, change) => {
  expect(parseState(JSON.stringify(STATE), 'm')).toEqual(STATE);
  expect(parseState(JSON.stringify({ ...STATE, ...change }), 'm')).toBeUndefined();
});

test('no content of the file is an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (content) => {
      expect(parseState(content, 'm')).toBeUndefined();
    }),
  );
});

test('the MAC of a device that is there wins and is remembered, and the node id stays', () => {
  const first = load();
  const second = load({ vtepMac: '00:16:3e:00:00:01' });
  expect(second).toEqual({ ...first, vtepMac: '00:16:3e:00:00:01' });
  expect(load()).toEqual(second);
});

/** A folder stands where the new content would be written first. */
const preventWriting = (): unknown => mkdirSync(`${file()}.tmp`, { recursive: true });

test('F04 an identity that is there is used although nothing can be written, and what is not kept is said until it is', () => {
  const first = load();
  preventWriting();
  expect(load()).toEqual(first);
  const moved = load({ vtepMac: '00:16:3e:00:00:01' });
  expect(moved).toMatchObject({ nodeId: first.nodeId, vtepMac: '00:16:3e:00:00:01' });
  expect(moved.unsaved).toMatchObject({
    code: 'OVL_FILE_WRITE',
    message: expect.stringContaining(file()) as string,
  });
  rmSync(`${file()}.tmp`, { recursive: true });
  expect(load({ vtepMac: '00:16:3e:00:00:01' })).toEqual({ ...first, vtepMac: '00:16:3e:00:00:01' });
});

test.each(['none', 'of another machine'])(
  'F04 where nothing can be written and there is no identity (%s), it is refused',
  (what) => {
    if (what !== 'none') {
      load();
      writeFileSync(
        file(),
        readFileSync(file(), 'utf8').replace(/"machineId": "[^"]*"/, '"machineId": "other"'),
      );
    }
    preventWriting();
    expect(() => load()).toThrow(
      expect.objectContaining({
        code: 'OVL_STATE_UNWRITABLE',
        message: expect.stringMatching(/node\.json could not be written: .*EISDIR.*--state-dir/) as string,
      }) as Error,
    );
    expect(() => load({}, true)).not.toThrow();
  },
);

test('a dry run writes nothing', () => {
  load({}, true);
  expect(() => statSync(file())).toThrow('ENOENT');
});

const LINKS = ['flannel.1', 'flannel-v6.1'];
const MAC = '02:aa:00:00:00:01';
const device = (changes: object) => linkFact('flannel.1', { kind: 'vxlan', mac: MAC, ...changes });

test.each<[string, object, boolean, string | undefined]>([
  ['our device is kept', { alias: 'overlayd:a' }, false, MAC],
  ['flanneld’s device, to be adopted, is kept', {}, true, MAC],
  ['a device of another name is not', { alias: 'overlayd:a', name: 'flannel.2' }, true, undefined],
])('the MAC of %s', (_, changes, adopt, mac) => {
  const owner = { alias: 'overlayd:a', adopt };
  expect(existingMacs([device(changes)], LINKS, owner).vtepMac).toBe(mac);
});

test.each<[string, object, boolean, string]>([
  ['flanneld’s, not to be adopted', {}, false, 'a vxlan device without our mark'],
  ['another instance’s', { alias: 'overlayd:b' }, true, 'marked "overlayd:b"'],
  ['a bridge of nobody', { kind: 'bridge' }, true, 'a bridge device without our mark'],
])('D12 a device of our name that is %s is foreign, and said what it is', (_, changes, adopt, what) => {
  const found = foreignDevices([device(changes)], new Set(LINKS), { alias: 'overlayd:a', adopt });
  expect([...found]).toEqual([['flannel.1', what]]);
});

test('our own devices, those to be adopted and those of other names are not foreign', () => {
  const links = [
    device({ alias: 'overlayd:a' }),
    linkFact('flannel-v6.1', { kind: 'vxlan' }),
    linkFact('docker0', { kind: 'bridge' }),
  ];
  expect(foreignDevices(links, new Set(LINKS), { alias: 'overlayd:a', adopt: true }).size).toBe(0);
});

test('each family has the MAC of its own device; a backend without devices has none', () => {
  const links = [device({}), linkFact('flannel-v6.1', { kind: 'vxlan', mac: '02:aa:00:00:00:06' })];
  const owner = { alias: 'overlayd:a', adopt: true };
  expect(existingMacs(links, LINKS, owner)).toEqual({ vtepMac: MAC, vtepMacV6: '02:aa:00:00:00:06' });
  expect(existingMacs(links, [], owner)).toEqual({});
});
