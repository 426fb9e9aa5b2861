import fc from 'fast-check';
import { pauseBefore } from './watch-loop.js';

test('the first try after a break is immediate, the later ones wait longer, never more than 2 s', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const pause = pauseBefore(failures, random);
      expect(pause).toBeLessThanOrEqual(2000);
      if (failures <= 1) expect(pause).toBe(0);
      else expect(pause).toBeGreaterThanOrEqual(50);
      if (failures > 6) expect(pause).toBeGreaterThanOrEqual(1000);
    }),
  );
});
