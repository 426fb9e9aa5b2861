import { formatPrefix } from '@overlay/cidr';
import { describeForeignRoute, routeObject } from '../classify.js';
import { isEqual } from '../compare.js';
import { objectKey } from '../identity.js';
import type { RouteObject } from '../model.js';
import { dumpLinks, dumpRoutes, linkNames } from './dump.js';
import type { NetlinkSocket } from './netlink-socket.js';
import type { Refusal } from './refusal.js';

/**
 * A route that the kernel would not add because its identity is taken (EEXIST) is no failure if what is there is equal.
 * Returns the refusals that stay, by position, saying what is in the way.
 */
export async function recheckExisting(
  routes: ReadonlyMap<number, RouteObject>,
  lists: NetlinkSocket,
): Promise<Map<number, Refusal | undefined>> {
  const verdicts = new Map<number, Refusal | undefined>();
  if (routes.size === 0) return verdicts;
  const states = await dumpRoutes(lists, linkNames(await dumpLinks(lists)));
  const present = new Map(states.map((state) => [objectKey(routeObject(state)), state]));
  for (const [position, route] of routes) {
    const state = present.get(objectKey(route));
    if (state && isEqual(route, routeObject(state))) verdicts.set(position, undefined);
    else verdicts.set(position, refusal(route, state && describeForeignRoute(state)));
  }
  return verdicts;
}

function refusal(route: RouteObject, inTheWay: string | undefined): Refusal {
  const what = inTheWay ?? 'another route took its place';
  return {
    code: 'EEXIST',
    message: `EEXIST: ${formatPrefix(route.destination)} metric ${route.metric}: ${what}`,
  };
}
