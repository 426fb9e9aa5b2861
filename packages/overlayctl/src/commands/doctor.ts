import type { Check } from '@overlay/api';
import { OverlayError } from '@overlay/cidr';
import type { CommandRun } from '../command-spec.js';
import type { Context } from '../context.js';
import { EXIT } from '../exit-code.js';
import { colourOf, hasColour, paint } from '../output/colour.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';
import { count, printable } from '../output/text.js';
import { etcdChecks } from '../leases/etcd-checks.js';

export const run: CommandRun = async (context, _args, options) => {
  const { io, settings } = context;
  const people = settings.output === 'table' || settings.output === 'wide';
  const colour = hasColour(io.stdout, io.env);
  const checks: Check[] = [];
  const running = allChecks(context, options['probe'] !== false);
  for (;;) {
    const next = await withProgress(io, 'checking', running.next());
    if (next.done === true) break;
    checks.push(next.value);
    // A check may take its time: each is told at once.
    if (people) io.stdout.write(checkText(next.value, colour));
  }
  await show(io, settings.output, { data: { checks }, text: () => summary(checks) });
  return checks.some(({ result }) => result === 'fail') ? EXIT.failed : undefined;
};

/** The daemon's checks; without it, that it is missing, and what can be seen in etcd. */
async function* allChecks(context: Context, probe: boolean): AsyncGenerator<Check> {
  try {
    const daemon = await context.daemon();
    yield* daemon.doctor({ probe }, { signal: context.io.signal });
  } catch (error) {
    if (!(error instanceof OverlayError) || !error.code.startsWith('OVL_DAEMON_')) throw error;
    yield { name: 'daemon', result: 'fail', detail: error.message, advice: 'systemctl start overlayd' };
    yield* etcdChecks(() => context.store());
  }
}

/** `ok    routes  12 of 12`, and the advice on a line of its own where something is wrong. */
export function checkText({ name, result, detail, advice }: Check, colour: boolean): string {
  const word = result.padEnd(5);
  const head = `${colour ? paint(word, colourOf(result)) : word} ${printable(name)}${detail === '' ? '' : `: ${printable(detail)}`}\n`;
  return advice === '' || result === 'ok' ? head : `${head}      -> ${printable(advice)}\n`;
}

function summary(checks: readonly Check[]): string {
  const of = (wanted: string): number => checks.filter(({ result }) => result === wanted).length;
  return `${count(checks.length, 'check')}: ${of('ok')} ok, ${of('warn')} warn, ${of('fail')} fail, ${of('skip')} skipped\n`;
}
