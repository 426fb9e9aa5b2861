import { parseAddress, parseIpv4, parsePrefix } from '@overlay/cidr';
import { FakeKernel } from './fake-kernel.js';
import { FakePart } from './fake-part.js';
import { byKey, objectKey } from './identity.js';
import { joinKernel } from './join-kernel.js';
import type {
  Change,
  HookObject,
  KernelPart,
  Outcome,
  Ownership,
  ProxyPeerObject,
  RouteObject,
} from './model.js';

const hook: HookObject = {
  ...{ type: 'hook', name: 'up', add: ['true'], remove: [], environment: {}, input: '' },
};
const ownership: Ownership = {
  ...{ alias: 'overlayd:default', links: ['flannel.1'], adopt: false },
  networks: [parsePrefix('10.70.0.0/16'), parsePrefix('10.60.0.0/16')],
};
/** As somebody sees it who does not know of the former network 10.60.0.0/16. */
const narrower: Ownership = { ...ownership, networks: [parsePrefix('10.70.0.0/16')] };
const former: RouteObject = {
  ...{ type: 'route', destination: parsePrefix('10.60.2.0/24'), gateway: parseAddress('172.31.0.2') },
  ...{ link: 'eth0', onlink: false, metric: 0, kind: 'unicast' },
};
const addHook: Change = { op: 'add', object: hook };

/** A part whose every call ends when the test says so. */
function slowPart() {
  const notes: string[] = [];
  const waiting: (() => void)[] = [];
  let fails = false;
  const turn = async (name: string): Promise<void> => {
    notes.push(`${name} begins`);
    await new Promise<void>((resolve) => waiting.push(resolve));
    notes.push(`${name} ends`);
    if (fails) throw new Error('gone');
  };
  const part: KernelPart = {
    claims: ({ type }) => type === 'hook',
    read: async ({ networks }) => {
      await turn(`read of ${networks.length}`);
      return { objects: new Map(), foreign: new Map() };
    },
    apply: async (changes) => {
      await turn('apply');
      return changes.map((change): Outcome => ({ change, ok: true }));
    },
  };
  const letThrough = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.();
  };
  return { part, notes, letThrough, failFromNowOn: () => (fails = true) };
}

describe('joinKernel, asked by several at once', () => {
  it('reads, looks and applies one after another, in the order they were asked for', async () => {
    const { part, notes, letThrough } = slowPart();
    const kernel = joinKernel(new FakeKernel(), [part]);
    const all = [kernel.read(ownership), kernel.look(narrower), kernel.apply([addHook])];
    for (const _ of all) await letThrough();
    await Promise.all(all);
    expect(notes).toEqual(
      ['read of 2', 'read of 1', 'apply'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  it('one that fails does not stop those after it', async () => {
    const { part, notes, letThrough, failFromNowOn } = slowPart();
    const base = new FakeKernel();
    jest.spyOn(base, 'read').mockRejectedValueOnce(new Error('no dump'));
    const kernel = joinKernel(base, [part]);
    await expect(kernel.read(ownership)).rejects.toThrow('no dump');
    failFromNowOn();
    const all = [kernel.apply([addHook]), kernel.apply([addHook])] as const;
    for (const _ of all) await letThrough();
    expect(await all[1]).toMatchObject([{ ok: false, message: 'gone' }]);
    expect(notes).toHaveLength(4);
  });

  it('a look between a read and what it led to changes nothing of what may be applied', async () => {
    const base = new FakeKernel();
    const part = new FakePart(base.tables);
    const kernel = joinKernel(base, [part]);
    await kernel.read(ownership);
    await kernel.look({ ...narrower, alias: 'overlayd:other', links: [] });
    const peer: ProxyPeerObject = {
      ...{ type: 'proxy-peer', link: 'flannel.1', subnet: parsePrefix('10.60.2.0/24') },
      endpoint: { address: parseIpv4('172.31.0.2'), port: 8285 },
    };
    const outcomes = await kernel.apply([
      { op: 'remove', object: former },
      { op: 'remove', object: peer },
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
    expect(part.applied.map(({ object }) => objectKey(object))).toEqual([objectKey(peer)]);
  });

  it('a look is no read: nothing may be applied after it alone', async () => {
    const base = new FakeKernel();
    const kernel = joinKernel(base, [new FakePart(base.tables)]);
    expect((await kernel.look(ownership, byKey([hook]))).objects.size).toBe(0);
    await expect(kernel.apply([addHook])).rejects.toMatchObject({ code: 'OVL_DATAPLANE_UNREAD' });
    await expect(kernel.apply([{ op: 'remove', object: former }])).rejects.toMatchObject({
      code: 'OVL_DATAPLANE_UNREAD',
    });
  });
});
