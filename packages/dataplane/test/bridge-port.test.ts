import { objectKey } from '../src/identity.js';
import { openBridgePortPart } from '../src/linux/index.js';
import type { BridgePortObject, KernelPart } from '../src/model.js';
import { openNetnsRig, type NetnsRig } from './netns-rig.js';

let rig: NetnsRig;
let part: KernelPart;

beforeEach(() => {
  rig = openNetnsRig();
  part = openBridgePortPart({ netns: rig.path });
  rig.run('ip link add br7 type bridge; ip link add p7 type veth peer name q7; ip link set p7 master br7');
});

afterEach(() => {
  void part.close?.();
  rig.close();
});

const OWNERSHIP = { alias: 'overlayd:test', links: ['p7'], networks: [], adopt: false };
const port = (neighbourSuppression: boolean, learning: boolean, link = 'p7'): BridgePortObject => ({
  type: 'bridge-port',
  link,
  neighbourSuppression,
  learning,
});
const read = async (object: BridgePortObject) =>
  (await part.read(OWNERSHIP, new Map([[objectKey(object), object]]))).objects.get(objectKey(object));

test.each([
  [true, true],
  [true, false],
  [false, false],
])('suppression %s and learning %s are set and read back', async (suppression, learning) => {
  const wanted = port(suppression, learning);
  expect(await read(wanted)).toEqual(port(false, true));
  expect((await part.apply([{ op: 'add', object: wanted }])).every(({ ok }) => ok)).toBe(true);
  expect(await read(wanted)).toEqual(wanted);
  const words = (on: boolean): string => (on ? 'on' : 'off');
  const shown = rig.run('bridge -d link show dev p7');
  expect(shown).toContain(`learning ${words(learning)} `);
  expect(shown).toContain(`neigh_suppress ${words(suppression)} `);
});

test('a link that is no port is not read, and setting it says so', async () => {
  const object = port(true, true, 'q7');
  expect(await read(object)).toBeUndefined();
  const [outcome] = await part.apply([{ op: 'add', object }]);
  expect(outcome).toMatchObject({ ok: false, code: 'ENODEV' });
});
