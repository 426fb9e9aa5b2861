import { sh } from '../rig';
import type { Judged } from './oracle';
import { foreignRules } from './ruleset';
import { DEVICE, differences } from './wanted';

/** A device that is named nearly as ours, of the same kind. */
const DECOY = 'flannel.2';
const DECOY_ADDRESS = '192.0.2.66';
/** A subnet of the network that no lease has, and one that a peer has. */
const UNLEASED = '10.250.0.0/24';
const LEASED = '10.2.0.0/24';

/** iptables of the variant that Docker's rules are in, as on a host whose Docker was installed long ago. */
const DOCKER_OF_OLD = `iptables-legacy -N DOCKER-USER 2>/dev/null && iptables-legacy -A DOCKER-USER -j RETURN && iptables-legacy -I FORWARD -j DOCKER-USER`;

/** Puts things that are not ours, and look like it, beside ours. May be called again to put back what is gone. */
export async function plant({ host, save }: Judged): Promise<void> {
  const iptables = save.replace('-save', '');
  await sh(
    host,
    `set -e
    ip link show ${DECOY} >/dev/null 2>&1 || ip link add ${DECOY} type vxlan id 2 dstport 8473 local ${host.address} nolearning
    ip link set ${DECOY} up
    ip addr replace ${DECOY_ADDRESS}/32 dev ${DECOY}
    ip neigh replace 192.0.2.67 lladdr 02:de:c0:00:00:01 dev ${DECOY} nud permanent
    bridge fdb replace 02:de:c0:00:00:01 dev ${DECOY} dst 198.51.100.7
    echo 1 > /proc/sys/net/ipv4/conf/${DECOY}/rp_filter
    ip route replace ${UNLEASED} dev eth0 proto static
    ip route replace ${LEASED} dev eth0 table 100
    ip rule show | grep -q '192.0.2.0/24 lookup 100' || ip rule add from 192.0.2.0/24 lookup 100 pref 1000
    ${save === 'iptables-save' ? '' : `{ ${DOCKER_OF_OLD} || :; }`}
    ${iptables} -C DOCKER-USER -s ${DECOY_ADDRESS} -j DROP 2>/dev/null || ${iptables} -I DOCKER-USER -s ${DECOY_ADDRESS} -j DROP
    ${iptables} -t nat -C POSTROUTING -s ${DECOY_ADDRESS} -j MASQUERADE 2>/dev/null || ${iptables} -t nat -A POSTROUTING -s ${DECOY_ADDRESS} -j MASQUERADE
    nft list table inet decoy >/dev/null 2>&1 || nft 'table inet decoy { chain forward { type filter hook forward priority 5; ip saddr ${DECOY_ADDRESS} drop; }; }'`,
  );
}

interface Dumped {
  readonly ifname?: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly state?: string | readonly string[];
}

/** Each dump of `ip -j` or `bridge -j`, which parts of an entry belong to the host's setup, and which entries do. */
const DUMPS: readonly {
  readonly command: string;
  readonly parts: readonly string[];
  readonly counts?: (entry: Dumped) => boolean;
}[] = [
  { command: 'ip -j -d link', parts: ['ifname', 'address', 'mtu', 'master', 'ifalias', 'linkinfo'] },
  { command: 'ip -j -4 addr', parts: ['ifname', 'addr_info'] },
  {
    command: 'ip -j -4 route show table all',
    parts: ['type', 'dst', 'gateway', 'dev', 'table', 'protocol', 'scope', 'prefsrc', 'metric'],
    counts: ({ protocol }) => protocol !== '76',
  },
  { command: 'ip -j rule', parts: ['priority', 'src', 'dst', 'table'] },
  { command: 'ip -j neigh show nud permanent', parts: ['dst', 'dev', 'lladdr'] },
  {
    command: 'bridge -j fdb',
    parts: ['mac', 'ifname', 'dst', 'master', 'state'],
    counts: ({ state }) => state === 'permanent' || state === 'static',
  },
];
const BETWEEN = '@@@@';
const SYSCTLS =
  'cd /proc/sys/net/ipv4; grep -r . ip_forward conf/all conf/default conf/eth0 conf/docker0 conf/lo ' +
  `conf/${DECOY} 2>/dev/null || :`;

/** All that is on a host and not ours, a line each. */
export async function snapshot(judged: Judged): Promise<readonly string[]> {
  const others = [judged.save, 'ip6tables-save', 'nft list table inet decoy', SYSCTLS];
  const script = [...DUMPS.map(({ command }) => command), ...others]
    .map((command) => `{ ${command}; } 2>/dev/null; echo ${BETWEEN}`)
    .join('\n');
  const parts = (await sh(judged.host, script)).split(BETWEEN);
  const dumped = DUMPS.flatMap((dump, index) => entries(dump, parts[index] ?? ''));
  const [rules = '', rules6 = '', table = '', sysctls = ''] = parts.slice(DUMPS.length);
  return [
    ...dumped,
    ...foreignRules(rules),
    ...foreignRules(rules6).map((rule) => `IPv6 ${rule}`),
    table.trim().replaceAll(/\s+/g, ' '),
    ...sysctls.trim().split('\n').sort(),
  ];
}

function entries({ command, parts, counts }: (typeof DUMPS)[number], printed: string): readonly string[] {
  if (printed.trim() === '') return [];
  return (JSON.parse(printed) as Dumped[])
    .filter((entry) => entry.ifname !== DEVICE && entry.dev !== DEVICE && (counts?.(entry) ?? true))
    .map((entry) => `${command}: ${JSON.stringify(entry, [...parts, ...INNER])}`)
    .sort();
}

/** What is kept of nested parts. */
const INNER = ['info_kind', 'info_data', 'id', 'port', 'local', 'learning', 'family', 'prefixlen', 'scope'];

/** What is no longer there, and what came. */
export const changed = (before: readonly string[], after: readonly string[]): readonly string[] =>
  differences([...new Set(before)], [...new Set(after)]);
