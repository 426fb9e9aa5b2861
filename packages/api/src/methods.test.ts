import { METHODS } from './methods.js';

test('a message keeps its values, and what was not set reads as its default', () => {
  const { encode, decode } = METHODS.status.reply;
  const back = decode(encode({ version: '1', reconcile: { fullPasses: 3_000_000_000, failures: ['a'] } }));
  expect(back).toMatchObject({
    version: '1',
    ready: false,
    notReady: [],
    lease: null,
    reconcile: { fullPasses: 3_000_000_000, incrementalPasses: 0, failures: ['a'], failing: 0 },
  });
});

test('every rpc of overlay.proto has a method', () => {
  const paths = Object.values(METHODS).map(({ path }) => path.replace('/overlay.v1.Overlay/', ''));
  expect(paths.sort()).toEqual(
    ['Doctor', 'Explain', 'Leases', 'Plan', 'Renumber', 'Resync', 'Status', 'WatchLeases'].sort(),
  );
});
