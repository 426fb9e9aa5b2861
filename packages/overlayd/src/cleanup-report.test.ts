import { attempt, dockerReport, joined, kernelReport, left, removed, reportText } from './cleanup-report.js';

test('each line of Docker’s agent says once what became of it', () => {
  const report = dockerReport([
    'removed Docker network overlay',
    'left Docker network overlay-b: c1, c2 still attached',
    'wrote /etc/docker/daemon.json (bip, mtu); restart Docker for it to take effect',
    'Docker does not answer at /run/docker.sock (ENOENT).',
  ]);
  expect(reportText(report)).toBe(
    [
      'removed Docker network overlay',
      'removed keys of ours from /etc/docker/daemon.json (bip, mtu); restart Docker for it to take effect',
      'left Docker network overlay-b: c1, c2 still attached',
      'left Docker settings: Docker does not answer at /run/docker.sock (ENOENT).',
      '',
    ].join('\n'),
  );
  expect(report.left.every(({ ours }) => ours)).toBe(true);
});

test('a part that fails is left, and the others are still done', async () => {
  const parts = [
    await attempt('kernel', () => Promise.reject(new Error('no netlink'))),
    await attempt('files', () => removed('/run/a')),
  ];
  expect(joined(parts)).toEqual({
    removed: ['/run/a'],
    left: [{ what: 'kernel', why: 'no netlink', ours: true }],
  });
});

test('D21 what could not be read of the kernel may be there still, and is left', () => {
  const object = { type: 'link', kind: 'dummy', name: 'ovl-br-d', mtu: 1400, alias: 'a' } as const;
  const change = { op: 'remove', object } as const;
  const refused = { change, ok: false, code: 'EPERM', message: 'EPERM: not permitted' } as const;
  expect(kernelReport({ unread: ['write ENOBUFS'] }, [{ change, ok: true }, refused])).toEqual({
    removed: ['link ovl-br-d dummy mtu 1400'],
    left: [
      { what: 'kernel objects', why: 'what is there cannot be read: write ENOBUFS', ours: true },
      { what: 'link ovl-br-d dummy mtu 1400', why: 'EPERM: not permitted', ours: true },
    ],
  });
  expect(kernelReport({}, [])).toEqual({ removed: [], left: [] });
});

test('nothing done is said, too', () => {
  expect(reportText(joined([]))).toBe('nothing of ours was here\n');
  expect(reportText(left('/x', 'foreign', false))).toBe('left /x: foreign\n');
});
