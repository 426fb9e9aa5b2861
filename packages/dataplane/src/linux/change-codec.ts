import type { Change, KernelObject, RouteObject, RuleObject } from '../model.js';
import { NLM_F, RTM } from './netlink/constants.js';
import { writeAddress } from './netlink/address-codec.js';
import { writeFdb, writeNeighbour } from './netlink/neighbour-codec.js';
import { writeRoute, writeRouteRemoval } from './netlink/route-codec.js';
import { writeRule } from './netlink/rule-codec.js';
import type { MessageWriter } from './netlink/writer.js';

/** What one rtnetlink message carries; links and sysctls have their own way. */
export type BatchObject = Exclude<KernelObject, { type: 'link' | 'sysctl' }>;

/** One message to write: `body` needs the index of the object's link. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  readonly body: (writer: MessageWriter, index: number) => void;
}

const SET = NLM_F.CREATE | NLM_F.REPLACE;
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
        plain(change, { set: RTM.NEWNEIGH, remove: RTM.DELNEIGH }, (w, index) => writeFdb(w, object, index)),
      ];
    case 'route':
      return [routeRequest(change, object)];
    case 'rule':
      return ruleRequests(change, object);
  }
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

function plain(change: Change, types: { set: number; remove: number }, body: Request['body']): Request {
  return change.op === 'remove'
    ? { type: types.remove, flags: 0, body }
    : { type: types.set, flags: SET, body };
}
