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

/** The nodes that a person means by a host name, node id, public address, subnet or key. */
export function findNodes(nodes: readonly NodeEntry[], wanted: string): NodeEntry[] {
  return nodes.filter((node) => {
    const names = [node.node, node.nodeId, node.publicIp, node.publicIpv6];
    const held = node.leases.flatMap(({ name, subnet, ipv6Subnet }) => [name, subnet, ipv6Subnet]);
    return [...names, ...held].includes(wanted);
  });
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
    value: ({ leases }) => [...new Set(leases.map(({ backend }) => backend ?? ''))].filter(Boolean).join(' '),
  },
  { title: 'STATE', value: ({ state }) => state, colour: ({ state }) => colourOf(state) },
  { title: 'VERSION', value: ({ version }) => version ?? '', wide: true },
  { title: 'NODE-ID', value: ({ nodeId }) => nodeId ?? '', wide: true },
];

export function nodeTable(nodes: readonly NodeEntry[], style: TableStyle): string {
  return nodes.length === 0 ? 'No nodes.\n' : renderTable(COLUMNS, nodes, style);
}
