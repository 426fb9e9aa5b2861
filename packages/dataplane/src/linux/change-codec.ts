import { contains } from '@overlay/cidr';
import { FLOOD } from '../identity.js';
import type { BasicObject, Change, RouteObject, RuleObject } from '../model.js';
import { NLM_F, RTM } from './netlink/constants.js';
import { writeAddress } from './netlink/address-codec.js';
import { writeFdb, writeNeighbour } from './netlink/neighbour-codec.js';
import { writeRoute, writeRouteRemoval } from './netlink/route-codec.js';
import { writeRule } from './netlink/rule-codec.js';
import type { MessageWriter } from './netlink/writer.js';

/** What one rtnetlink message carries; links and sysctls have their own way. */
export type BatchObject = Exclude<BasicObject, { type: 'link' | 'sysctl' }>;

/** One message to write: `body` needs the index of the object's link. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly body: (writer: MessageWriter, index: number) => void;
}

const SET = NLM_F.CREATE | NLM_F.REPLACE;
/** One more destination of a MAC; one that is there stays (vxlan_fdb_append). */
const APPEND = NLM_F.CREATE | NLM_F.APPEND;
const NEW = NLM_F.CREATE | NLM_F.EXCL;

/**
 * The messages of one change. On our own devices an add overwrites, so that a repeated one succeeds; a route is added
 * exclusively, so that one that is not ours is never overwritten. A changed rule is added before the old one goes.
 */
export function requestsOf(change: Change, object: BatchObject): readonly Request[] {
  switch (object.type) {
    case 'address':
      return [
        plain(change, { set: RTM.NEWADDR, remove: RTM.DELADDR }, (w, index) =>
          writeAddress(w, object, index),
        ),
      ];
    case 'neighbour':
      return [
        plain(change, { set: RTM.NEWNEIGH, remove: RTM.DELNEIGH }, (w, index) =>
          writeNeighbour(w, object, index),
        ),
      ];
    case 'fdb':
      return [
        plain(
          change,
          { set: RTM.NEWNEIGH, remove: RTM.DELNEIGH, flags: object.mac === FLOOD ? APPEND : SET },
          (w, index) => writeFdb(w, object, index),
        ),
      ];
    case 'route':
      return routeRequests(change, object);
    case 'rule':
      return ruleRequests(change, object);
  }
}

/**
 * A route is replaced in one step, but for an IPv6 one that goes to another device by a gateway inside its own destination: the kernel
 * looks for that gateway by the old route and refuses it (ip6_route_check_nh_onlink, net/ipv6/route.c). There the old one goes first, in
 * the same write.
 */
function routeRequests(change: Change, route: RouteObject): readonly Request[] {
  if (change.op !== 'replace' || !isOwnGateway(route)) return [routeRequest(change, route)];
  const { previous } = change;
  if (previous.type !== 'route' || previous.link === route.link) return [routeRequest(change, route)];
  // Without the device: the caller knows the index of the new one only.
  const { link: _, ...old } = previous;
  return [
    routeRequest({ op: 'remove', object: old }, old),
    routeRequest({ op: 'add', object: route }, route),
  ];
}

function isOwnGateway({ destination, gateway }: RouteObject): boolean {
  return gateway?.family === 6 && contains(destination, gateway);
}

function routeRequest(change: Change, route: RouteObject): Request {
  const oif = (index: number) => (route.link === undefined ? undefined : index);
  if (change.op === 'remove')
    return { type: RTM.DELROUTE, flags: 0, body: (w, index) => writeRouteRemoval(w, route, oif(index)) };
  const flags = change.op === 'add' ? NEW : SET;
  return { type: RTM.NEWROUTE, flags, body: (w, index) => writeRoute(w, route, oif(index)) };
}

function ruleRequests(change: Change, rule: RuleObject): readonly Request[] {
  const add = (object: RuleObject): Request => ({
    type: RTM.NEWRULE,
    flags: NEW,
    body: (w) => writeRule(w, object),
  });
  const remove = (object: RuleObject): Request => ({
    type: RTM.DELRULE,
    flags: 0,
    body: (w) => writeRule(w, object),
  });
  if (change.op === 'remove') return [remove(rule)];
  if (change.op === 'add' || change.previous.type !== 'rule') return [add(rule)];
  return [add(rule), remove(change.previous)];
}

function plain(
  change: Change,
  { set, remove, flags = SET }: { set: number; remove: number; flags?: number },
  body: Request['body'],
): Request {
  return change.op === 'remove' ? { type: remove, flags: 0, body } : { type: set, flags, body };
}
