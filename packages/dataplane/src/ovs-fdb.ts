import { formatAddress, type Address } from '@overlay/cidr';
import type { FdbObject } from './model.js';
import type { BridgeRow, InterfaceRow, OvsRows } from './ovs-rows.js';
import { tunnelOf } from './ovs-settings.js';

/** A line of `fdb/show`: port number, VLAN, MAC, age. */
const STATIC_ENTRY = /^ *(\d+) +0 +([0-9a-f:]{17}) +static$/;

/** The static entries of `ovs-appctl fdb/show BRIDGE` that lead into tunnels of ours. */
export function staticEntries(text: string, bridge: BridgeRow, rows: OvsRows): readonly FdbObject[] {
  const byNumber = new Map(
    tunnelsOf(bridge, rows).map(({ port, remote }) => [String(port.ofport), remote] as const),
  );
  return text.split('\n').flatMap((line) => {
    const [, number = '', mac = ''] = STATIC_ENTRY.exec(line) ?? [];
    const destination = byNumber.get(number);
    return destination ? [{ type: 'fdb', link: bridge.name, mac, destination } as const] : [];
  });
}

/** Names of the ports of ours whose tunnels work, by `tunnelKey` of their bridge and remote end. */
export function tunnelPorts(rows: OvsRows): ReadonlyMap<string, string> {
  return new Map(
    rows.bridges.flatMap((bridge) =>
      tunnelsOf(bridge, rows).map(({ port, remote }) => [tunnelKey(bridge.name, remote), port.name] as const),
    ),
  );
}

export const tunnelKey = (bridge: string, remote: Address): string => `${bridge} ${formatAddress(remote)}`;

function tunnelsOf(
  bridge: BridgeRow,
  rows: OvsRows,
): { readonly port: InterfaceRow; readonly remote: Address }[] {
  const members = new Set(bridge.ports);
  return rows.ports.flatMap(({ uuid, name, owner }) => {
    if (!members.has(uuid) || owner === '' || owner !== bridge.owner) return [];
    const port = rows.interfaces.get(name);
    const remote = port && tunnelOf(port)?.remote;
    return remote && (port.ofport ?? -1) >= 0 ? [{ port, remote }] : [];
  });
}
