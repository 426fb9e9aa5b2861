import type { Address } from '@overlay/cidr';
import { bridgedNic, isLanBridge } from '@overlay/dataplane';
import type { HostView } from './candidates.js';

/** The link with the addresses: a NIC that is a port of our LAN bridge has given them to it. */
export function addressLink(view: HostView, link: string): string {
  const master = view.links.find(({ name }) => name === link)?.master;
  return master !== undefined && isLanBridge(master) ? master : link;
}

/** The NIC behind our LAN bridge; undefined for any other link, or when it has none. */
export function nicBehind(view: HostView, link: string): string | undefined {
  return isLanBridge(link) ? bridgedNic(view.links, link)?.name : undefined;
}

/** The router of the network on a link: the gateway of its default route with the lowest metric. */
export function routerOn(view: HostView, link: string, family: 4 | 6): Address | undefined {
  const defaults = view.routes.filter(
    (route) =>
      route.link === link &&
      route.destination.family === family &&
      route.destination.length === 0 &&
      route.kind === 'unicast' &&
      route.gateway !== undefined,
  );
  return [...defaults].sort((a, b) => a.metric - b.metric)[0]?.gateway;
}
