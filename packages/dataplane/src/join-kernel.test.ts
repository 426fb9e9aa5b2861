import { parseAddress, parsePrefix } from '@overlay/cidr';
import { diff } from './diff.js';
import { FakeKernel } from './fake-kernel.js';
import { FakePart } from './fake-part.js';
import { byKey, objectKey } from './identity.js';
import { joinKernel } from './join-kernel.js';
import type {
  ActualState,
  Change,
  DummyLink,
  HookObject,
  KernelObject,
  KernelPart,
  Outcome,
  Ownership,
  WireguardLink,
  WireguardPeerObject,
} from './model.js';

const alias = 'overlayd:default';
const ownership: Ownership = {
  ...{ alias, links: ['flannel-wg', 'ovl-br-d'], adopt: false },
  networks: [parsePrefix('10.70.0.0/16')],
};
const wireguard: WireguardLink = {
  ...{ type: 'link', kind: 'wireguard', name: 'flannel-wg', mtu: 1420, listenPort: 51820 },
  ...{ publicKey: 'own', keyFile: '/key', alias },
};
const dummy: DummyLink = { type: 'link', kind: 'dummy', name: 'ovl-br-d', mtu: 1400, alias };
const address: KernelObject = {
  ...{ type: 'address', link: wireguard.name, address: parseAddress('10.70.1.0'), length: 32 },
};
const peer = (publicKey: string, allowed = '10.70.2.0/24'): WireguardPeerObject => ({
  ...{ type: 'wireguard-peer', link: wireguard.name, publicKey, keepaliveSeconds: 0 },
  allowedIps: [parsePrefix(allowed)],
});
const hook: HookObject = {
  ...{ type: 'hook', name: 'up', add: ['true'], remove: [], environment: {}, input: '' },
};

function setUp() {
  const base = new FakeKernel();
  const part = new FakePart(base.tables);
  const kernel = joinKernel(base, [part]);
  const converge = async (objects: readonly KernelObject[]): Promise<readonly Outcome[]> => {
    const wanted = byKey(objects);
    return kernel.apply(diff(wanted, await kernel.read(ownership, wanted)).changes);
  };
  const left = async (objects: readonly KernelObject[]) => {
    const wanted = byKey(objects);
    return diff(wanted, await kernel.read(ownership, wanted));
  };
  return { base, part, kernel, converge, left };
}

const keysOf = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ change }) => `${change.op} ${objectKey(change.object)}`);

/** A part that notes what it is asked, in one list with others. */
function noting(notes: string[], type: KernelObject['type']): KernelPart {
  return {
    claims: (object) => object.type === type,
    read: (_ownership, desired) => {
      notes.push(`read ${[...desired.keys()].join()}`);
      return Promise.resolve({ objects: new Map(), foreign: new Map() });
    },
    apply: (changes) => {
      notes.push(changes.map(({ object }) => objectKey(object)).join());
      return Promise.resolve(changes.map((change): Outcome => ({ change, ok: true })));
    },
  };
}

