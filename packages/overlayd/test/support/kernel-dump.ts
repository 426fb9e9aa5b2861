import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress, formatPrefix } from '@overlay/cidr';
import type { KernelObject, LinkObject } from '@overlay/dataplane';
import {
  parseLeaseName,
  parseLeaseValue,
  parseNetworkConfig,
  parseSubnetEnv,
  type Lease,
  type NetworkConfig,
} from '@overlay/lease';

/** What a running flanneld left in the kernel of host 1, one line per object as `ip` and `bridge` print it. */
export interface KernelDump {
  readonly config: NetworkConfig;
  readonly own: Lease;
  readonly peer: Lease;
  readonly subnetEnv: string;
  readonly links: readonly string[];
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly neighbours: readonly string[];
  readonly fdb: readonly string[];
}

const FOLDER = join(__dirname, '../../../lease/fixtures/kernel-state');

function section(text: string, title: string): string[] {
  const body = text.split(/^--- /m).find((part) => part.startsWith(`${title}\n`));
  return (body ?? '').split('\n').slice(1).filter(Boolean);
}

function leases(lines: readonly string[]): Lease[] {
  return lines.flatMap((key, index) => {
    if (index % 2 === 1) return [];
    const name = key.split('/').at(-1) ?? '';
    const attributes = parseLeaseValue(lines[index + 1] ?? '');
    const revision = String(index + 1);
    return [
      {
        ...parseLeaseName(name),
        name,
        attributes,
        createRevision: revision,
        modRevision: revision,
        etcdLease: '1',
      },
    ];
  });
}

function linkLines(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => {
    const [, name, mtu] = /^\d+: (\S+): .* mtu (\d+)/.exec(line) ?? [];
    const details = lines[index + 2] ?? '';
    const mac = /link\/ether (\S+)/.exec(lines[index + 1] ?? '')?.[1] ?? '';
    const [, vni, local] = /vxlan id (\d+) local (\S+)/.exec(details) ?? [];
    const port = /dstport (\d+)/.exec(details)?.[1] ?? '';
    if (name === undefined) return [];
    const flags = `${details.includes(' nolearning') ? 'nolearning' : 'learning'}${details.includes(' gbp ') ? ' gbp' : ''}`;
    return [`${name} mtu ${mtu ?? ''} ${mac} id ${vni ?? ''} local ${local ?? ''} port ${port} ${flags}`];
  });
}

/** Reads a fixture; metrics, `pref`, and routes that Flannel did not make are left out. */
export function readKernelDump(file: string): KernelDump {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const subnetEnv = section(text, 'subnet.env h1')
    .map((line) => `${line}\n`)
    .join('');
  const { subnets } = parseSubnetEnv(subnetEnv);
  const own = leases(section(text, 'etcd')).find(
    (lease) => formatPrefix(lease.subnet) === formatPrefix(subnets?.subnet ?? lease.subnet),
  );
  const peer = leases(section(text, 'etcd')).find((lease) => lease.name !== own?.name);
  return {
    config: parseNetworkConfig(/^config: (.*)$/m.exec(text)?.[1] ?? ''),
    own: own!,
    peer: peer!,
    subnetEnv,
    links: linkLines(section(text, 'links h1')),
    addresses: section(text, 'addr h1').map((line) =>
      line.split(/\s+/).filter(Boolean).slice(0, 3).join(' '),
    ),
    routes: section(text, 'route h1')
      .filter((line) => /^\S+\/\d+ via /.test(line))
      .map((line) =>
        line
          .replace(/ metric \d+/, '')
          .replace(' pref medium', '')
          .trim(),
      ),
    neighbours: [...new Set(section(text, 'neigh h1').map((line) => line.trim()))],
    fdb: section(text, 'fdb h1').map((line) => line.trim()),
  };
}

function linkLine(link: LinkObject): string {
  if (link.kind !== 'vxlan') return link.name;
  const flags = `${link.learning ? 'learning' : 'nolearning'}${link.gbp ? ' gbp' : ''}`;
  return `${link.name} mtu ${link.mtu} ${link.mac} id ${link.vni} local ${formatAddress(link.local)} port ${link.port} ${flags}`;
}

/** A planned object in the words of the dumps. */
export function dumpLine(object: KernelObject): string {
  switch (object.type) {
    case 'link':
      return linkLine(object);
    case 'address':
      return `${object.link} UNKNOWN ${formatAddress(object.address)}/${object.length}`;
    case 'route': {
      const via = object.gateway === undefined ? '' : ` via ${formatAddress(object.gateway)}`;
      return `${formatPrefix(object.destination)}${via} dev ${object.link ?? ''}${object.onlink ? ' onlink' : ''}`;
    }
    case 'neighbour':
      return `${formatAddress(object.address)} dev ${object.link} lladdr ${typeof object.mac === 'string' ? object.mac : formatAddress(object.mac)} PERMANENT`;
    case 'fdb':
      return `${object.mac} dst ${formatAddress(object.destination)} self permanent`;
    default:
      return object.type;
  }
}
