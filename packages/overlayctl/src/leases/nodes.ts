import { OverlayError } from '@overlay/cidr';
import { colourOf } from '../output/colour.js';
import { renderTable, type Column, type TableStyle } from '../output/table.js';
import type { LeaseEntry } from './entry.js';
import { subnetText } from './lease-table.js';

/** A host and its leases: a stable contract. */
export interface NodeEntry {
  readonly node: string;
  readonly nodeId: string | null;
  readonly publicIp: string | null;
  readonly publicIpv6: string | null;
  readonly own: boolean;
  /** The worst of its leases' states. */
  readonly state: string;
  readonly version: string | null;
  readonly leases: readonly LeaseEntry[];
}

/** From good to bad. */
const STATES = ['own', 'used', 'valid', 'reserved', 'other-backend', 'rejected'];

/** The nodes behind the leases, by node id where there is one, else by public address; sorted by name. */
export function nodesOf(leases: readonly LeaseEntry[]): NodeEntry[] {
  const byNode = new Map<string, LeaseEntry[]>();
  for (const lease of leases) {
    const identity = lease.nodeId ?? lease.publicIp ?? lease.name;
    byNode.set(identity, [...(byNode.get(identity) ?? []), lease]);
  }
  const nodes = [...byNode.entries()].map(([identity, held]) => nodeOf(identity, held));
  return nodes.sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }));
}

function nodeOf(identity: string, leases: readonly LeaseEntry[]): NodeEntry {
  const first = <K extends keyof LeaseEntry>(key: K): LeaseEntry[K] | null =>
    leases.find((lease) => lease[key] !== null)?.[key] ?? null;
  const worst = leases.reduce((most, { state }) => Math.max(most, STATES.indexOf(state)), 0);
  return {
    node: first('node') ?? identity,
    nodeId: first('nodeId'),
    publicIp: first('publicIp'),
    publicIpv6: first('publicIpv6'),
    own: leases.some(({ own }) => own),
    state: STATES[worst] ?? '',
    version: first('version'),
    leases,
  };
}

/** The nodes meant by a host name, node id, public address, subnet or key. */
export function findNodes(nodes: readonly NodeEntry[], wanted: string): NodeEntry[] {
  return nodes.filter((node) => {
    const names = [node.node, node.nodeId, node.publicIp, node.publicIpv6];
    const held = node.leases.flatMap(({ name, subnet, ipv6Subnet }) => [name, subnet, ipv6Subnet]);
    return [...names, ...held].includes(wanted);
  });
}

/**
 * The one node that a person means.
 * @throws OverlayError `OVL_NOT_FOUND`, or `OVL_CONFLICT` when several are meant
 */
export function findNode(nodes: readonly NodeEntry[], wanted: string): NodeEntry {
  const [node, second] = findNodes(nodes, wanted);
  if (node === undefined)
    throw new OverlayError('OVL_NOT_FOUND', `no node ${wanted}; see overlayctl node list`);
  if (second !== undefined)
    throw new OverlayError('OVL_CONFLICT', `more than one node is ${wanted}; name it by its public address`);
  return node;
}

const COLUMNS: readonly Column<NodeEntry>[] = [
  { title: 'NODE', value: ({ node, own }) => `${node}${own ? ' *' : ''}` },
  {
    title: 'PUBLIC-IP',
    value: ({ publicIp, publicIpv6 }) => [publicIp, publicIpv6].filter(Boolean).join(','),
  },
  { title: 'SUBNETS', value: ({ leases }) => leases.map(subnetText).join(' ') },
  {
    title: 'BACKENDS',
    value: ({ leases }) => [...new Set(leases.flatMap(typesOf))].join(' '),
  },
  { title: 'STATE', value: stateText, colour: ({ state }) => colourOf(state) },
  { title: 'VERSION', value: ({ version }) => version ?? '', wide: true },
  {
    title: 'RECEIVES-BY',
    value: ({ leases }) => [...new Set(leases.flatMap(({ backends }) => backends))].join(', '),
    wide: true,
  },
  { title: 'NODE-ID', value: ({ nodeId }) => nodeId ?? '', wide: true },
];

/** An announced backend starts with its type. */
function typesOf({ backends }: LeaseEntry): string[] {
  return backends.map((backend) => backend.split(' ', 1)[0] ?? '');
}

function stateText({ state, leases }: NodeEntry): string {
  return leases.some(({ mustRenumber }) => mustRenumber) ? `${state}, must renumber` : state;
}

export function nodeTable(nodes: readonly NodeEntry[], style: TableStyle): string {
  return nodes.length === 0 ? 'No nodes.\n' : renderTable(COLUMNS, nodes, style);
}
