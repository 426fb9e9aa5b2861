import { OverlayError } from '@overlay/cidr';
import type { RenumberAnswer, RenumberOutcome, RenumberRequest, RenumberStore } from '@overlay/lease';
import type { NodeEntry } from './nodes.js';
import { renumberNodes, type NodeOutcome } from './renumber.js';

const DONE: RenumberOutcome = { state: 'done', subnet: '10.6.9.0/24', message: '' };
const FAILED: RenumberOutcome = { state: 'failed', subnet: '10.5.1.0/24', message: 'OVL_NO: why' };

/** The two keys of one node. `looks` is what happens just before each look at the outcome, in order. */
class FakeStore implements RenumberStore {
  readonly asked: string[] = [];
  standing: RenumberRequest | undefined;
  answer: RenumberAnswer | undefined;
  looks: ((request: RenumberRequest) => void)[] = [];
  /** What happens just before a request is taken back. */
  beforeWithdrawal: (request: RenumberRequest) => void = () => undefined;
  private revision = 10;

  requestRenumber(nodeId: string, by: string): Promise<RenumberRequest> {
    this.asked.push(nodeId);
    this.standing = { nodeId, by, requested: '', revision: String((this.revision += 2)) };
    return Promise.resolve(this.standing);
  }

  withdrawRenumber(request: RenumberRequest): Promise<boolean> {
    this.beforeWithdrawal(request);
    const stood = this.standing?.revision === request.revision;
    if (stood) this.standing = undefined;
    return Promise.resolve(stood);
  }

  async renumberOutcome(): Promise<RenumberAnswer | undefined> {
    await Promise.resolve();
    const look = this.looks.shift();
    if (this.standing !== undefined) look?.(this.standing);
    return this.answer;
  }

  answerRenumber({ revision }: Pick<RenumberRequest, 'revision'>, outcome: RenumberOutcome): Promise<void> {
    this.answer = { ...outcome, request: revision };
    if (this.standing?.revision === revision) this.standing = undefined;
    return Promise.resolve();
  }
}

const entry = (node: string): NodeEntry => ({
  ...{ node, nodeId: `id-${node}`, publicIp: null, publicIpv6: null, own: false },
  ...{ state: 'valid', version: null, leases: [] },
});

function renumber(store: FakeStore, timeoutMs: number, nodes = ['a']): Promise<NodeOutcome[]> {
  return renumberNodes(store, nodes.map(entry), {
    ...{ timeoutMs, oneByOne: true, by: 'host9', signal: new AbortController().signal },
    waiting: (_what, work) => work,
  });
}

const throws = (code: string) => (): never => {
  throw new OverlayError(code, 'etcd says no');
};

test('what a node says late about an earlier request is no answer to this one', async () => {
  const store = new FakeStore();
  store.looks = [
    ({ revision }) => void store.answerRenumber({ revision: String(Number(revision) - 1) }, DONE),
    (request) => void store.answerRenumber(request, FAILED),
  ];
  const [a, b] = await renumber(store, 60_000, ['a', 'b']);
  expect(a).toMatchObject({ state: 'failed', message: 'OVL_NO: why' });
  expect(b).toMatchObject({ state: 'left' });
  expect(store.asked).toEqual(['id-a']);
});

test('an answer to a later request counts: the node did what it was asked before, too', async () => {
  const store = new FakeStore();
  store.looks = [({ revision }) => void store.answerRenumber({ revision: `${revision}0` }, DONE)];
  expect(await renumber(store, 60_000)).toMatchObject([{ state: 'done', after: '10.6.9.0/24' }]);
});

test('an answer that comes while the request is taken back is told', async () => {
  const store = new FakeStore();
  store.beforeWithdrawal = (request) => void store.answerRenumber(request, DONE);
  expect(await renumber(store, 1)).toMatchObject([{ state: 'done', after: '10.6.9.0/24' }]);
});

test('without an answer the node is silent, and the request is gone', async () => {
  const store = new FakeStore();
  const [a] = await renumber(store, 1);
  expect(a).toMatchObject({ state: 'silent', message: expect.stringContaining('is withdrawn') as string });
  expect(store.standing).toBeUndefined();
});

test.each(['OVL_ETCD_UNREACHABLE', 'OVL_ETCD_TIMEOUT'])('%s is waited for', async (code) => {
  const store = new FakeStore();
  store.looks = [throws(code), (request) => void store.answerRenumber(request, DONE)];
  expect(await renumber(store, 60_000)).toMatchObject([{ state: 'done' }]);
});

test('who may not read the answer is told so, not that the node is silent; the request is taken back', async () => {
  const store = new FakeStore();
  store.looks = [throws('OVL_ETCD_PERMISSION')];
  const [a] = await renumber(store, 2000);
  expect(a).toMatchObject({ state: 'failed', message: 'OVL_ETCD_PERMISSION: etcd says no' });
  expect(store.standing).toBeUndefined();
});
