import { formatAddress, type Address } from '@overlay/cidr';
import type { AddressFact, LinkFact, RouteFact } from '@overlay/dataplane';

/** What the kernel shows of this host. */
export interface HostView {
  readonly links: readonly LinkFact[];
  readonly addresses: readonly AddressFact[];
  readonly routes: readonly RouteFact[];
}

const rank = (fact: AddressFact): number =>
  (fact.scope === 'global' ? 0 : 4) + (fact.permanent ? 0 : 2) + (fact.temporary ? 1 : 0);

function usable(fact: AddressFact): boolean {
  return !fact.deprecated && (fact.scope === 'global' || fact.scope === 'link');
}

/** Addresses of a link, best first: global before link-local, permanent before dynamic, stable before temporary (Flannel 3.3). */
export function addressesOf(view: HostView, link: string, family: 4 | 6): readonly AddressFact[] {
  return view.addresses
    .filter((fact) => fact.link === link && fact.address.family === family && usable(fact))
    .sort((a, b) => rank(a) - rank(b));
}

/** The link that carries an address. */
export function linkOf(view: HostView, address: Address): string | undefined {
  const text = formatAddress(address);
  return view.addresses.find((fact) => formatAddress(fact.address) === text)?.link;
}

/** The link of the first default route, lowest metric first; IPv4 before IPv6. */
export function defaultRouteLink(view: HostView): string | undefined {
  const defaults = view.routes.filter(
    ({ destination, kind, link }) => destination.length === 0 && kind === 'unicast' && link !== undefined,
  );
  const order = (route: RouteFact): number => (route.destination.family === 4 ? 0 : 2 ** 33) + route.metric;
  return [...defaults].sort((a, b) => order(a) - order(b))[0]?.link;
}
