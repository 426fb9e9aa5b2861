import { aimedAgain, daemonSteps, hitStep, spread, tracedCalls } from './crash-trace.js';

const VIEW = {
  pid: 7,
  isOwn: (path: string): boolean => path.startsWith('/state/'),
  sockets: new Map([
    ['socket:[11]', 'netlink 0'],
    ['socket:[12]', 'etcd'],
  ]),
};
const whats = (lines: readonly string[]): readonly string[] =>
  daemonSteps(lines.join('\n'), VIEW).map(({ what, place }) => `${what} (${place.kind})`);
const netlink = (fd: string, type: string): string =>
  String.raw`7 write(${fd}, "\x34\x00\x00\x00\x${type}\x00\x05\x04"..., 52) = 52`;

describe('a log of strace', () => {
  test('a call is known by its first line, whichever thread made it; results, signals and exits are none', () => {
    const log = [
      '7     write(3</state/a>, "x", 1 <unfinished ...>',
      '9     openat(AT_FDCWD</>, "/state/b", O_RDONLY) = 4</state/b>',
      '7     <... write resumed>)      = 1',
      '7     --- SIGCHLD {si_signo=SIGCHLD} ---',
      '7     +++ killed by SIGKILL +++',
    ];
    expect(tracedCalls(log.join('\n')).map(({ thread, call }) => [thread, call])).toEqual([
      ['7', 'write'],
      ['9', 'openat'],
    ]);
    expect(tracedCalls('fsync(3</state/a>) = 0')).toEqual([
      { thread: '', call: 'fsync', text: '3</state/a>) = 0' },
    ]);
  });

  test('a step is counted by thread, call and file, as strace -P counts it: reads of the file and failures too', () => {
    expect(
      whats([
        '7 openat(AT_FDCWD</>, "/state/a", O_RDONLY) = -1 ENOENT (No such file or directory)',
        '9 openat(AT_FDCWD</>, "/state/a", O_WRONLY|O_CREAT|O_TRUNC, 0600) = 3</state/a>',
        '7 openat(AT_FDCWD</>, "/state/a", O_WRONLY|O_CREAT|O_TRUNC, 0600) = 3</state/a>',
        '7 write(3</state/a>, "\\"/state/other\\"", 12) = 12',
        '7 rename("/state/b", "/state/a") = 0',
        '7 rename("/state/a", "/elsewhere") = 0',
        '7 openat(AT_FDCWD</state>, "/usr/lib", O_RDWR) = 3</usr/lib>',
        '7 openat(AT_FDCWD</>, "/state2/a", O_RDWR) = 3</state2/a>',
        '7 mkdir("/state/c", 0700) = -1 EEXIST (File exists)',
      ]),
    ).toEqual([
      '1. openat /state/a (file)',
      '2. openat /state/a (file)',
      '1. write /state/a (file)',
      '1. rename /state/b (file)',
      '2. rename /state/a (file)',
    ]);
  });

  test('of what goes to rtnetlink questions are known from changes', () => {
    const lines = [
      netlink('21<socket:[11]>', '12'),
      netlink('21<socket:[11]>', '18'),
      netlink('22<socket:[99]>', '18'),
      netlink('21<socket:[11]>', '11'),
      netlink('23<NETLINK:[ROUTE:1]>', '1c'),
    ];
    expect(whats(lines)).toEqual([
      '1. write netlink 0 GETLINK (socket)',
      '2. write netlink 0 NEWROUTE (socket)',
      '3. write netlink 0 DELLINK (socket)',
      '5. write netlink NEWNEIGH (process)',
    ]);
    expect(daemonSteps(lines.join('\n'), VIEW).map(({ asks }) => asks)).toEqual([
      true,
      ...[undefined, undefined, undefined],
    ]);
  });

  test('a fault that met another call than the one that was meant is known', () => {
    const failed = (line: string): string =>
      `${line.replace(/^7 /, '').replace(/ = \d+$/, '')} = -1 EPERM (Operation not permitted) (INJECTED)`;
    const [link, neighbour] = ['11', '1c'].map((type) => netlink('23<NETLINK:[ROUTE:1]>', type));
    const rules = '7 write(31<UNIX-STREAM:[5->6]>, "*raw\\n:OVERLAY-RAW"..., 300) = 300';
    const steps = daemonSteps([link, neighbour, rules].join('\n'), VIEW);
    const hits = [link, neighbour, rules].map((line) =>
      steps.map((step) => hitStep(`write(1<pipe:[1]>, "x", 1) = 1\n${failed(line!)}\n`, step)),
    );
    expect(hits).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]);
    const file = { call: 'write', nth: 1, place: { kind: 'file', path: '/x' }, what: '1. write /x' } as const;
    expect([failed(link!), link!].map((log) => hitStep(log, file))).toEqual([true, false]);
  });

  test('what is sent to etcd, and children; those of other threads and processes are not the daemon itself, and a thread is none', () => {
    expect(
      whats([
        '7 writev(30<socket:[12]>, [{iov_base="x", iov_len=1}], 1) = 1',
        '8 write(30<socket:[12]>, "x", 1) = 1',
        '7 clone(child_stack=NULL, flags=SIGCHLD) = 40',
        '40 clone(child_stack=NULL, flags=SIGCHLD) = 41',
        '7 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, exit_signal=0}, 88) = 42',
        '7 write(31<socket:[77]>, "*raw\\n:OVERLAY-RAW"..., 300) = 300',
        '7 write(32<socket:[78]>, "GET"..., 300) = 300',
      ]),
    ).toEqual([
      '1. writev etcd writev (socket)',
      '1. clone a child (process)',
      '1. write rules for a child (process)',
    ]);
  });

  test('of the rules for a child it is known which call started it', () => {
    const lines = [
      '7 clone(child_stack=NULL, flags=SIGCHLD) = 40',
      '7 clone(child_stack=NULL, flags=SIGCHLD) = 41',
      '7 write(5<pipe:[1]>, "*", 1) = 1',
      '7 write(31<socket:[77]>, "*raw"..., 300) = 300',
    ];
    const steps = daemonSteps(lines.join('\n'), VIEW);
    const starter = { call: 'clone', nth: 2, after: 2 };
    expect(steps.map((step) => step.starter)).toEqual([undefined, undefined, starter]);
    expect(aimedAgain('write(31<socket:[77]>, "*raw"..., 300) = 300', steps[2]!)?.starter).toEqual({
      ...starter,
      after: 1,
    });
  });

  test('a step that was missed is aimed at where one of its kind was, the nearest one', () => {
    const [step] = daemonSteps(netlink('23<NETLINK:[ROUTE:1]>', '11'), VIEW);
    const links = ['11', '12', '11', '1c', '11'].map((type) =>
      netlink('23<NETLINK:[ROUTE:1]>', type).replace(/^7 /, ''),
    );
    const log = ['openat(AT_FDCWD</>, "/x", O_RDONLY) = 3</x>', 'write(1<pipe:[1]>, "x", 1) = 1', ...links];
    expect([1, 3, 9].map((nth) => aimedAgain(log.join('\n'), { ...step!, nth })?.nth)).toEqual([2, 2, 6]);
    expect(aimedAgain(log.slice(0, 2).join('\n'), step!)).toBeUndefined();
  });

  test('a temporary file that carries the process id is the same one in every run', () => {
    const lines = [
      '7 fsync(3</state/a-tmp-7-1>) = 0',
      '7 rmdir("/state/.s7.1") = 0',
      '7 rmdir("/state/7") = 0',
    ];
    expect(whats(lines.slice(1))).toEqual(['1. rmdir /state/.s@.1 (file)', '1. rmdir /state/7 (file)']);
    const [step] = daemonSteps(lines.join('\n'), VIEW);
    expect(step).toEqual({
      call: 'fsync',
      nth: 1,
      place: { kind: 'file', path: '/state/a-tmp-@-1' },
      what: '1. fsync /state/a-tmp-@-1',
    });
  });
});

test('a selection is spread over all steps, with the first and the last', () => {
  const steps = Array.from({ length: 100 }, (_, index) => index);
  expect(spread(steps, 4)).toEqual([0, 33, 66, 99]);
  expect(spread(steps, 1)).toEqual([0]);
  expect(spread([1, 2], 4)).toEqual([1, 2]);
  expect(new Set(spread(steps, 70)).size).toBe(70);
});
