import type { Json, JsonObject } from '@overlay/lease';
import { colourOf } from '../output/colour.js';
import { renderFacts, renderTable, type Column, type TableStyle } from '../output/table.js';
import { span } from '../output/text.js';
import type { LeaseEntry } from './entry.js';

const COLUMNS: readonly Column<LeaseEntry>[] = [
  { title: 'SUBNET', value: (lease) => `${subnetText(lease)}${lease.own ? ' *' : ''}` },
  { title: 'NODE', value: (lease) => lease.node ?? '' },
  { title: 'PUBLIC-IP', value: (lease) => publicText(lease) },
  { title: 'BACKEND', value: (lease) => lease.backend ?? '' },
  { title: 'EXPIRES', value: expiryText },
  { title: 'STATE', value: (lease) => lease.state, colour: (lease) => colourOf(lease.state) },
  { title: 'MAC/VNI', value: (lease) => deviceText(lease.backendData), wide: true },
  { title: 'REVISION', value: (lease) => lease.modRevision, wide: true },
  { title: 'VERSION', value: (lease) => lease.version ?? '', wide: true },
  { title: 'RECEIVES-BY', value: ({ backends }) => backends.join(', '), wide: true },
  { title: 'MUST-RENUMBER', value: ({ mustRenumber }) => (mustRenumber ? 'yes' : ''), wide: true },
  { title: 'REASON', value: (lease) => lease.reason ?? '', wide: true },
];

/** The leases as a table, or one line that says there are none. */
export function leaseTable(leases: readonly LeaseEntry[], style: TableStyle): string {
  return leases.length === 0 ? 'No leases.\n' : renderTable(COLUMNS, leases, style);
}

/** One lease, a line for each thing known about it. */
export function leaseFacts(lease: LeaseEntry): string {
  const facts: [string, string | null][] = [
    ['subnet', subnetText(lease)],
    ['key', lease.name],
    ['node', lease.node],
    ['node id', lease.nodeId],
    ['public address', publicText(lease)],
    ['backend', lease.backend],
    ['receives by', receivesBy(lease)],
    ['reached by', lease.way],
    ['backend data', lease.backendData === null ? null : JSON.stringify(lease.backendData)],
    ['state', lease.state + (lease.own ? ' (of this host)' : '')],
    ['reason', lease.reason],
    ['must renumber', lease.mustRenumber ? 'yes: overlayctl node renumber' : null],
    ['expires', expiryText(lease)],
    ['created at', `revision ${lease.createRevision}`],
    ['changed at', `revision ${lease.modRevision}`],
    ['etcd lease', lease.reservation ? null : lease.etcdLease],
    ['written by', lease.version === null ? null : `overlayd ${lease.version}`],
  ];
  return renderFacts(facts.filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== ''));
}

export function subnetText(lease: LeaseEntry): string {
  return [lease.subnet ?? lease.name, lease.ipv6Subnet].filter((text) => text !== null).join(',');
}

/** Null where it says no more than the backend. */
function receivesBy({ backend, backends }: LeaseEntry): string | null {
  return backends.length === 1 && backends[0] === backend ? null : backends.join('\n');
}

function publicText(lease: LeaseEntry): string {
  return [lease.publicIp, lease.publicIpv6].filter((text) => text !== null).join(',');
}

function expiryText(lease: LeaseEntry): string {
  if (lease.reservation) return 'never';
  return lease.expiresInSeconds === null ? '' : span(lease.expiresInSeconds);
}

/** `7e:73:a8:ee:4d:53/1` of vxlan data, the key of wireguard data. */
function deviceText(data: Json): string {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return '';
  const { VtepMAC: mac, VNI: vni, PublicKey: key } = data as JsonObject;
  const parts = [mac ?? key, vni].filter((part) => typeof part === 'string' || typeof part === 'number');
  return parts.join('/');
}
