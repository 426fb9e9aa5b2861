import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRun } from '../src/command.js';
import { PROJECT_ROOT } from '../src/config.js';
import { disturbed, STEPS_BEGIN, stepsOf, type Disturbed, type Step } from '../src/crash-steps.js';

const OLD = '{"old":true}\n';
const NEW = `${JSON.stringify({ new: 'x'.repeat(20_000) })}\n`;

/** Calls are counted by thread: that of the pool, which the Docker part writes by, is ahead of all others before the steps begin. */
const AHEAD = `for (let n = 0; n < 300; n++) { const file = await require('fs/promises').open('/dev/null', 'w'); await file.write('x'); await file.close(); }`;
/** Who writes a file that must never be torn: overlayd its subnet.env and state, the Docker part daemon.json. */
const WRITERS = [
  [
    'overlayd',
    '',
    `require('${PROJECT_ROOT}/packages/overlayd/dist/host/files.js').writeFileAtomic(path, text, 0o644)`,
  ],
  [
    'docker',
    AHEAD,
    `await require('${PROJECT_ROOT}/packages/docker/dist/engine/replace-file.js').replaceFile(path, text, { mode: 0o644 })`,
  ],
] as const;
const FAULTS = ['signal=SIGKILL', 'error=ENOSPC', 'error=EIO'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overlay-crash-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function programOf(ahead: string, writer: string): readonly string[] {
  const file = JSON.stringify(join(folder, 'file'));
  const text = `JSON.stringify({ new: 'x'.repeat(20000) }) + '\\n'`;
  const body = `${ahead} require('fs').writeSync(1, '${STEPS_BEGIN}\\n'); const path = ${file}, text = ${text}; ${writer};`;
  return [
    process.execPath,
    '-e',
    `(async () => { ${body} })().catch((error) => { console.error(error.message); process.exit(1); })`,
  ];
}

const content = (): string => readFileSync(join(folder, 'file'), 'utf8');
const others = (): readonly string[] => readdirSync(folder).filter((name) => name !== 'file');

/** From the old file, a run with a fault at each step in turn. */
async function* everyStep(
  program: readonly string[],
  steps: readonly Step[],
  fault: string,
): AsyncGenerator<Disturbed> {
  for (const step of steps) {
    for (const name of others()) rmSync(join(folder, name));
    writeFileSync(join(folder, 'file'), OLD);
    yield await disturbed(program, step, fault);
  }
}

describe.each(WRITERS)('what %s writes', (_, ahead, writer) => {
  test.each(FAULTS)(
    'I9 F01 F02 F03 with %s at any system call the file is the old or the new one, and the next write leaves nothing else',
    async (fault) => {
      writeFileSync(join(folder, 'file'), OLD);
      const program = programOf(ahead, writer);
      const steps = await stepsOf(program, folder);
      expect(content()).toBe(NEW);
      expect(steps.map(({ call }) => call)).toEqual(
        expect.arrayContaining(['openat', 'fsync', 'rename', 'close']),
      );
      let reached = 0;
      for await (const run of everyStep(program, steps, fault)) {
        reached += Number(run.reached);
        expect([OLD, NEW]).toContain(content());
        if (fault !== 'signal=SIGKILL' && run.result.code === 1) expect(others()).toEqual([]);
        const after = await tryRun(program);
        expect([after.code, content() === NEW, others()]).toEqual([0, true, []]);
      }
      expect(reached).toBe(steps.length);
    },
    120_000,
  );
});
