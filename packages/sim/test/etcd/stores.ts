import fc from 'fast-check';
import { ipv4, ipv4Prefix, OverlayError } from '@overlay/cidr';
import type { LeaseAttributes, LeaseStore, LeaseSubnets, RawLease, WriteResult } from '@overlay/lease';
import { openLeaseStore } from '@overlay/lease/etcd';
import type { Etcd } from '../../../lease/test/rig/etcd.js';
import { until } from '../../../lease/test/rig/processes.js';
import { Recorder } from '../../../lease/test/rig/recorder.js';
import { EtcdLink } from '../../src/model/etcd-link.js';
import { NodeClock } from '../../src/model/node-clock.js';
import { ModelStore } from '../../src/model/store.js';
import { Random } from '../../src/random.js';
import { ModelSide } from './model-side.js';
import type { RealSide } from './real-side.js';

/** A call of the store; leases that were read and etcd leases that were granted are counted from the last one back. */
type StoreCall =
  | {
      readonly call: 'create';
      readonly subnet: number;
      readonly host: number;
      readonly lease: number;
      readonly back: number;
    }
  | { readonly call: 'update'; readonly of: number; readonly host: number; readonly lease: number | null }
  | { readonly call: 'remove'; readonly of: number }
  | { readonly call: 'get'; readonly subnet: number }
  | { readonly call: 'revoke' | 'keepAlive'; readonly lease: number }
  | { readonly call: 'putConfig'; readonly text: string; readonly old: boolean }
  | { readonly call: 'list' | 'config' | 'grant' | 'full' | 'room' };

const as = <T extends string>(word: T): fc.Arbitrary<T> => fc.constant(word);
const small = fc.integer({ min: 0, max: 3 });
const back = fc.constantFrom(0, 0, 0, 1, 2, -1);

/** Histories of calls. */
export const storeHistories: fc.Arbitrary<readonly StoreCall[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<StoreCall>[]>(
    {
      weight: 5,
      arbitrary: fc.record({ call: as('create'), subnet: small, host: small, lease: small, back }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        call: as('update'),
        of: small,
        host: small,
        lease: fc.oneof(small, fc.constant(null)),
      }),
    },
    { weight: 2, arbitrary: fc.record({ call: as('remove'), of: small }) },
    { weight: 1, arbitrary: fc.record({ call: as('get'), subnet: small }) },
    { weight: 2, arbitrary: fc.record({ call: fc.constantFrom('revoke', 'keepAlive'), lease: small }) },
    {
      weight: 1,
      arbitrary: fc.record({ call: as('putConfig'), text: fc.constantFrom('1', '2'), old: fc.boolean() }),
    },
    { weight: 3, arbitrary: fc.record({ call: fc.constantFrom('list', 'config', 'grant', 'full', 'room') }) },
  ),
  { minLength: 5, maxLength: 30, size: 'max' },
);

const subnetsOf = (n: number): LeaseSubnets => ({
  subnet: ipv4Prefix(0x0a050000 + (n << 8), n === 3 ? 23 : 24),
});
const valueOf = (host: number): LeaseAttributes => ({
  publicIp: ipv4(0xac1f0000 + host),
  backendType: 'host-gw',
});
const nameOf = (n: number): string => `10.5.${n}.0-${n === 3 ? 23 : 24}`;
const from = <T>(list: readonly T[], n: number): T | undefined => list[list.length - 1 - n];

const isWrite = (answer: unknown): answer is WriteResult =>
  typeof answer === 'object' && answer !== null && 'ok' in answer;
const isRaw = (answer: unknown): answer is RawLease =>
  typeof answer === 'object' && answer !== null && 'modRevision' in answer && 'name' in answer;

/** One store with what it gave out so far. */
class Caller {
  private readonly granted: string[] = [];
  private readonly leases: RawLease[] = [];
  readonly heard = new Recorder();

  constructor(
    readonly store: LeaseStore,
    private readonly revision: () => number,
  ) {}

  /** What the call says; ids of etcd leases as their number. */
  async answer(call: StoreCall): Promise<unknown> {
    try {
      const answer = await this.ask(call);
      if (call.call === 'grant') this.granted.push(String(answer));
      const lease = isWrite(answer) && answer.ok ? answer.lease : answer;
      if (isRaw(lease)) this.leases.push(lease);
      return this.named(answer);
    } catch (error) {
      if (!(error instanceof OverlayError)) throw error;
      return { code: error.code };
    }
  }

