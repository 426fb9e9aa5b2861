import { formatAddress, parseAddress, type Address } from '@overlay/cidr';
import type { OvsBridgeLink, OvsPortObject, OvsTunnel } from './model.js';
import type { BridgeRow, InterfaceRow, PortRow } from './ovs-rows.js';

/** MAC addresses a bridge may know; Open vSwitch stops at 8192 unless told (ovs-vswitchd.conf.db(5), mac-table-size). */
const MAC_TABLE_SIZE = '65536';
const TUNNEL_KINDS: readonly string[] = ['gre', 'vxlan', 'geneve'] satisfies OvsTunnel['kind'][];

/** What we set in a Bridge's `other_config`; other keys are left alone. */
export const otherConfigOf = ({ mac }: OvsBridgeLink): Readonly<Record<string, string>> => ({
  hwaddr: mac,
  'mac-table-size': MAC_TABLE_SIZE,
});

/** An Interface's `options` for a tunnel (ovs-vswitchd.conf.db(5), "Tunnel Options"); empty for a device of this host. */
export function optionsOf({ tunnel }: OvsPortObject): Readonly<Record<string, string>> {
  if (tunnel === undefined) return {};
  return {
    remote_ip: formatAddress(tunnel.remote),
    ...(tunnel.local ? { local_ip: formatAddress(tunnel.local) } : {}),
    ...(tunnel.key === undefined ? {} : { key: String(tunnel.key) }),
    ...(tunnel.port === undefined ? {} : { dst_port: String(tunnel.port) }),
  };
}

/** The tunnel an Interface row describes; undefined when it is none, or not one that we would write. */
export function tunnelOf({ type, options }: InterfaceRow): OvsTunnel | undefined {
  const remote = addressOf(options['remote_ip']);
  if (!TUNNEL_KINDS.includes(type) || remote === undefined) return undefined;
  const local = addressOf(options['local_ip']);
  return {
    kind: type as OvsTunnel['kind'],
    remote,
    ...(local ? { local } : {}),
    ...(options['key'] === undefined ? {} : { key: Number(options['key']) }),
    ...(options['dst_port'] === undefined ? {} : { port: Number(options['dst_port']) }),
  };
}

function addressOf(text = ''): Address | undefined {
  try {
    return parseAddress(text);
  } catch {
    return undefined;
  }
}

/** What the kernel shows of a device. */
export interface DeviceState {
  readonly mac: string;
  readonly mtu: number;
  readonly alias: string;
  readonly up: boolean;
}

/** Whether a bridge of ours has every setting that its object does not show. */
export function isBridgeSettled(row: BridgeRow, port?: InterfaceRow, device?: DeviceState): boolean {
  if (device === undefined || port === undefined) return false;
  return (
    device.up &&
    row.failMode === 'standalone' &&
    row.otherConfig['hwaddr'] === device.mac &&
    row.otherConfig['mac-table-size'] === MAC_TABLE_SIZE &&
    port.mtuRequest === device.mtu
  );
}

/** Whether a port of ours works and has every setting that its object does not show. */
export function isPortSettled(
  object: OvsPortObject,
  row: PortRow,
  port: InterfaceRow,
  device?: DeviceState,
): boolean {
  const options = Object.entries(optionsOf(object));
  return (
    row.protected === (object.tunnel !== undefined) &&
    (object.tunnel !== undefined || device?.up === true) &&
    port.error === '' &&
    (port.ofport ?? -1) >= 0 &&
    Object.keys(port.options).length === options.length &&
    options.every(([key, value]) => port.options[key] === value)
  );
}
