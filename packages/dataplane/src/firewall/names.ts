import { OverlayError } from '@overlay/cidr';

/** The tables a chain of ours can be in, in the order they are written. */
export const TABLES = ['raw', 'mangle', 'nat', 'filter'] as const;

export type OwnedTable = (typeof TABLES)[number];

const BASE: Readonly<Record<OwnedTable, string>> = {
  raw: 'OVERLAY-RAW',
  mangle: 'OVERLAY-FENCE',
  nat: 'OVERLAY-POSTRTG',
  filter: 'OVERLAY-FWD',
};

/** A chain name has at most 28 characters (XT_EXTENSION_MAXNAMELEN - 1); the longest base plus a dash leaves 12. */
const INSTANCE = /^[a-z0-9-]{1,12}$/;

function checkedInstance(instance: string): string {
  if (INSTANCE.test(instance)) return instance;
  throw new OverlayError(
    'OVL_FIREWALL_INSTANCE',
    `instance ${JSON.stringify(instance)} cannot name a firewall chain: use 1 to 12 of a-z, 0-9 and "-"`,
  );
}

/** The chain of an instance in a table: `OVERLAY-FWD`, or `OVERLAY-FWD-blue` for an instance that is not `default`. */
export function chainName(table: OwnedTable, instance: string): string {
  const name = checkedInstance(instance);
  return name === 'default' ? BASE[table] : `${BASE[table]}-${name}`;
}

const CLAMP = 'OVERLAY-MSS';

/** The chain of an instance that clamps; it shares a table with another chain of ours, and is written apart from it. */
export function clampChainName(instance: string): string {
  const name = checkedInstance(instance);
  return name === 'default' ? CLAMP : `${CLAMP}-${name}`;
}

/** The comment on every rule and jump of an instance. */
export function ruleComment(instance: string): string {
  return `overlayd:${checkedInstance(instance)}`;
}

/** The nftables table of an instance; the same name in the families ip and ip6. */
export function nftTableName(instance: string): string {
  return `overlay-${checkedInstance(instance)}`;
}

/** Whether a chain belongs to some instance of ours, not only this one. */
export function isOverlayChain(name: string): boolean {
  return [...Object.values(BASE), CLAMP].some((base) => name === base || name.startsWith(`${base}-`));
}

/**
 * An interface name that means exactly one device in a rule.
 * @throws OverlayError OVL_FIREWALL_INTERFACE: a trailing `+` is a wildcard to iptables, quotes and spaces would break the rule text.
 */
export function checkedInterface(name: string): string {
  if (/^[A-Za-z0-9_.][A-Za-z0-9_.:@-]{0,14}$/.test(name)) return name;
  throw new OverlayError(
    'OVL_FIREWALL_INTERFACE',
    `interface ${JSON.stringify(name)} cannot stand in a firewall rule: use at most 15 of letters, digits and "_.:@-"`,
  );
}
