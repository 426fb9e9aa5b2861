import { LeaseSet, normaliseConfig, type LeaseSnapshot, type NetworkConfig } from '@overlay/lease';
import { renderTable, type TableStyle } from '../output/table.js';
import { count } from '../output/text.js';
import { misfit, subnetsOf } from './fit.js';

/** Misfits in the text; the JSON has all. */
const MOST_SHOWN = 20;

/** What a new network config would change: a stable contract. */
export interface ConfigChange {
  readonly changes: readonly { readonly key: string; readonly before: unknown; readonly after: unknown }[];
  /** Leases whose nodes would have to take another subnet. */
  readonly misfits: readonly LeaseReason[];
  /** Leases that are used now, and would not be by any node that follows the new config. */
  readonly lost: readonly LeaseReason[];
}

interface LeaseReason {
  readonly name: string;
  readonly reason: string;
}

export function configChange(
  before: NetworkConfig | undefined,
  after: NetworkConfig,
  leases: LeaseSnapshot['leases'],
): ConfigChange {
  const old = flat(before);
  const now = flat(after);
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const changes = keys
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .map((key) => ({ key, before: old[key] ?? null, after: now[key] ?? null }));
  const misfits = leases.flatMap(({ name }) => {
    const subnets = subnetsOf(name);
    const reason = subnets === undefined ? undefined : misfit(subnets, after);
    return reason === undefined ? [] : [{ name, reason }];
  });
  return { changes, misfits, lost: lostLeases(before, after, leases) };
}

function lostLeases(
  before: NetworkConfig | undefined,
  after: NetworkConfig,
  leases: LeaseSnapshot['leases'],
): LeaseReason[] {
  const judge = (config: NetworkConfig): LeaseSet => {
    const set = new LeaseSet({ config });
    set.applySnapshot({ leases, revision: '0' });
    return set;
  };
  const whole = before && judge(before);
  const bad = new Set(whole?.rejected().map(({ name }) => name));
  const lost = judge(after)
    .rejected()
    .filter(({ name, code }) => (whole === undefined ? code === 'OVL_LEASE_SUBNET' : !bad.has(name)));
  return lost.map(({ name, reason }) => ({ name, reason }));
}

function flat(config: NetworkConfig | undefined): Record<string, unknown> {
  return config === undefined ? {} : { ...normaliseConfig(config), Backend: config.backend };
}

const text = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

export function configChangeText({ changes, misfits, lost }: ConfigChange, style: TableStyle): string {
  const keys = renderTable(
    [
      { title: 'KEY', value: ({ key }) => key },
      { title: 'BEFORE', value: ({ before }) => text(before) },
      { title: 'AFTER', value: ({ after }) => text(after) },
    ],
    changes,
    style,
  );
  const parts = [
    ...(misfits.length === 0
      ? []
      : [
          `${count(misfits.length, 'lease')} no longer fit${misfits.length === 1 ? 's' : ''}, so the nodes must renumber:\n` +
            leasesText(misfits, 'NO LONGER FITS', style),
        ]),
    ...(lost.length === 0
      ? []
      : [
          `${count(lost.length, 'lease')} would be cut off, as no node would use them any more:\n` +
            leasesText(lost, 'CUT OFF', style),
        ]),
  ];
  return [keys, ...parts].join('\n');
}

function leasesText(leases: readonly LeaseReason[], title: string, style: TableStyle): string {
  const table = renderTable(
    [
      { title: 'LEASE', value: ({ name }) => name },
      { title, value: ({ reason }) => reason },
    ],
    leases.slice(0, MOST_SHOWN),
    style,
  );
  return leases.length > MOST_SHOWN ? `${table}... and ${leases.length - MOST_SHOWN} more\n` : table;
}
