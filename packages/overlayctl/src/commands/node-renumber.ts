import { hostname } from 'node:os';
import { OverlayError } from '@overlay/cidr';
import { parseNetworkConfig, type NetworkConfig } from '@overlay/lease';
import type { CommandRun, Options } from '../command-spec.js';
import type { Context } from '../context.js';
import { EXIT } from '../exit-code.js';
import { viewOfSnapshot } from '../leases/from-etcd.js';
import { findNode, nodesOf, type NodeEntry } from '../leases/nodes.js';
import { allDone, needsAnother, renumberNodes, unasked, type NodeOutcome } from '../leases/renumber.js';
import { colourOf } from '../output/colour.js';
import { withProgress } from '../output/progress.js';
import { show } from '../output/show.js';
import { renderTable, type TableStyle } from '../output/table.js';

const DEFAULT_TIMEOUT_S = 120;
const LONGEST_TIMEOUT_S = 86_400;

export const run: CommandRun = async (context, [wanted], options) => {
  const all = options['all'] === true;
  if (all && wanted !== undefined) throw usage('give a node or --all, not both');
  if (all || wanted !== undefined) return renumberThrough(context, wanted, options);
  if (options['oneByOne'] === true || options['timeout'] !== undefined)
    throw usage('--one-by-one and --timeout go with a node or --all');
  return renumberHere(context);
};

/** By the daemon of this host. */
async function renumberHere(context: Context): Promise<undefined> {
  const daemon = await context.daemon();
  const data = await withProgress(context.io, 'taking another subnet', daemon.renumber({}));
  const now = [data.subnet, data.ipv6Subnet].filter(Boolean).join(',');
  await show(context.io, context.settings.output, {
    data,
    text: () => (data.previous === now ? `Kept ${now}.\n` : `${data.previous || 'none'} -> ${now}\n`),
  });
  return undefined;
}

/** By a request in etcd to each node. */
async function renumberThrough(
  context: Context,
  wanted: string | undefined,
  options: Options,
): Promise<number | undefined> {
  const timeoutMs = timeoutOf(options['timeout']) * 1000;
  const store = await context.store();
  const [written, snapshot] = await Promise.all([store.config(), store.list()]);
  if (written === undefined) throw new OverlayError('OVL_NOT_FOUND', 'there is no network config in etcd');
  const config = parseNetworkConfig(written.text);
  const nodes = nodesOf(viewOfSnapshot(snapshot, config).leases.filter(({ publicIp }) => publicIp !== null));
  const { asked, others } = wanted === undefined ? choose(nodes, config) : one(nodes, wanted);
  const outcomes = await renumberNodes(store, asked, {
    timeoutMs,
    oneByOne: options['oneByOne'] === true,
    by: hostname(),
    signal: context.io.signal,
    waiting: (what, work) => withProgress(context.io, what, work),
  });
  const nodesDone = [...outcomes, ...others];
  const done = allDone(nodesDone);
  await show(context.io, context.settings.output, {
    data: { done, nodes: nodesDone },
    text: (style) => outcomesText(nodesDone, style),
  });
  return done ? undefined : EXIT.failed;
}

interface Choice {
  readonly asked: readonly NodeEntry[];
  readonly others: readonly NodeOutcome[];
}

/** All nodes of ours that need another subnet; the others are named all the same. */
function choose(nodes: readonly NodeEntry[], config: NetworkConfig): Choice {
  const [needy, fitting] = [
    nodes.filter((node) => needsAnother(node, config)),
    nodes.filter((node) => !needsAnother(node, config)),
  ];
  return {
    asked: needy.filter(({ nodeId }) => nodeId !== null),
    others: [
      ...needy.filter(({ nodeId }) => nodeId === null).map((node) => unasked(node, 'flannel')),
      ...fitting.map((node) => unasked(node, 'fits')),
    ],
  };
}

function one(nodes: readonly NodeEntry[], wanted: string): Choice {
  const node = findNode(nodes, wanted);
  if (node.nodeId !== null) return { asked: [node], others: [] };
  throw new OverlayError('OVL_CONFLICT', `${node.node} is not run by overlayd; restart flanneld there`);
}

function timeoutOf(written: Options[string]): number {
  if (written === undefined) return DEFAULT_TIMEOUT_S;
  const seconds = /^\d+$/.test(String(written)) ? Number(written) : 0;
  if (seconds >= 1 && seconds <= LONGEST_TIMEOUT_S) return seconds;
  throw new OverlayError(
    'OVL_OPTION_INVALID',
    `--timeout ${JSON.stringify(written)} is not 1 to ${LONGEST_TIMEOUT_S} whole seconds`,
  );
}

function usage(message: string): OverlayError {
  return new OverlayError('OVL_USAGE', message);
}

/** A line per node; what is left undone is said at the end. */
export function outcomesText(outcomes: readonly NodeOutcome[], style: TableStyle): string {
  if (outcomes.length === 0) return 'No nodes.\n';
  const table = renderTable(
    [
      { title: 'NODE', value: ({ node }: NodeOutcome) => node },
      { title: 'BEFORE', value: ({ before }) => before.join(' ') },
      { title: 'AFTER', value: ({ after }) => after ?? '' },
      { title: 'STATE', value: ({ state }) => state, colour: ({ state }) => colourOf(state) },
      { title: 'MESSAGE', value: ({ message }) => message },
    ],
    outcomes,
    style,
  );
  const left = outcomes.filter(({ state }) => state === 'left').map(({ node }) => node);
  return left.length === 0 ? table : `${table}Stopped; these nodes are left: ${left.join(', ')}\n`;
}
