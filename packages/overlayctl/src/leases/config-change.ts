import { normaliseConfig, type LeaseSnapshot, type NetworkConfig } from '@overlay/lease';
import { renderTable, type TableStyle } from '../output/table.js';
import { count } from '../output/text.js';
import { misfit, subnetsOf } from './fit.js';

/** Misfits in the text; the JSON has all. */
const MOST_SHOWN = 20;

/** What a new network config would change: a stable contract. */
export interface ConfigChange {
  readonly changes: readonly { readonly key: string; readonly before: unknown; readonly after: unknown }[];
  /** Leases whose nodes would have to take another subnet. */
  readonly misfits: readonly { readonly name: string; readonly reason: string }[];
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
  return { changes, misfits };
}

function flat(config: NetworkConfig | undefined): Record<string, unknown> {
  return config === undefined ? {} : { ...normaliseConfig(config), Backend: config.backend };
}

const text = (value: unknown): string =>
  value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

export function configChangeText({ changes, misfits }: ConfigChange, style: TableStyle): string {
  const keys = renderTable(
    [
      { title: 'KEY', value: ({ key }) => key },
      { title: 'BEFORE', value: ({ before }) => text(before) },
      { title: 'AFTER', value: ({ after }) => text(after) },
    ],
    changes,
    style,
  );
  if (misfits.length === 0) return keys;
  const lost = renderTable(
    [
      { title: 'LEASE', value: ({ name }) => name },
      { title: 'NO LONGER FITS', value: ({ reason }) => reason },
    ],
    misfits.slice(0, MOST_SHOWN),
    style,
  );
  const more = misfits.length > MOST_SHOWN ? `... and ${misfits.length - MOST_SHOWN} more\n` : '';
  return `${keys}\n${count(misfits.length, 'node')} would have to take another subnet:\n${lost}${more}`;
}
