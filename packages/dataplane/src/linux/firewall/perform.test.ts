import { OverlayError } from '@overlay/cidr';
import { Unanswered } from './command.js';
import type { Write } from './host.js';
import { Performer } from './perform.js';
import { WriteBudget } from './write-budget.js';

let nowMs = 0;
const performer = (): Performer => new Performer(new WriteBudget(() => nowMs), () => nowMs);

/** A write that fails with these codes in turn, and then works. */
function write(name: string, codes: string[], without?: string): Write & { readonly runs: () => number } {
  let runs = 0;
  const run = (): Promise<void> => {
    runs += 1;
    const code = codes.shift();
    return code === undefined ? Promise.resolve() : Promise.reject(new OverlayError(code, `${name} ${code}`));
  };
  return {
    ...{ names: [name], lines: [name], run, runs: () => runs },
    ...(without === undefined ? {} : { without }),
  };
}

test('a write that fails does not stop the others', async () => {
  const bad = write('bad', ['OVL_FIREWALL_WRITE']);
  const { written, failed, missed } = await performer().perform([bad, write('good', [])]);
  expect([written, failed, missed]).toEqual([
    ['good'],
    [expect.objectContaining({ code: 'OVL_FIREWALL_WRITE' })],
    [],
  ]);
});

test('D23 what traffic does without is no failure: it is said each time, and asked for again ten minutes after a second refusal', async () => {
  const one = performer();
  const codes = ['OVL_FIREWALL_WRITE', 'OVL_FIREWALL_WRITE', 'OVL_FIREWALL_WRITE'];
  const clamp = write('clamp', codes, 'nothing is clamped');
  const missed = { written: [], failed: [], missed: ['nothing is clamped: clamp OVL_FIREWALL_WRITE'] };
  for (let n = 0; n < 40; n += 1) expect(await one.perform([clamp])).toEqual(missed);
  expect(clamp.runs()).toBe(2);
  nowMs += 601_000;
  for (let n = 0; n < 40; n += 1) expect(await one.perform([clamp])).toEqual(missed);
  expect(clamp.runs()).toBe(3);
  nowMs += 601_000;
  expect(await one.perform([clamp])).toEqual({ written: ['clamp'], failed: [], missed: [] });
});

test('D23 a refusal that passes, as after a lost race, is asked for again at once, each time', async () => {
  const one = performer();
  for (let n = 0; n < 3; n += 1) {
    const clamp = write('clamp', ['OVL_FIREWALL_WRITE'], 'nothing is clamped');
    expect(await one.perform([clamp])).toMatchObject({ failed: [], missed: { length: 1 } });
    expect(await one.perform([clamp])).toEqual({ written: ['clamp'], failed: [], missed: [] });
  }
});

test('a lock that another program holds is a failure whatever is written, and tried again at once', async () => {
  const one = performer();
  const clamp = write('clamp', ['OVL_FIREWALL_LOCKED'], 'nothing is clamped');
  expect((await one.perform([clamp])).failed).toHaveLength(1);
  expect((await one.perform([clamp])).written).toEqual(['clamp']);
});

test('D21 a tool that did not run has refused nothing: what traffic does without is tried again at once', async () => {
  const one = performer();
  const notRun = new OverlayError('OVL_FIREWALL_WRITE', 'iptables-restore failed (127): spawn EAGAIN', {
    cause: new Unanswered('iptables-restore'),
  });
  const results = [Promise.reject(notRun), Promise.resolve()];
  const clamp = { ...write('clamp', [], 'nothing is clamped'), run: () => results.shift()! };
  expect(await one.perform([clamp])).toEqual({ written: [], failed: [notRun], missed: [] });
  expect((await one.perform([clamp])).written).toEqual(['clamp']);
});

test('what traffic does without waits for what it needs', async () => {
  const one = performer();
  const clamp = write('clamp', [], 'nothing is clamped');
  const writes = [write('nat', ['OVL_FIREWALL_LOCKED']), clamp];
  expect((await one.perform(writes)).failed).toHaveLength(1);
  expect(clamp.runs()).toBe(0);
  expect((await one.perform(writes)).written).toEqual(['nat', 'clamp']);
});

test('the same text is written 30 times within a minute, then no more until the minute is over', async () => {
  const one = performer();
  const fought = write('fought', []);
  for (let n = 0; n < 30; n += 1) expect((await one.perform([fought])).written).toEqual(['fought']);
  expect((await one.perform([fought])).failed).toMatchObject([{ code: 'OVL_FIREWALL_CONTESTED' }]);
  expect(fought.runs()).toBe(30);
  nowMs += 61_000;
  expect((await one.perform([fought])).written).toEqual(['fought']);
});
