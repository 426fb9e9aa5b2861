import { OverlayError } from '@overlay/cidr';
import type { ActualState, Change, DesiredState, Kernel, KernelPart, Outcome, Ownership } from './model.js';
import { PartOwners } from './part-owners.js';
import { unsafeReason } from './safety.js';

/**
 * One Kernel of a base and parts. Reads, looks and applies run one after another, in the order they were asked for: a part's socket takes
 * one at a time. Changes keep their order; consecutive ones of one part are applied together. What lies outside the ownership of the last
 * `read` reaches no part (OVL_DATAPLANE_UNSAFE). A part that cannot be read, or throws, stops no other: what is wanted of it counts as a
 * conflict, nothing of it is removed, and the state says so (`unread`).
 */
export function joinKernel(base: Kernel, parts: readonly KernelPart[]): Kernel {
  return parts.length === 0 ? base : new JoinedKernel(base, parts);
}

type Applier = Pick<Kernel, 'apply'>;

class JoinedKernel implements Kernel {
  private readonly owners: PartOwners;
  private ownership: Ownership | undefined;
  /** Ends with the last that was asked for, and never fails. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly base: Kernel,
    private readonly parts: readonly KernelPart[],
  ) {
    this.owners = new PartOwners(parts);
  }

  read(ownership: Ownership, desired: DesiredState = new Map()): Promise<ActualState> {
    return this.inTurn(() => {
      this.ownership = ownership;
      return this.joined(this.base.read(ownership, desired), ownership, desired);
    });
  }

  look(ownership: Ownership, desired: DesiredState = new Map()): Promise<ActualState> {
    return this.inTurn(() => this.joined(this.base.look(ownership, desired), ownership, desired));
  }

  apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    return this.inTurn(async () => {
      const outcomes: Outcome[] = [];
      for (const [applier, run] of this.runs(changes)) outcomes.push(...(await applyRun(applier, run)));
      return outcomes;
    });
  }

  watch(listener: Parameters<Kernel['watch']>[0]): Promise<{ close(): void }> {
    return this.base.watch(listener);
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    // Without the result: what was read last is large, and not to be kept.
    const over = (): void => undefined;
    this.turn = result.then(over, over);
    return result;
  }

  /** What the base sees, then what the parts say. */
  private async joined(
    base: Promise<ActualState>,
    ownership: Ownership,
    desired: DesiredState,
  ): Promise<ActualState> {
    const state = await base;
    const wanted = this.owners.partition(desired);
    return merge(
      state,
      await Promise.all(this.parts.map((part) => readPart(part, ownership, wanted.get(part) ?? new Map()))),
    );
  }

  /** Consecutive changes of one owner, each with who applies them. */
  private *runs(changes: readonly Change[]): Iterable<[Applier, readonly Change[]]> {
    let run: Change[] = [];
    let owner: Applier = this.base;
    for (const change of changes) {
      const next = this.applierOf(change);
      if (next !== owner && run.length > 0) {
        yield [owner, run];
        run = [];
      }
      owner = next;
      run.push(change);
    }
    if (run.length > 0) yield [owner, run];
  }

  private applierOf(change: Change): Applier {
    const part = this.owners.ownerOf(change.object);
    if (part === undefined) return this.base;
    const { ownership } = this;
    if (ownership === undefined)
      throw new OverlayError('OVL_DATAPLANE_UNREAD', 'the kernel must be read before it is changed');
    return unsafeReason(change, ownership) === undefined ? part : refuser(ownership);
  }
}

async function readPart(part: KernelPart, ownership: Ownership, wanted: DesiredState): Promise<ActualState> {
  try {
    return await part.read(ownership, wanted);
  } catch (error) {
    const reason = `what is there cannot be read: ${textOf(error)}`;
    const foreign = new Map([...wanted.keys()].map((key) => [key, reason]));
    return { objects: new Map(), foreign, unread: [textOf(error)] };
  }
}

async function applyRun(applier: Applier, changes: readonly Change[]): Promise<readonly Outcome[]> {
  try {
    return await applier.apply(changes);
  } catch (error) {
    if (error instanceof OverlayError && error.code === 'OVL_DATAPLANE_UNREAD') throw error;
    return changes.map((change) => ({ change, ok: false, code: codeOf(error), message: textOf(error) }));
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'OVL_DATAPLANE_PART';
}

/** Refuses each change with its reason. */
function refuser(ownership: Ownership): Applier {
  return {
    apply: (changes) =>
      Promise.resolve(
        changes.map((change) => ({
          change,
          ok: false,
          code: 'OVL_DATAPLANE_UNSAFE',
          message: unsafeReason(change, ownership) ?? '',
        })),
      ),
  };
}

/** What a part says of its links counts over what rtnetlink sees of them, and what a later part says over that. */
function merge(state: ActualState, parts: readonly ActualState[]): ActualState {
  const telling = parts.filter(
    ({ objects, foreign, down, unread }) =>
      objects.size + foreign.size + (down?.size ?? 0) > 0 || unread !== undefined,
  );
  if (telling.length === 0) return state;
  const unread = telling.flatMap((part) => part.unread ?? []);
  const objects = new Map(state.objects);
  const foreign = new Map(state.foreign);
  const down = new Set(state.down);
  for (const part of telling) {
    for (const [key, object] of part.objects) {
      objects.set(key, object);
      foreign.delete(key);
    }
    for (const [key, reason] of part.foreign) foreign.set(key, reason);
    for (const key of part.down ?? []) down.add(key);
  }
  return { objects, foreign, down, ...(unread.length === 0 ? {} : { unread }) };
}
