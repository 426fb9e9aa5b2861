import {
  contains,
  equalAddress,
  equalPrefix,
  formatAddress,
  formatPrefix,
  prefixOf,
  ipv6,
} from '@overlay/cidr';
import type { Address, Ipv4 } from '@overlay/cidr';
import { linkObject, routeObject } from './classify.js';
import { mustRecreate } from './compare.js';
import { isKnown, linkRefusal, linkState, refuse, type Refusal } from './fake-links.js';
import { FLOOD } from './identity.js';
import type {
  AddressFact,
  BasicObject,
  KernelNotice,
  KernelObject,
  LinkObject,
  RouteObject,
} from './model.js';
import { ROUTE_PROTOCOL } from './ownership.js';
import { isBasic } from './parts.js';
import type {
  FdbState,
  KernelSnapshot,
  LinkState,
  NeighbourState,
  RouteState,
  RuleState,
} from './snapshot.js';

type NoticeType = Exclude<KernelNotice['type'], 'resync' | 'firewall'>;

/** The tables of the fake kernel, by the kernel's own identities, and the rules that tie them together. */
export class FakeTables {
  private readonly links = new Map<string, LinkState>();
  private readonly addresses = new Map<string, AddressFact>();
  private readonly routes = new Map<string, RouteState>();
  private readonly neighbours = new Map<string, NeighbourState>();
  private readonly fdb = new Map<string, FdbState>();
  private readonly rules = new Map<string, RuleState>();
  readonly sysctls = new Map<string, string>();
  private lastIndex = 1;

  constructor(private readonly changed: (type: NoticeType) => void) {}

  snapshot(): KernelSnapshot {
    return {
      links: [...this.links.values()],
      addresses: [...this.addresses.values()],
      routes: [...this.routes.values()],
      neighbours: [...this.neighbours.values()],
      fdb: [...this.fdb.values()],
      rules: [...this.rules.values()],
      sysctls: new Map(this.sysctls),
    };
  }

  /** Adds or overwrites a link as an administrator would; it gets an index. */
  putLink(link: Omit<LinkState, 'index'>): void {
    const present = this.links.get(link.name);
    this.links.set(link.name, { ...link, index: present?.index ?? ++this.lastIndex });
    if (present && present.mac !== link.mac) dropOn(this.neighbours, link.name);
    this.putDefault(`net/ipv6/conf/${link.name}/accept_ra`, '1');
    this.putDefault(`net/ipv4/conf/${link.name}/rp_filter`, '0');
    if (!link.up) this.dropRoutes(link.name);
    this.changed('link');
  }

  private putDefault(sysctl: string, value: string): void {
    if (!this.sysctls.has(sysctl)) this.sysctls.set(sysctl, value);
  }

  putSysctl(key: string, value: string): void {
    this.sysctls.set(key, value);
    this.changed('sysctl');
  }

  putAddress(fact: AddressFact): void {
    this.addresses.set(`${fact.link} ${formatAddress(fact.address)}/${fact.length}`, fact);
    this.changed('address');
  }

  putRoute(route: RouteState): void {
    this.routes.set(routeKey(route), route);
    this.changed('route');
  }

  putNeighbour(state: NeighbourState): void {
    this.neighbours.set(`${state.link} ${formatAddress(state.address)}`, state);
    this.changed('neighbour');
  }

  putFdb(state: FdbState): void {
    this.fdb.set(fdbKey(state), state);
    this.changed('neighbour');
  }

  /** Deletes a link and what the kernel deletes with it. */
  deleteLink(name: string): boolean {
    const link = this.links.get(name);
    if (!link) return false;
    this.links.delete(name);
    if (link.kind === 'veth' && link.peer !== undefined) this.links.delete(link.peer);
    for (const [port, { master, ...rest }] of this.links) if (master === name) this.links.set(port, rest);
    for (const table of [this.addresses, this.neighbours, this.fdb]) dropOn(table, name);
    this.dropRoutes(name);
    for (const key of this.sysctls.keys()) if (key.includes(`/${name}/`)) this.sysctls.delete(key);
    this.changed('link');
    return true;
  }

  private dropRoutes(link: string): void {
    dropOn(this.routes, link);
    this.changed('route');
  }

  /** What is there under the identity of `object`, ours or not. */
  find(object: KernelObject): KernelObject | undefined {
    if (object.type === 'link') {
      const link = this.links.get(object.name);
      return link && linkObject(link);
    }
    const route = object.type === 'route' ? this.routes.get(routeKey(object)) : undefined;
    return route && routeObject(route);
  }

