import { parseIpv4 } from '@overlay/cidr';
import {
  formatLeaseValue,
  parseLeaseName,
  parseNetworkConfig,
  type LeaseAttributes,
  type NetworkConfig,
  type RawLease,
} from '@overlay/lease';
import { FLANNEL, KEY_NAMES, type KeyIndex, type Stored } from './world.js';

/** How the model's small numbers are written as the daemon writes them. */

export const DIRECTORY = '/net/subnets/';
export const SUBNETS = KEY_NAMES.map((name) => parseLeaseName(name));
const range = { SubnetMin: '10.6.2.0', Backend: { Type: 'host-gw' } };
const CONFIGS = [
  parseNetworkConfig(
    JSON.stringify({ ...range, Network: '10.6.0.0/21', SubnetLen: 24, SubnetMax: '10.6.3.0' }),
  ),
  parseNetworkConfig(
    JSON.stringify({ ...range, Network: '10.6.0.0/21', SubnetLen: 23, SubnetMax: '10.6.2.0' }),
  ),
];
export const configOf = (wide: boolean): NetworkConfig => CONFIGS[wide ? 1 : 0]!;

export const nodeId = (owner: number): string => `node-${owner}`;
export const attributesOf = (owner: number, version: number): LeaseAttributes => ({
  publicIp: parseIpv4(`172.31.0.${owner + 1}`),
  backendType: 'host-gw',
  ...(owner === FLANNEL
    ? {}
    : { overlay: { nodeId: nodeId(owner), hostname: 'h', version: String(version), backends: [] } }),
});

const values = new Map<number, string>();
export function valueOf(owner: number, version: number): string {
  const id = owner * 10 + version;
  const known = values.get(id);
  if (known !== undefined) return known;
  const value = formatLeaseValue(attributesOf(owner, version));
  values.set(id, value);
  return value;
}

export const rawOf = (key: KeyIndex, stored: Stored): RawLease => ({
  name: KEY_NAMES[key],
  value: valueOf(stored.owner, stored.version),
  createRevision: String(stored.create),
  modRevision: String(stored.mod),
  etcdLease: String(stored.lease),
});

/** The answer for each different question; `make` runs once for each. */
export function memo<From extends readonly unknown[], T>(
  make: (...from: From) => T,
): (id: string, ...from: From) => T {
  const known = new Map<string, T>();
  return (id, ...from) => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const value = make(...from);
    known.set(id, value);
    return value;
  };
}
