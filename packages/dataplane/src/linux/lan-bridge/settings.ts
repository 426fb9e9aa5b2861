import { readSysctls, writeSysctl } from '../sysctl.js';

/** Settings of a device that decide how the host is reached through it; in this order, as `forwarding` resets `accept_ra`'s effect. */
const IPV4 = [
  'forwarding',
  'rp_filter',
  'arp_ignore',
  'arp_announce',
  'arp_filter',
  'arp_notify',
  'accept_redirects',
  'secure_redirects',
  'send_redirects',
  'shared_media',
  'accept_source_route',
  'promote_secondaries',
  'proxy_arp',
  'route_localnet',
  'src_valid_mark',
  'log_martians',
];
const IPV6 = [
  'disable_ipv6',
  'forwarding',
  'accept_ra',
  'accept_ra_defrtr',
  'accept_ra_pinfo',
  'accept_ra_mtu',
  'accept_ra_rt_info_max_plen',
  'accept_ra_min_hop_limit',
  'accept_redirects',
  'accept_source_route',
  'autoconf',
  'use_tempaddr',
  'dad_transmits',
  'accept_dad',
  'addr_gen_mode',
  'router_solicitations',
];

/** The bridge gets the NIC's settings below net/ipv4/conf and net/ipv6/conf, where they differ. */
export function copySettings(from: string, to: string, netns: string | undefined): void {
  const keys = (device: string): string[] => [
    ...IPV4.map((name) => `net/ipv4/conf/${device}/${name}`),
    ...IPV6.map((name) => `net/ipv6/conf/${device}/${name}`),
  ];
  const [sources, targets] = [keys(from), keys(to)];
  const values = readSysctls([...sources, ...targets], netns);
  for (const [position, source] of sources.entries()) {
    const [value, target] = [values.get(source), targets[position] ?? ''];
    if (value !== undefined && values.has(target) && values.get(target) !== value)
      writeSysctl(target, value, netns);
  }
}
