import { isEqual } from '../../compare.js';
import { objectKey } from '../../identity.js';
import type { ActualState, Change, HookObject, KernelObject, KernelPart, Outcome } from '../../model.js';
import { runProgram } from './program.js';

export interface HookOptions {
  /** What ran, what failed and what was given up, in words for a person. */
  readonly log: (message: string) => void;
  /** How long one command may take; it is then killed. Also how long one `apply` begins new ones. */
  readonly timeoutMs: number;
}

/** A command for going that failed this often is not tried again: nothing would ever end it. */
const REMOVE_ATTEMPTS = 3;

/**
 * Commands of the operator's (`hook`), one at a time in the order given, those that failed before after the others. What ran is known to
 * this process only. `apply` waits for them, and once they took `timeoutMs` together refuses the rest with EAGAIN until the next pass, so
 * that one that hangs does not hold up everything else for long.
 */
export function openHookPart(options: HookOptions): KernelPart {
  return new HookPart(options);
}

class HookPart implements KernelPart {
  private readonly ran = new Map<string, HookObject>();
  private readonly failed = new Set<string>();
  private readonly removals = new Map<string, number>();
  private closed = false;

  constructor(private readonly options: HookOptions) {}

  claims(object: KernelObject): boolean {
    return object.type === 'hook';
  }

  read(): Promise<ActualState> {
    return Promise.resolve({ objects: new Map<string, KernelObject>(this.ran), foreign: new Map() });
  }

  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const again = ({ object }: Change): boolean => this.failed.has(objectKey(object));
    const order = [...changes.filter((change) => !again(change)), ...changes.filter(again)];
    const end = performance.now() + this.options.timeoutMs;
    const outcomes = new Map<Change, Outcome>();
    for (const change of order)
      outcomes.set(change, performance.now() < end ? await this.one(change) : postponed(change));
    return changes.flatMap((change) => outcomes.get(change) ?? []);
  }

  /** Begins no further command; one that runs goes on to its end. */
  close(): void {
    this.closed = true;
  }

  private async one(change: Change): Promise<Outcome> {
    const { object } = change;
    if (object.type !== 'hook' || this.closed) return postponed(change);
    const reason = await this.change(change.op, object);
    const key = objectKey(object);
    if (reason === '') {
      this.failed.delete(key);
      return { change, ok: true };
    }
    this.failed.add(key);
    return { change, ok: false, code: 'OVL_HOOK_FAILED', message: reason };
  }

  /** Why it failed; empty when it did not. */
  private async change(op: Change['op'], hook: HookObject): Promise<string> {
    const key = objectKey(hook);
    const before = this.ran.get(key);
    if (op !== 'remove' && before !== undefined && isEqual(hook, before)) return '';
    const reason = before === undefined ? '' : await this.remove(key, before);
    return reason !== '' || op === 'remove' ? reason : this.add(key, hook);
  }

  private async add(key: string, hook: HookObject): Promise<string> {
    const reason = await this.run(hook, hook.add);
    if (reason === '') this.ran.set(key, hook);
    return reason;
  }

  private async remove(key: string, hook: HookObject): Promise<string> {
    const reason = await this.run(hook, hook.remove);
    const attempts = (this.removals.get(key) ?? 0) + 1;
    const givenUp = reason !== '' && attempts >= REMOVE_ATTEMPTS;
    if (reason !== '' && !givenUp) {
      this.removals.set(key, attempts);
      return reason;
    }
    if (givenUp) this.options.log(`${hook.name}: given up after ${attempts} attempts: ${reason}`);
    this.removals.delete(key);
    this.ran.delete(key);
    return '';
  }

  private async run(hook: HookObject, argv: readonly string[]): Promise<string> {
    if (argv.length === 0) return '';
    const { environment, input } = hook;
    const { timeoutMs } = this.options;
    const result = await runProgram({ argv, environment, input, timeoutMs });
    this.options.log(`${hook.name}: ${result.ok ? `ran ${argv[0] ?? ''}` : result.reason}`);
    return result.reason;
  }
}

const postponed = (change: Change): Outcome => ({
  change,
  ok: false,
  code: 'EAGAIN',
  message: 'the commands before it took too long; its turn comes in the next pass',
});
