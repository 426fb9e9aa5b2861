import type { KernelFeature } from '../model.js';
import { ABSENT_MS, FeatureMemory } from './feature-memory.js';

describe('what is remembered of a kernel', () => {
  let now = 0;
  let there: boolean | Error;
  let probes: KernelFeature[];
  let memory: FeatureMemory;

  beforeEach(() => {
    now = 0;
    there = false;
    probes = [];
    const probe = (feature: KernelFeature): Promise<boolean> => {
      probes.push(feature);
      return there instanceof Error ? Promise.reject(there) : Promise.resolve(there);
    };
    memory = new FeatureMemory(probe, () => now);
  });

  it('what is there is asked for once', async () => {
    there = true;
    expect(await memory.has('gre')).toBe(true);
    now = 10 * ABSENT_MS;
    expect(await memory.has('gre')).toBe(true);
    expect(probes).toEqual(['gre']);
  });

  it('a module that is loaded later is found, without a probe at every pass until then', async () => {
    expect(await memory.has('gre')).toBe(false);
    there = true;
    now = ABSENT_MS - 1;
    expect(await memory.has('gre')).toBe(false);
    now = ABSENT_MS;
    expect(await memory.has('gre')).toBe(true);
    expect(probes).toEqual(['gre', 'gre']);
  });

  it('the time of an absence counts from its answer', async () => {
    let answer: (has: boolean) => void = () => undefined;
    let count = 0;
    const slow = new FeatureMemory(
      () => ((count += 1), new Promise((resolve) => (answer = resolve))),
      () => now,
    );
    const asked = slow.has('fou');
    now = 2 * ABSENT_MS;
    answer(false);
    await asked;
    now += ABSENT_MS - 1;
    expect(await slow.has('fou')).toBe(false);
    expect(count).toBe(1);
  });

  it('a probe that failed is made again, and fails who asked', async () => {
    there = new Error('no answer');
    await expect(memory.has('fou')).rejects.toThrow('no answer');
    there = true;
    expect(await memory.has('fou')).toBe(true);
  });

  it('two that ask at once wait for one probe, and features are apart', async () => {
    await Promise.all([memory.has('gre'), memory.has('gre'), memory.has('sit')]);
    expect(probes).toEqual(['gre', 'sit']);
  });
});
