import { setTimeout as sleep } from 'node:timers/promises';
import { OverlayError } from '@overlay/cidr';
import {
  compareRevision,
  type NetworkConfig,
  type RenumberAnswer,
  type RenumberRequest,
  type RenumberStore,
} from '@overlay/lease';
import { misfit, subnetsOf } from './fit.js';
import { subnetText } from './lease-table.js';
import type { NodeEntry } from './nodes.js';

/** What became of one node: a stable contract. */
export interface NodeOutcome {
  readonly node: string;
  readonly nodeId: string | null;
  /** Its subnets when it was asked. */
  readonly before: readonly string[];
  /** What it says it holds now; null where it said nothing. */
  readonly after: string | null;
  /**
   * `done`; `draining`: it has another subnet, and the old one too until its last container is gone; `failed`; `silent`: no answer in
   * time; `left`: not asked, as one before it failed or Ctrl-C came; `fits`: not asked, its lease fits; `flannel`: cannot be asked.
   */
  readonly state: 'done' | 'draining' | 'failed' | 'silent' | 'left' | 'fits' | 'flannel';
  readonly message: string;
}

const BAD: readonly NodeOutcome['state'][] = ['failed', 'silent', 'left'];

/** Whether everything that was asked was done. */
export function allDone(outcomes: readonly NodeOutcome[]): boolean {
  return !outcomes.some(({ state }) => BAD.includes(state));
}

/** Whether a node holds no lease that fits; one that is still draining holds one that does beside the old one. */
export function needsAnother({ leases }: NodeEntry, config: NetworkConfig): boolean {
  return leases.every(({ name }) => {
    const subnets = subnetsOf(name);
    return subnets !== undefined && misfit(subnets, config) !== undefined;
  });
}

export interface RenumberOptions {
  /** How long a node may take, ms. */
  readonly timeoutMs: number;
  readonly oneByOne: boolean;
  /** Host name of who asks. */
  readonly by: string;
  readonly signal: AbortSignal;
  /** Wraps the wait for some nodes, to show progress. */
  readonly waiting: <T>(what: string, work: Promise<T>) => Promise<T>;
}

const POLL_MS = 300;
/** So that asking many nodes at once does not drown etcd in questions. */
const POLL_MS_PER_NODE = 10;

/** Asks nodes through etcd to renumber and waits for their outcomes, in order. One by one it stops at the first that fails. */
export async function renumberNodes(
  store: RenumberStore,
  nodes: readonly NodeEntry[],
  options: RenumberOptions,
): Promise<NodeOutcome[]> {
  if (!options.oneByOne) {
    const pollMs = Math.max(POLL_MS, nodes.length * POLL_MS_PER_NODE);
    const all = Promise.all(nodes.map((node) => ask(store, node, options, pollMs)));
    return options.waiting(
      nodes.length === 1 ? `renumbering ${nodes[0]?.node}` : `renumbering ${nodes.length} nodes`,
      all,
    );
  }
  const outcomes: NodeOutcome[] = [];
  for (const [at, node] of nodes.entries()) {
    const stopped = !allDone(outcomes) || options.signal.aborted;
    const what = `renumbering ${node.node} (${at + 1} of ${nodes.length})`;
    outcomes.push(
      stopped ? unasked(node, 'left') : await options.waiting(what, ask(store, node, options, POLL_MS)),
    );
  }
  return outcomes;
}

const MESSAGES = {
  left: '',
  fits: 'its lease fits the network config',
  flannel: 'not run by overlayd: restart flanneld there',
};

/** The entry of a node that is not asked. */
export function unasked(node: NodeEntry, state: 'left' | 'fits' | 'flannel'): NodeOutcome {
  return { ...identity(node), after: null, state, message: MESSAGES[state] };
}

function identity({ node, nodeId, leases }: NodeEntry): Pick<NodeOutcome, 'node' | 'nodeId' | 'before'> {
  return { node, nodeId, before: leases.map(subnetText) };
}

async function ask(
  store: RenumberStore,
  node: NodeEntry,
  options: RenumberOptions,
  pollMs: number,
): Promise<NodeOutcome> {
  const { nodeId } = node;
  if (nodeId === null) return unasked(node, 'flannel');
  try {
    const request = await store.requestRenumber(nodeId, options.by);
    return { ...identity(node), ...(await answered(store, request, options, pollMs)) };
  } catch (error) {
    if (!(error instanceof OverlayError)) throw error;
    return { ...identity(node), after: null, state: 'failed', message: `${error.code}: ${error.message}` };
  }
}

type Answered = Pick<NodeOutcome, 'after' | 'state' | 'message'>;

/** What became of a request. One that nobody watches any more is taken back, so that the node does not act on it. */
async function answered(
  store: RenumberStore,
  request: RenumberRequest,
  options: RenumberOptions,
  pollMs: number,
): Promise<Answered> {
  const answer = await answerTo(store, request, options, pollMs).catch(async (error: unknown) => {
    await store.withdrawRenumber(request).catch(() => undefined);
    throw error;
  });
  if (answer !== undefined) return told(answer);
  const withdrawn = await store.withdrawRenumber(request);
  // Gone already: it may have been answered since the last look.
  const late = withdrawn ? undefined : await answerNow(store, request);
  if (late !== undefined) return told(late);
  return { after: null, state: 'silent', message: silence(withdrawn, options) };
}

function told({ subnet, state, message }: RenumberAnswer): Answered {
  return { after: subnet || null, state, message };
}

/** The answer to a request, undefined when none came in time or Ctrl-C did. An etcd that is away for a while is waited for. */
async function answerTo(
  store: RenumberStore,
  request: RenumberRequest,
  { timeoutMs, signal }: RenumberOptions,
  pollMs: number,
): Promise<RenumberAnswer | undefined> {
  const end = Date.now() + timeoutMs;
  while (!signal.aborted && Date.now() < end) {
    const answer = await answerNow(store, request).catch(passOver);
    if (answer !== undefined) return answer;
    await sleep(Math.min(pollMs, Math.max(end - Date.now(), 0)), undefined, { signal }).catch(
      () => undefined,
    );
  }
  return undefined;
}

/** What the node last said, if that answers this request: it may still say something about an earlier one. */
async function answerNow(
  store: RenumberStore,
  { nodeId, revision }: RenumberRequest,
): Promise<RenumberAnswer | undefined> {
  const answer = await store.renumberOutcome(nodeId);
  return answer !== undefined && compareRevision(answer.request, revision) >= 0 ? answer : undefined;
}

/** Codes of an etcd that may be back at the next look; anything else, as a missing right, stays as it is. */
const AWAY: readonly string[] = ['OVL_ETCD_UNREACHABLE', 'OVL_ETCD_TIMEOUT'];

function passOver(error: unknown): undefined {
  if (!(error instanceof OverlayError) || !AWAY.includes(error.code)) throw error;
  return undefined;
}

function silence(withdrawn: boolean, { timeoutMs, signal }: RenumberOptions): string {
  const then = withdrawn
    ? 'the request is withdrawn'
    : 'the request could not be withdrawn; look at it with overlayctl node show';
  if (signal.aborted) return `interrupted; ${then}`;
  return `no answer in ${timeoutMs / 1000} s, is overlayd running there? ${then}`;
}
