import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byKey, diff, joinKernel, type HookObject, type KernelObject, type Outcome } from '../src/index.js';
import { FakeKernel, type Ownership } from '../src/index.js';
import { openHookPart, runProgram } from '../src/linux/index.js';

const ownership: Ownership = { alias: 'overlayd:uptest', links: [], networks: [], adopt: false };

let folder: string;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'up-hooks-'));
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);
const lines = (): string[] =>
  existsSync(file('log')) ? readFileSync(file('log'), 'utf8').trim().split('\n') : [];
/** A command that writes one line to the log; the part itself knows no shell. */
const say = (text: string): string[] => ['sh', '-c', `echo "${text}" >> ${file('log')}`];

const hook = (name: string, changes: Partial<HookObject> = {}): HookObject => ({
  type: 'hook',
  name,
  add: say(`add ${name}`),
  remove: say(`remove ${name}`),
  environment: {},
  input: '',
  ...changes,
});

function open(timeoutMs = 5000) {
  const kernel = joinKernel(new FakeKernel(), [
    openHookPart({ log: (text) => logged.push(text), timeoutMs }),
  ]);
  return async (...objects: readonly KernelObject[]): Promise<readonly Outcome[]> => {
    const desired = byKey(objects);
    return kernel.apply(diff(desired, await kernel.read(ownership, desired)).changes);
  };
}

const reasons = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => (outcome.ok ? 'ok' : `${outcome.code} ${outcome.message}`));

describe('commands of the operator', () => {
  it('run once, in order, one after the other, and again in reverse when they go', async () => {
    const apply = open();
    const slow = hook('slow', { add: ['sh', '-c', `sleep 0.2; echo slow >> ${file('log')}`] });
    expect(reasons(await apply(slow, hook('b')))).toEqual(['ok', 'ok']);
    expect(await apply(slow, hook('b'))).toEqual([]);
    expect(lines()).toEqual(['slow', 'add b']);
    await apply(hook('b'));
    await apply();
    expect(lines().slice(2)).toEqual(['remove slow', 'remove b']);
  });

  it('get the environment and the input of the object, and nothing of ours', async () => {
    process.env['UP_SECRET'] = 'x';
    const add = ['sh', '-c', `{ env; cat; } > ${file('out')}`];
    await open()(hook('a', { add, environment: { SUBNET: '10.5.9.0/24' }, input: 'hello-\n' }));
    const out = readFileSync(file('out'), 'utf8');
    expect(out).toMatch(/^SUBNET=10\.5\.9\.0\/24$/m);
    expect(out).toMatch(/^PATH=\/usr\/local\/sbin:/m);
    expect(out).toMatch(/hello-\n$/);
    expect(out).not.toContain('UP_SECRET');
    delete process.env['UP_SECRET'];
  });

  it('are not run by a shell', async () => {
    await open()(hook('a', { add: ['touch', `${folder}/$(x); *`] }));
    expect(existsSync(`${folder}/$(x); *`)).toBe(true);
  });

  it('that change are undone as they were before and done anew', async () => {
    const apply = open();
    await apply(hook('a'));
    await apply(hook('a', { input: 'other', add: say('new'), remove: say('never') }));
    expect(lines()).toEqual(['add a', 'remove a', 'new']);
  });

  it('that fail say how with their last line, and are tried again', async () => {
    const apply = open();
    const failing = hook('a', { add: ['sh', '-c', `echo one; echo two >&2; test -e ${file('ready')}`] });
    expect(reasons(await apply(failing))).toEqual(['OVL_HOOK_FAILED sh: exit code 1: two']);
    expect(logged).toEqual(['a: sh: exit code 1: two']);
    writeFileSync(file('ready'), '');
    expect(reasons(await apply(failing))).toEqual(['ok']);
    expect(await apply(failing)).toEqual([]);
  });

  it('for going that keep failing are given up after three attempts', async () => {
    const apply = open();
    await apply(hook('a', { remove: ['false'] }));
    expect(reasons(await apply())).toEqual(['OVL_HOOK_FAILED false: exit code 1']);
    expect(reasons(await apply())).toEqual(['OVL_HOOK_FAILED false: exit code 1']);
    expect(reasons(await apply())).toEqual(['ok']);
    expect(logged.at(-1)).toContain('given up after 3 attempts');
    expect(await apply()).toEqual([]);
  });

  it('that hang are killed with what they started, without holding the event loop', async () => {
    const apply = open(400);
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    const add = ['sh', '-c', `(sleep 1; touch ${file('late')}) & sleep 60`];
    expect(reasons(await apply(hook('a', { add })))).toEqual([
      'OVL_HOOK_FAILED sh: killed: it ran longer than 0.4 s',
    ]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(existsSync(file('late'))).toBe(false);
  });

  it('behind one that hangs have their turn in the next pass, before it', async () => {
    const apply = open(300);
    const hanging = hook('a', { add: ['sleep', '60'] });
    expect(reasons(await apply(hanging, hook('b'))).map((text) => text.split(' ')[0])).toEqual([
      'OVL_HOOK_FAILED',
      'EAGAIN',
    ]);
    expect(reasons(await apply(hanging, hook('b')))[1]).toBe('ok');
    expect(lines()).toEqual(['add b']);
  });

  it('that leave a daemon behind have ended', async () => {
    const add = ['sh', '-c', `(sleep 2; touch ${file('daemon')}) & echo started`];
    expect(reasons(await open()(hook('a', { add })))).toEqual(['ok']);
    expect(existsSync(file('daemon'))).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(existsSync(file('daemon'))).toBe(true);
  });
});

describe('a program', () => {
  const run = (...argv: string[]) =>
    runProgram({ argv, environment: {}, input: 'x'.repeat(1e6), timeoutMs: 5000 });

  it.each([
    [['/no/such/program'], 'not found'],
    [['/etc/passwd'], 'not executable'],
    [['sh', '-c', 'kill -TERM $$'], 'killed by SIGTERM'],
    [['sh', '-c', 'exit 7'], 'exit code 7'],
    [['a\0b'], 'could not be started'],
    [[], 'could not be started'],
  ])('%j is not ok: %s', async (argv, reason) => {
    const result = await run(...argv);
    expect([result.ok, result.reason]).toEqual([false, expect.stringContaining(reason)]);
  });

  it('has its last 64 KiB of output kept', async () => {
    const result = await run('sh', '-c', 'head -c 300000 /dev/zero; echo end');
    expect([result.ok, result.truncated, result.output.length]).toEqual([true, true, 65536]);
    expect(result.output).toMatch(/end\n$/);
  });
});
