import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineFacts, NicFacts } from '../../lan-bridge-refusal.js';
import type { PlainLink } from './inventory.js';

/** Their receive handler and a bridge's exclude each other (netdev_rx_handler_register). */
const TAKERS: ReadonlySet<string> = new Set(['macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec']);

/** What decides whether a NIC may become a port. `sysfs` is where sysfs is mounted. */
export function nicFacts(nic: PlainLink, links: readonly PlainLink[], sysfs: string): NicFacts {
  const master = links.find(({ index }) => index === nic.masterIndex);
  const folder = join(sysfs, 'class/net', nic.name);
  const isWireless = existsSync(join(folder, 'wireless')) || existsSync(join(folder, 'phy80211'));
  return {
    name: nic.name,
    ethernet: nic.ethernet,
    loopback: nic.loopback,
    kind: nic.kind,
    wireless: nic.kind === '' && isWireless,
    ...(master === undefined ? {} : { master: { name: master.name, kind: master.kind } }),
    takenBy: links.filter(({ lowerIndex, kind }) => lowerIndex === nic.index && TAKERS.has(kind)),
    machine: machineFacts(sysfs),
  };
}

function machineFacts(sysfs: string): MachineFacts {
  const read = (name: string): string => readText(join(sysfs, 'class/dmi/id', name));
  return {
    vendor: read('sys_vendor'),
    product: read('product_name'),
    assetTag: read('chassis_asset_tag'),
    biosVendor: read('bios_vendor'),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
