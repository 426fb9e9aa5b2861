import { renderTable, type Column, type TableStyle } from '../output/table.js';
import { count, printable } from '../output/text.js';
import { namesText } from './backend-change-names.js';
import type { BackendChange, NodeChange } from './backend-change.js';

const COLUMNS: readonly Column<NodeChange>[] = [
  { title: 'NODE', value: ({ node }) => node },
  { title: 'SUBNETS', value: ({ subnets }) => subnets.join(' ') },
  { title: 'NOW', value: ({ now }) => now.join(', ') },
  { title: 'THEN', value: ({ then }) => then.join(', ') },
  { title: 'CHANGES', value: changesText },
  { title: 'MUST RENUMBER', value: renumberText },
  { title: 'NODE-ID', value: ({ nodeId }) => nodeId ?? '', wide: true },
];

/** The nodes, then what each does, alike ones together, then what concerns them all. */
export function backendChangeText({ nodes, notes }: BackendChange, style: TableStyle): string {
  const table = nodes.length === 0 ? 'No node holds a lease.\n' : renderTable(COLUMNS, nodes, style);
  const texts = alike(nodes.filter(({ steps }) => steps.length > 0)).map(groupText);
  return [table, ...texts, notes.map((note) => `- ${printable(note)}\n`).join('')].filter(Boolean).join('\n');
}

/** Nodes that do the same, in the order of the first of each. */
function alike(nodes: readonly NodeChange[]): NodeChange[][] {
  const groups = new Map<string, NodeChange[]>();
  for (const node of nodes) {
    const steps = node.steps.join('\n');
    const group = groups.get(steps);
    if (group === undefined) groups.set(steps, [node]);
    else group.push(node);
  }
  return [...groups.values()];
}

function groupText(nodes: readonly NodeChange[]): string {
  const names = namesText(nodes.map(({ node }) => node));
  const steps = (nodes[0]?.steps ?? []).map((step, at) => `  ${at + 1}. ${printable(step)}\n`).join('');
  return `${count(nodes.length, 'node')}, ${printable(names)}:\n${steps}`;
}

function changesText({ kind, nodeId }: NodeChange): string {
  const restart = nodeId === null ? 'when flanneld restarts' : 'when overlayd restarts';
  return { changes: 'live', restart, stays: '' }[kind];
}

function renumberText({ mustRenumber, nodeId }: NodeChange): string {
  if (mustRenumber === null) return '';
  return nodeId === null ? 'by restarting flanneld' : 'yes';
}
