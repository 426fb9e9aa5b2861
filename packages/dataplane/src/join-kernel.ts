import { OverlayError } from '@overlay/cidr';
import type { ActualState, Change, DesiredState, Kernel, KernelPart, Outcome, Ownership } from './model.js';
import { unsafeReason } from './safety.js';

/**
 * One Kernel of a base and parts. Changes keep their order; consecutive ones of one part are applied together. What lies outside the
 * ownership of the last `read` reaches no part (OVL_DATAPLANE_UNSAFE). A part that cannot be read, or throws, stops no other: what is
 * wanted of it counts as a conflict, and nothing of it is removed.
 */
export function joinKernel(base: Kernel, parts: readonly KernelPart[]): Kernel {
  return parts.length === 0 ? base : new JoinedKernel(base, parts);
}

type Applier = Pick<Kernel, 'apply'>;

class JoinedKernel implements Kernel {
  private ownership: Ownership | undefined;

  constructor(
    private readonly base: Kernel,
    private readonly parts: readonly KernelPart[],
  ) {}

  async read(ownership: Ownership, desired: DesiredState = new Map()): Promise<ActualState> {
    this.ownership = ownership;
    const state = await this.base.read(ownership, desired);
    const read = await Promise.all(
      this.parts.map((part) => readPart(part, ownership, this.wantedOf(part, desired))),
    );
    return read.reduce(merge, state);
  }

  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const [applier, run] of this.runs(changes)) outcomes.push(...(await applyRun(applier, run)));
    return outcomes;
  }

  watch(listener: Parameters<Kernel['watch']>[0]): Promise<{ close(): void }> {
    return this.base.watch(listener);
  }

  private wantedOf(part: KernelPart, desired: DesiredState): DesiredState {
    return new Map([...desired].filter(([, object]) => this.ownerOf(object) === part));
  }

  private ownerOf(object: Change['object']): KernelPart | undefined {
    return this.parts.find((part) => part.claims(object));
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
    const part = this.ownerOf(change.object);
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
    return { objects: new Map(), foreign: new Map([...wanted.keys()].map((key) => [key, reason])) };
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

/** What a part says of its links counts over what rtnetlink sees of them. */
function merge(state: ActualState, part: ActualState): ActualState {
  const foreign = new Map([...state.foreign].filter(([key]) => !part.objects.has(key)));
  for (const [key, reason] of part.foreign) foreign.set(key, reason);
  return {
    objects: new Map([...state.objects, ...part.objects]),
    foreign,
    down: new Set([...(state.down ?? []), ...(part.down ?? [])]),
  };
}
