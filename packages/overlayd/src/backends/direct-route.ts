import type { Address, Prefix } from '@overlay/cidr';
import { spreadMetric, type RouteObject } from '@overlay/dataplane';

/** `<subnet> via <peer> dev <link>`: how host-gw and DirectRouting reach a peer on the same link (Flannel sections 4.2, 4.3). */
export const directRoute = (destination: Prefix, gateway: Address, link: string): RouteObject => ({
  type: 'route',
  kind: 'unicast',
  destination,
  gateway,
  link,
  onlink: false,
  metric: spreadMetric(destination),
});
