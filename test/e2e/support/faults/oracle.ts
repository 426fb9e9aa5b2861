import type { Etcd, Host } from '@overlay/testbed';
import { SUBNETS } from './peers';
import { ourRules, readRuleset, withoutFences } from './ruleset';
import { DEVICE, differences, type PlainLease, type Subject, wantedKernel, wantedRules } from './wanted';

/** What is judged, and how its firewall is read. */
export interface Judged extends Subject {
  readonly host: Host;
  readonly save: 'iptables-save' | 'iptables-legacy-save';
}

interface Printed {
  readonly kvs?: readonly { readonly key: string; readonly value?: string }[];
}

interface Value {
  readonly PublicIP: string;
  readonly BackendData: { readonly VtepMAC: string };
}

const text = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** All leases, as etcd has them now. */
export async function readLeases(etcd: Etcd): Promise<readonly PlainLease[]> {
  const printed = await etcd.etcdctl(['get', '--prefix', SUBNETS, '--write-out=json'], { timeoutMs: 5000 });
  return ((JSON.parse(printed) as Printed).kvs ?? []).map(({ key, value = '' }) => {
    const { PublicIP, BackendData } = JSON.parse(text(value)) as Value;
    const subnet = text(key).slice(SUBNETS.length).replace('-', '/');
    return { subnet, publicIp: PublicIP, mac: BackendData.VtepMAC };
  });
}

interface Link {
  readonly address?: string;
  readonly flags?: readonly string[];
  readonly linkinfo?: {
    readonly info_data?: { readonly id: number; readonly port: number; readonly local: string };
  };
  readonly addr_info?: readonly {
    readonly family: string;
    readonly local: string;
    readonly prefixlen: number;
  }[];
}
interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly flags: readonly string[];
}
interface Neighbour {
  readonly dst: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}
interface FdbEntry {
  readonly mac: string;
  readonly dst?: string;
}

const COMMANDS = [
  `ip -j -d addr show dev ${DEVICE}`,
  'ip -j -4 route show table main',
  `ip -j neigh show dev ${DEVICE}`,
  `bridge -j fdb show dev ${DEVICE}`,
];
const BETWEEN = '@@@@';

/** What of ours a host's kernel and firewall hold, and how that differs from what the leases want; nothing when it does not. */
export async function judge(judged: Judged, leases: readonly PlainLease[]): Promise<readonly string[]> {
  const script = [...COMMANDS, judged.save]
    .map((command) => `${command} 2>/dev/null; echo ${BETWEEN}`)
    .join('; ');
  const { stdout } = await judged.host.exec(['sh', '-c', script]);
  const [links, routes, neighbours, fdb, saved = ''] = stdout.split(BETWEEN);
  const others = leases.filter(({ publicIp }) => publicIp !== judged.address).map(({ subnet }) => subnet);
  const rules = withoutFences(readRuleset(saved), new Set(others));
  const found = [
    ...(list(links) as Link[]).flatMap(linkLines),
    ...(list(routes) as Route[]).flatMap(routeLine),
    ...(list(neighbours) as Neighbour[]).flatMap(neighbourLine),
    ...(list(fdb) as FdbEntry[]).map(({ mac, dst }) => `fdb ${mac} ${dst ?? 'nowhere'}`),
    ...ourRules(rules),
  ];
  return differences([...wantedKernel(judged, leases), ...wantedRules(judged, leases, rules)], found);
}

/** Nothing is printed for a device that is not there. */
const list = (printed = ''): unknown => (printed.trim() === '' ? [] : JSON.parse(printed));

function linkLines({
  address = '',
  flags = [],
  linkinfo,
  addr_info: addresses = [],
}: Link): readonly string[] {
  const data = linkinfo?.info_data;
  // ip prints an empty object for each device that it was not asked for.
  if (data === undefined) return [];
  const state = flags.includes('UP') ? 'up' : 'down';
  return [
    `device ${address} vni ${data.id} port ${data.port} local ${data.local} ${state}`,
    ...addresses
      .filter(({ family }) => family === 'inet')
      .map(({ local, prefixlen }) => `address ${local}/${prefixlen}`),
  ];
}

function routeLine({ dst, gateway, dev, protocol, flags }: Route): readonly string[] {
  if (dev !== DEVICE && protocol !== '76') return [];
  const elsewhere = dev === DEVICE && protocol === '76' ? '' : ` dev ${dev ?? ''} proto ${protocol ?? ''}`;
  return [`route ${dst} via ${gateway ?? 'nobody'} ${flags.join(' ')}${elsewhere}`];
}

function neighbourLine({ dst, lladdr, state }: Neighbour): readonly string[] {
  return state.includes('PERMANENT') ? [`neighbour ${dst} ${lladdr ?? ''}`] : [];
}
