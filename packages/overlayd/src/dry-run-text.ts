import type { PlannedChange } from '@overlay/api';
import { formatPrefix } from '@overlay/cidr';
import type { DockerWish } from '@overlay/docker';
import {
  formatLeaseName,
  formatLeaseValue,
  type LeaseAttributes,
  type LeaseDecision,
  type RawLease,
} from '@overlay/lease';

/** What a start would do. */
export interface Preview {
  readonly lease: string;
  readonly decision: string;
  readonly changes: readonly PlannedChange[];
  readonly firewall: readonly string[];
}

/** What the start would write to etcd. Renewing a lease that stays as it is counts as no change. */
export function leaseRows(
  decision: LeaseDecision,
  leases: readonly RawLease[],
  attributes: LeaseAttributes,
): readonly PlannedChange[] {
  const value = formatLeaseValue(attributes);
  const row = (op: string, name: string): PlannedChange => ({
    op,
    type: 'lease',
    object: `${name} ${value}`,
  });
  switch (decision.kind) {
    case 'create':
      return [row('add', formatLeaseName(decision.subnets))];
    case 'replace':
      return [
        row('add', formatLeaseName(decision.next)),
        { op: 'remove', type: 'lease', object: decision.lease.name },
      ];
    case 'reuse': {
      const { name } = decision.lease;
      const same = leases.some((raw) => raw.name === name && raw.value === value);
      return same ? [] : [row('replace', name)];
    }
    default:
      return [];
  }
}

/** A file with the content it would get; none when it has that already. */
export function fileRows(path: string, before: string | undefined, after: string): readonly PlannedChange[] {
  if (before === after) return [];
  const content = after.trimEnd().split('\n').join(' ');
  return [{ op: before === undefined ? 'add' : 'replace', type: 'file', object: `${path} ${content}` }];
}

/** What Docker would be asked for; what it has is not looked at. */
export function dockerRows(wish: DockerWish | undefined, daemonJson: string): readonly PlannedChange[] {
  if (wish === undefined) return [];
  const where = wish.mode === 'network' ? `network ${wish.network}` : `bridge by ${daemonJson}`;
  const v6 = wish.ipv6Subnet === undefined ? '' : ` and ${formatPrefix(wish.ipv6Subnet)}`;
  const object = `${where} with subnet ${formatPrefix(wish.subnet)}${v6} mtu ${wish.mtu}`;
  return [{ op: 'ensure', type: 'docker', object }];
}

/** The preview as a table for a person. */
export function previewTable({ lease, decision, changes, firewall }: Preview): string {
  const rows = changes.map(({ op, type, object }) => `${op.padEnd(8)}${type.padEnd(11)}${object}`);
  const chosen = decision === 'create' || decision === 'replace' ? ', chosen anew at each start' : '';
  const lines = [`lease   ${lease} (${decision}${chosen})`, ...rows, ...firewall];
  if (changes.length === 0 && firewall.length === 0) lines.push('nothing would be changed');
  return `${lines.join('\n')}\n`;
}