  /** The same with leases counted. */
  named(value: unknown): unknown {
    const text = JSON.stringify(value ?? null);
    return JSON.parse(
      this.granted.reduce((all, id, n) => all.replaceAll(`"${id}"`, `"lease ${n}"`), text),
    ) as unknown;
  }

  private leaseId(n: number): string {
    return from(this.granted, n - 1) ?? '0';
  }

  private async ask(call: StoreCall): Promise<unknown> {
    const { store } = this;
    switch (call.call) {
      case 'create': {
        const listedAt = String(this.revision() - call.back);
        const options = { listedAt, etcdLease: this.leaseId(call.lease) };
        return store.create(subnetsOf(call.subnet), valueOf(call.host), options);
      }
      case 'get':
        return store.get(nameOf(call.subnet));
      case 'revoke':
      case 'keepAlive':
        return call.lease === 0 ? undefined : store[call.call](this.leaseId(call.lease));
      case 'putConfig': {
        const { modRevision = '0' } = (await store.config()) ?? {};
        return store.putConfig(call.text, call.old ? '5' : modRevision);
      }
      case 'list':
      case 'config':
        return store[call.call]();
      case 'grant':
        return store.grant(86_400);
      default:
        return this.askOfOne(call);
    }
  }

  private askOfOne(call: StoreCall): Promise<unknown> | undefined {
    if (call.call !== 'update' && call.call !== 'remove') return undefined;
    const lease = from(this.leases, call.of);
    if (lease === undefined) return undefined;
    if (call.call === 'remove') return this.store.remove(lease);
    const hangsOn = call.lease === null ? [] : [this.leaseId(call.lease)];
    return this.store.update(lease, valueOf(call.host), ...hangsOn);
  }
}

/** The store of the model on an etcd of the model. */
function modelStore({ etcd, scheduler }: ModelSide): ModelStore {
  const random = new Random(1);
  const link = new EtcdLink(etcd, scheduler, random.fork(1));
  const clock = new NodeClock(scheduler, random.fork(2));
  return new ModelStore({ etcd, link, clock, writer: 'w', firstMember: 0, told: () => undefined });
}

/** Runs virtual time until a promise has come to its end. */
async function settled<T>(model: ModelSide, promise: Promise<T>): Promise<T> {
  const state = { isOver: false };
  const over = promise.finally(() => (state.isOver = true));
  over.catch(() => undefined);
  while (!state.isOver) {
    await model.scheduler.runFor(20, () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return over;
}

/** Makes the same calls of both stores, and compares what they say and what their followers are told. */
export async function runStores(
  { etcd, real, name }: { readonly etcd: Etcd; readonly real: RealSide; readonly name: string },
  calls: readonly StoreCall[],
): Promise<void> {
  const model = new ModelSide(await real.begin());
  const revision = (): number => model.etcd.revision;
  const setFull = async (full: boolean): Promise<void> => {
    for (const side of [model, real]) await side.setFull(full);
  };
  const store = openLeaseStore({ endpoints: [etcd.url], prefix: name });
  const [ours, theirs] = [new Caller(modelStore(model), revision), new Caller(store, revision)];
  try {
    for (const { store: one, heard } of [ours, theirs]) one.follow(heard);
    await model.scheduler.runFor(1000, () => undefined);
    await until('the watch stands', () => theirs.heard.connected);
    for (const call of calls) {
      if (call.call === 'full' || call.call === 'room') await setFull(call.call === 'full');
      const expected = await settled(model, ours.answer(call));
      expect(await theirs.answer(call)).toEqual(expected);
    }
    await compareHeard(model, ours, theirs);
  } finally {
    await setFull(false);
    await store.close();
    await settled(model, ours.store.close());
  }
}

/** Whether `some` is `all` with any of it left out. */
function isPartOf(some: readonly unknown[], all: readonly unknown[]): boolean {
  let at = 0;
  return some.every((one) => {
    at = all.indexOf(one, at) + 1;
    return at > 0;
  });
}

/** Of configs that etcd tells in one answer, which is a matter of time, a follower hears the last. */
async function compareHeard(model: ModelSide, ours: Caller, theirs: Caller): Promise<void> {
  const [expected, told] = [ours.heard, theirs.heard];
  await model.scheduler.runFor(1000, () => undefined);
  const isAllTold = (): boolean =>
    told.heard.length >= expected.heard.length && told.configs.at(-1) === expected.configs.at(-1);
  await until('all is told', isAllTold, 5000);
  expect(theirs.named(told.heard)).toEqual(ours.named(expected.heard));
  expect(isPartOf(told.configs, expected.configs)).toBe(true);
}
