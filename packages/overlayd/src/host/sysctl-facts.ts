import { readSysctls } from '@overlay/dataplane/linux';
import type { Ipv6Facts } from '../backends/model.js';
import type { SysctlFacts } from './facts.js';

function ipv6(links: readonly string[]): Ipv6Facts {
  const all = 'net/ipv6/conf/all/forwarding';
  const forwarding = readSysctls([all]).get(all);
  if (forwarding !== '0') return { present: forwarding !== undefined, advertised: [] };
  const key = (link: string, name: string): string => `net/ipv6/conf/${link}/${name}`;
  const values = readSysctls(links.flatMap((link) => [key(link, 'accept_ra'), key(link, 'forwarding')]));
  const advertised = links.filter(
    (link) => values.get(key(link, 'accept_ra')) === '1' && values.get(key(link, 'forwarding')) === '0',
  );
  return { present: true, advertised };
}

/** The kernel takes the higher of the two values (Documentation/networking/ip-sysctl): 1 is strict. */
function strictReversePath(link: string): boolean {
  const keys = ['all', link].map((name) => `net/ipv4/conf/${name}/rp_filter`);
  const values = readSysctls(keys);
  return Math.max(...keys.map((key) => Number(values.get(key) ?? 0))) === 1;
}

const FORWARDING = ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'];

function notForwarding(): readonly string[] {
  const values = readSysctls(FORWARDING);
  return FORWARDING.filter((key) => values.get(key) === '0');
}

/** Of the network namespace of this process. */
export const sysctlFacts: SysctlFacts = { ipv6, strictReversePath, notForwarding };