describe('joinKernel', () => {
  it('without parts is the kernel itself', () => {
    const base = new FakeKernel();
    expect(joinKernel(base, [])).toBe(base);
  });

  it('holds what was wanted of the base and of its parts, and then wants nothing', async () => {
    const { converge, left } = setUp();
    const wanted = [wireguard, address, peer('a'), hook, dummy];
    expect((await converge(wanted)).every(({ ok }) => ok)).toBe(true);
    expect(await left(wanted)).toEqual({ changes: [], conflicts: [] });
    expect((await converge([])).every(({ ok }) => ok)).toBe(true);
    expect((await left([])).changes).toEqual([]);
  });

  it('keeps the order of the changes, and asks a part once for those in a row', async () => {
    const notes: string[] = [];
    const kernel = joinKernel(new FakeKernel(), [noting(notes, 'wireguard-peer'), noting(notes, 'hook')]);
    await kernel.read(ownership, byKey([peer('a'), hook]));
    expect(notes.splice(0)).toEqual(['read wireguard-peer:flannel-wg:a', 'read hook:up']);
    const add = (object: KernelObject): Change => ({ op: 'add', object });
    const changes = [peer('a'), peer('b'), hook, dummy, peer('c')].map(add);
    const outcomes = await kernel.apply(changes);
    expect(outcomes.map(({ change }) => change)).toEqual(changes);
    expect(notes).toEqual([
      'wireguard-peer:flannel-wg:a,wireguard-peer:flannel-wg:b',
      'hook:up',
      'wireguard-peer:flannel-wg:c',
    ]);
  });

  it('an object belongs to the first part that claims it', async () => {
    const [first, second]: string[][] = [[], []];
    const kernel = joinKernel(new FakeKernel(), [noting(first!, 'hook'), noting(second!, 'hook')]);
    await kernel.read(ownership, byKey([hook]));
    await kernel.apply([{ op: 'add', object: hook }]);
    expect([first, second]).toEqual([['read hook:up', 'hook:up'], ['read ']]);
  });

  it('I6 what lies outside our networks or devices reaches no part', async () => {
    const { part, kernel } = setUp();
    await kernel.read(ownership);
    const outcomes = await kernel.apply([
      { op: 'add', object: wireguard },
      { op: 'add', object: peer('a', '8.8.8.0/24') },
      { op: 'add', object: { ...peer('b'), link: 'wg0' } },
      { op: 'add', object: peer('c') },
    ]);
    expect(outcomes.map((outcome) => outcome.ok || outcome.code)).toEqual([
      ...[true, 'OVL_DATAPLANE_UNSAFE', 'OVL_DATAPLANE_UNSAFE', true],
    ]);
    expect(part.applied.map(({ object }) => objectKey(object))).toEqual([
      'link:flannel-wg',
      'wireguard-peer:flannel-wg:c',
    ]);
  });

  it('refuses to change anything of a part before it was read', async () => {
    const { kernel } = setUp();
    await expect(kernel.apply([{ op: 'add', object: wireguard }])).rejects.toMatchObject({
      code: 'OVL_DATAPLANE_UNREAD',
    });
  });

  it('what a part says of a link counts over what rtnetlink sees of it', async () => {
    const { base, part } = setUp();
    base.tables.putLink({
      ...{ name: wireguard.name, kind: 'tun', mtu: 1420, mac: '', alias: '' },
      ...{ up: true, carrier: true, loopback: false },
    });
    const wanted = byKey([wireguard, address]);
    const conflicts = diff(wanted, await joinKernel(base, [part]).read(ownership, wanted)).conflicts;
    expect(conflicts.map(({ key }) => key)).toEqual([...wanted.keys()]);
    const knows: KernelPart = {
      claims: (object) => part.claims(object),
      read: () => Promise.resolve(stateOf([wireguard], new Map([['hook:up', 'is of another']]))),
      apply: () => Promise.resolve([]),
    };
    const state = await joinKernel(base, [knows]).read(ownership, byKey([wireguard, hook]));
    expect(state.objects.get('link:flannel-wg')).toEqual(wireguard);
    expect([...state.foreign]).toEqual([['hook:up', 'is of another']]);
  });

  it("a part's refusal stops neither its other changes nor those of the base", async () => {
    const { part, converge } = setUp();
    part.fail({
      when: ({ object }) => object.type === 'wireguard-peer' && object.publicKey === 'a',
      code: 'EIO',
    });
    const outcomes = await converge([wireguard, address, peer('a'), peer('b'), dummy]);
    expect(outcomes.filter(({ ok }) => !ok)).toMatchObject([{ code: 'EIO', change: { object: peer('a') } }]);
    expect(outcomes).toHaveLength(5);
    part.heal();
    expect(keysOf(await converge([wireguard, address, peer('a'), peer('b'), dummy]))).toEqual([
      'add wireguard-peer:flannel-wg:a',
    ]);
  });

  it('a part that cannot be read or throws is a conflict or a refusal, and nothing of it is removed', async () => {
    const { base } = setUp();
    const broken = (code?: string): KernelPart => ({
      claims: (object) => object.type === 'hook',
      read: () => Promise.reject(new Error('no answer')),
      apply: () => Promise.reject(Object.assign(new Error('gone'), code === undefined ? {} : { code })),
    });
    const kernel = joinKernel(base, [broken('EPIPE')]);
    const wanted = byKey([hook, dummy]);
    const actual = await kernel.read(ownership, wanted);
    const { changes, conflicts } = diff(wanted, actual);
    expect(changes).toEqual([{ op: 'add', object: dummy }]);
    expect(conflicts).toMatchObject([{ key: 'hook:up', reason: 'what is there cannot be read: no answer' }]);
    expect([actual.unread, (await kernel.read(ownership)).unread]).toEqual([['no answer'], ['no answer']]);
    expect(await joinKernel(base, [new FakePart(base.tables)]).read(ownership)).not.toHaveProperty('unread');
    const both: Change[] = [
      { op: 'add', object: hook },
      { op: 'add', object: dummy },
    ];
    expect(await kernel.apply(both)).toMatchObject([
      { ok: false, code: 'EPIPE', message: 'gone' },
      { ok: true },
    ]);
    const nameless = joinKernel(base, [broken()]);
    await nameless.read(ownership);
    expect(await nameless.apply(both)).toMatchObject([{ code: 'OVL_DATAPLANE_PART' }, { ok: true }]);
  });
});

describe('FakePart', () => {
  it('a device deleted by hand takes its peers with it, and all comes back', async () => {
    const { base, converge, left } = setUp();
    const wanted = [wireguard, address, peer('a')];
    await converge(wanted);
    base.tables.deleteLink(wireguard.name);
    expect((await left([])).changes).toEqual([]);
    expect(keysOf(await converge(wanted))).toHaveLength(3);
    expect(await left(wanted)).toEqual({ changes: [], conflicts: [] });
  });

  it('refuses what is on a device that is not there', async () => {
    const { kernel } = setUp();
    await kernel.read(ownership);
    expect(await kernel.apply([{ op: 'add', object: peer('a') }])).toMatchObject([{ code: 'ENODEV' }]);
  });

  it('shows what carries our alias only', async () => {
    const { converge, kernel } = setUp();
    await converge([wireguard, peer('a')]);
    const other = await kernel.read({ ...ownership, alias: 'overlayd:other' });
    expect([...other.objects.keys()]).toEqual([]);
  });
});

function stateOf(objects: readonly KernelObject[], foreign: ReadonlyMap<string, string>): ActualState {
  return { objects: byKey(objects), foreign };
}