  /** Adds, or replaces when `previous` is given. */
  write(object: KernelObject, previous: KernelObject | undefined): Refusal | undefined {
    if (!isBasic(object)) return refuse('EOPNOTSUPP', `${object.type} is of a part that is not there`);
    switch (object.type) {
      case 'link':
        return this.writeLink(object, previous);
      case 'route':
        return this.writeRoute(object, previous !== undefined);
      case 'rule':
        this.putRule({ ...object, protocol: ROUTE_PROTOCOL });
        return undefined;
      case 'sysctl':
        if (!this.sysctls.has(object.key)) return refuse('ENOENT', `no such file ${object.key}`);
        this.sysctls.set(object.key, object.value);
        return undefined;
      default:
        if (!this.links.has(object.link)) return refuse('ENODEV', `the device ${object.link} does not exist`);
    }
    if (object.type === 'address')
      this.putAddress({ ...object, scope: 'global', permanent: true, deprecated: false, temporary: false });
    else if (object.type === 'neighbour') this.putNeighbour({ ...object, permanent: true });
    else this.putFdb({ ...object, permanent: true });
    return undefined;
  }

  private putRule(rule: RuleState): void {
    this.rules.set(`${rule.family} ${rule.priority}`, rule);
    this.changed('rule');
  }

  private writeLink(link: LinkObject, previous: KernelObject | undefined): Refusal | undefined {
    const present = this.links.get(link.name);
    if (present && !isKnown(present, link, previous))
      return refuse('EEXIST', `${link.name} is there and is not ours`);
    const now = present && linkObject(present);
    if (present && (!now || mustRecreate(now, link))) this.deleteLink(link.name);
    const refusal = linkRefusal(link, this.links);
    if (refusal) return refusal;
    this.putLink(linkState(link));
    if (link.kind === 'sit' && link.local) this.putSitAddress(link.name, link.local);
    if (link.kind === 'veth')
      this.putLink({ ...linkState(link), name: link.peer, peer: link.name, alias: '', up: false });
    return undefined;
  }

  /** As the kernel: the IPv4-compatible address of the local end. */
  private putSitAddress(link: string, { bits }: Ipv4): void {
    this.putAddress({
      ...{ link, address: ipv6(BigInt(bits)), length: 96 },
      ...{ scope: 'global', permanent: true, deprecated: false, temporary: false },
    });
  }

  private writeRoute(route: RouteObject, replace: boolean): Refusal | undefined {
    if (!replace && this.routes.has(routeKey(route))) return refuse('EEXIST', 'File exists');
    if (route.link !== undefined && !this.links.has(route.link))
      return refuse('ENODEV', `the device ${route.link} does not exist`);
    if (route.link !== undefined && this.links.get(route.link)?.up !== true)
      return refuse('ENETDOWN', 'Device for nexthop is not up');
    if (route.gateway && !route.onlink && !this.isConnected(route.gateway, route.link))
      return refuse('ENETUNREACH', 'Nexthop has invalid gateway');
    this.putRoute({ ...route, protocol: ROUTE_PROTOCOL, table: 254, scope: 0 });
    return undefined;
  }

  private isConnected(gateway: Address, link: string | undefined): boolean {
    return [...this.addresses.values()].some(
      (fact) =>
        fact.link === link &&
        contains(prefixOf(fact.address, fact.length), gateway) &&
        !equalAddress(fact.address, gateway),
    );
  }

  /** Deletes what has the identity of `object`. */
  remove(object: KernelObject): Refusal | undefined {
    if (!isBasic(object)) return refuse('EOPNOTSUPP', `${object.type} is of a part that is not there`);
    const found = this.removeFound(object);
    if (found) this.changed(object.type === 'fdb' ? 'neighbour' : object.type);
    return found ? undefined : refuse('ENOENT', 'nothing to remove');
  }

  private removeFound(object: BasicObject): boolean {
    switch (object.type) {
      case 'link':
        return this.deleteLink(object.name);
      case 'address':
        return this.addresses.delete(`${object.link} ${formatAddress(object.address)}/${object.length}`);
      case 'route':
        return this.removeRoute(object);
      case 'neighbour':
        return this.neighbours.delete(`${object.link} ${formatAddress(object.address)}`);
      case 'fdb':
        return this.fdb.delete(fdbKey(object));
      case 'rule':
        return this.rules.delete(`${object.family} ${object.priority}`);
      case 'sysctl':
        return false;
    }
  }

  private removeRoute(route: RouteObject): boolean {
    const present = this.routes.get(routeKey(route));
    if (!present || !equalPrefix(present.destination, route.destination)) return false;
    return present.protocol === (route.protocol ?? ROUTE_PROTOCOL) && this.routes.delete(routeKey(route));
  }
}

function dropOn(table: Map<string, { readonly link?: string }>, link: string): void {
  for (const [key, entry] of table) if (entry.link === link) table.delete(key);
}

/** A MAC has one destination, but for the one that floods. */
function fdbKey({ link, mac, destination }: Pick<FdbState, 'link' | 'mac' | 'destination'>): string {
  return mac === FLOOD ? `${link} ${mac} ${formatAddress(destination)}` : `${link} ${mac}`;
}

function routeKey(route: Pick<RouteState, 'destination' | 'metric'>): string {
  return `${formatPrefix(route.destination)} ${route.metric}`;
}
