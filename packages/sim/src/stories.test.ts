import type { Action } from './nemesis/model.js';
import { run } from './run.js';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;
/** Draws the key `note`, which is no lease: it moves the revision on and changes nothing else. */
const NOTE = 5;

const at = (minutes: number, kind: string, node = 1, forMinutes = 0.1): Action => ({
  ...{ kind, node, salt: NOTE },
  atMs: minutes * MINUTE_MS,
  forMs: forMinutes * MINUTE_MS,
});

/** Seeds with which a host that was installed anew takes the subnet of the one that is away. */
test.each([1, 7])(
  'A17 I1 seed %d: etcd was wiped while a node was away, and is past its revision when it comes back',
  async (seed) => {
    const away = at(1, 'partition', 1, 8);
    const others = [
      at(1.9, 'wipe', 2, 1),
      at(1.9, 'wipe', 3, 1),
      at(2, 'etcd-wiped', 1, 0.2),
      at(2.7, 'config'),
    ];
    const revisions = Array.from({ length: 60 }, () => at(6, 'bad-key'));
    const cluster = { nodes: 3, ttlSeconds: 3600, subnets: 3 };
    const { violation } = await run({ seed, days: 0.3, cluster, plan: [[away, ...others, ...revisions]] });
    expect(violation).toBeUndefined();
  },
);
