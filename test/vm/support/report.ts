import { appendFileSync } from 'node:fs';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';
import { isLate } from './late.js';

/** The reporter of one scenario file: a line for people, and one of JSON for the report. A test that was skipped has failed. */
async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, details, skip, todo } = event.data;
    if (details.type === 'suite') continue;
    const skipped = skip !== undefined || todo !== undefined;
    const ok = event.type === 'test:pass' && !skipped;
    const ms = Math.round(details.duration_ms);
    const failure = event.type === 'test:fail' ? event.data.details.error : undefined;
    const error = skipped ? 'it was skipped' : failure && because(failure);
    const result = {
      file: process.env['VM_SCENARIO'] ?? '',
      name,
      ok,
      ms,
      ...(error === undefined ? {} : { error, late: isLate(failure) }),
    };
    if (process.env['VM_RESULTS'] !== undefined)
      appendFileSync(process.env['VM_RESULTS'], `${JSON.stringify(result)}\n`);
    yield `${ok ? 'ok  ' : 'FAIL'} ${name} (${ms} ms)${error === undefined ? '' : `\n${error}`}\n`;
  }
}

function because(error: Error): string {
  return inspect(error.cause ?? error);
}

export = report;
