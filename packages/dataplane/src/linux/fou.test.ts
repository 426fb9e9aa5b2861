import { byKey } from '../identity.js';
import type { FouObject } from '../model.js';
import { classifyFou } from './fou.js';

const fou = (port: number, protocol: 4 | 41): FouObject => ({ type: 'fou', family: 4, port, protocol });
const state = (port: number, inner: number, plain = true) => ({
  ...fou(port, inner === 41 ? 41 : 4),
  inner,
  plain,
});
const no = () => false;

describe('whose a fou port is', () => {
  it('one as wanted is ours', () => {
    const { objects, foreign } = classifyFou([state(8285, 4)], byKey([fou(8285, 4)]), no);
    expect([...objects.values()]).toEqual([fou(8285, 4)]);
    expect(foreign.size).toBe(0);
  });

  it.each([
    ['another protocol', state(8285, 41)],
    ['a protocol we never use', state(8285, 47)],
    ['one peer only', state(8285, 4, false)],
  ])('one of the wanted number for %s is a conflict', (_, there) => {
    const { objects, foreign } = classifyFou([there], byKey([fou(8285, 4)]), no);
    expect(objects.size).toBe(0);
    expect([...foreign.values()].join()).toContain('8285 already is a fou port for IP protocol');
  });

  it('one that a tunnel of ours uses is ours, and differs when it is not as wanted', () => {
    for (const there of [state(8285, 41), state(8285, 47), state(8285, 4, false)]) {
      const { objects } = classifyFou([there], byKey([fou(8285, 4)]), () => true);
      expect([...objects.values()]).toEqual([fou(8285, 41)]);
    }
  });

  it('one that nobody asked about is neither ours nor in the way', () => {
    expect(classifyFou([state(9999, 4)], new Map(), no)).toEqual({ objects: new Map(), foreign: new Map() });
  });
});
