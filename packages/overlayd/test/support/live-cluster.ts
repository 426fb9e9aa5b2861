import { equalAddress as isSame, equalPrefix, parseIpv4, parseIpv6, parsePrefix } from '@overlay/cidr';
import { parseNetworkConfig, type JsonObject, type Lease } from '@overlay/lease';
import type { HostFacts, NodeInput } from '../../src/backends/model.js';
import { leaseAttributes } from '../../src/lease/attributes.js';
import { settleMs, WayHold } from '../../src/loop/way-hold.js';
import { offersOf } from '../../src/plan/offers.js';
import { planPeer, type PeerResult, type PlanBase, type WayHeld } from '../../src/plan/plan.js';
import { usableFrom } from '../../src/plan/reach.js';
import { announced, nextRunning, type Running } from '../../src/plan/running.js';
import { hostFacts, mac, peer } from './hosts.js';

export const LINGER_MS = 60_000;
/** News travel faster than a way that needs something on the other side is held back: that is what holding is for. */
export const NEWS_MS = settleMs(LINGER_MS) / 2;

/** Where the hosts are: all on one network, or the third behind a router, with or without IPv6. */
export interface Site {
  readonly routed: boolean;
  readonly dualStack: boolean;
}

const keyOf = (n: number, name: string) => ({
  publicKey: Buffer.alloc(32, `${name} of ${n}`).toString('base64'),
  file: '/nowhere',
});

function factsOf(n: number, { routed }: Site): HostFacts {
  const net = routed && n === 3 ? 2 : 1;
  const publicIp = parseIpv4(`172.3${net}.0.${n}`);
  const publicIpv6 = parseIpv6(`fd3${net}::${n}`);
  const onLink = [`172.3${net}.0.0/24`, `fd3${net}::/64`];
  return hostFacts({
    nodeId: `node-${n}`,
    address: publicIp,
    addressV6: publicIpv6,
    publicIp,
    publicIpv6,
    onLink: onLink.map((text) => ({ prefix: parsePrefix(text), link: 'eth0' })),
    vtepMac: mac(n),
    vtepMacV6: mac(n + 256),
    wireguardKeys: new Map(['wgkey', 'wgkey-1', 'wgkey-2'].map((name) => [name, keyOf(n, name)])),
  });
}

/** A network config, `Backend` and whatever else, less the networks. */
export type Wish = JsonObject;

const configOf = (wish: Wish, { dualStack }: Site) =>
  parseNetworkConfig(
    JSON.stringify({
      Network: '10.5.0.0/16',
      ...(dualStack ? { EnableIPv6: true, IPv6Network: 'fc00:5::/48' } : {}),
      ...wish,
    }),
  );

/** One host of a cluster, in virtual time: it hears of config and leases when the test says so. */
export class Host {
  running: readonly Running[] = [];
  /** Ids of the backends whose devices are there. */
  standing: ReadonlySet<string> = new Set();
  /** Devices that are not there yet cannot be made now. */
  stuck = false;
  /** What it writes does not reach etcd now. */
  mute = false;
  lease: Lease;
  wish: Wish;
  readonly facts: HostFacts;
  readonly seen = new Map<number, Lease>();
  readonly heardMs = new Map<number, number>();
  private hold: WayHold;
  /** What backends.json says of those that run: which of them peers had heard of when it was written. */
  private settled: readonly string[] = [];
  private restarted = true;
  private input: NodeInput | undefined;

  constructor(
    readonly n: number,
    wish: Wish,
    readonly site: Site,
    readonly now: () => number,
  ) {
    this.wish = wish;
    this.facts = factsOf(n, site);
    this.lease = peer(n, { backendType: 'none' }, site.dualStack);
    this.hold = new WayHold(now, settleMs(LINGER_MS));
  }

  hear(wish: Wish): void {
    this.wish = wish;
    this.pass();
  }

  /** backends.json keeps which run and in which role, and no times; the devices stay. */
  restart(): void {
    if (this.mute) return;
    this.running = this.running.map(({ backend, role }) => ({ backend, role }));
    this.hold = new WayHold(this.now, settleMs(LINGER_MS));
    this.hold.recall(this.settled);
    this.restarted = true;
    this.pass();
  }

  /** A run of the node lane: choose, make the devices, announce those that stand. */
  pass(): void {
    const network = configOf(this.wish, this.site);
    const subnets = this.restarted ? undefined : this.lease;
    this.running = nextRunning(this.running, {
      network,
      leases: this.seen.values(),
      nowMs: this.now(),
      lingerMs: LINGER_MS,
      refuse: () => undefined,
      published: this.restarted ? undefined : offersOf(this.lease),
      usable: usableFrom({ facts: this.facts, config: network, subnets }),
    }).running;
    this.restarted = false;
    const ran = this.running.map(({ backend }) => backend.id);
    this.settled = ran.filter((id) => this.hold.isSettled(id));
    this.input = { facts: this.facts, config: network, subnets: this.lease, alias: 'overlayd:default' };
    this.standing = new Set(ran.filter((id) => !this.stuck || this.standing.has(id)));
    if (!this.mute) this.announce();
  }

  private announce(): void {
    const all = announced(this.running, this.now(), LINGER_MS);
    const backends = all.filter(({ id }) => this.standing.has(id));
    if (backends.length === 0) return;
    const { facts, site } = this;
    const attributes = leaseAttributes({
      facts,
      backends,
      dualStack: site.dualStack,
      version: 'test',
      mustRenumber: false,
    });
    this.lease = { ...this.lease, attributes };
    this.hold.announced(backends.map(({ id }) => id));
  }

  private base(): PlanBase {
    const backends = this.running.map(({ backend }) => backend);
    return { input: this.input!, backends, options: { forwarding: true, blackhole: false } };
  }

  planOf(other: Host): PeerResult {
    const held: WayHeld = (name, id, expected) =>
      !this.standing.has(id) || (expected && this.hold.held(name, id));
    return planPeer(this.base(), this.seen.get(other.n)!, held);
  }

  /** Whether it takes packets that come by this backend from a host with these keys, or without encapsulation from its address. */
  takes(from: Host, way: string, sent: readonly string[], direct: boolean): boolean {
    if (!this.standing.has(way)) return false;
    const result = this.planOf(from);
    const known =
      result.state === 'used' && result.plan.direct.some((one) => isSame(one, from.facts.publicIp));
    if (direct && !known) return false;
    const objects = result.state === 'used' ? result.plan.objects : [];
    const keys = objects.flatMap((object) => (object.type === 'wireguard-peer' ? [object.publicKey] : []));
    return sent.every((key) => keys.includes(key));
  }
}

/** What a packet by this backend is encrypted with, by which the receiver must know the sender. */
function sentKeys({ n }: Host, way: string): readonly string[] {
  if (!way.startsWith('wireguard')) return [];
  const generation = /generation (\d+)/.exec(way)?.[1];
  return [keyOf(n, generation === undefined ? 'wgkey' : `wgkey-${generation}`).publicKey];
}

export class Cluster {
  nowMs = 0;
  readonly hosts: readonly Host[];

  constructor(size: number, wish: Wish, site: Site = { routed: false, dualStack: false }) {
    this.hosts = Array.from(
      { length: size },
      (_, index) => new Host(index + 1, wish, site, () => this.nowMs),
    );
    for (const host of this.hosts) host.pass();
    this.meet();
    // By now all of them have passed the time of their first hold.
    this.broken();
    this.nowMs += LINGER_MS;
    this.meet();
  }

  /** Everybody hears of everybody. */
  meet(): void {
    for (const host of this.hosts) for (const other of this.hosts) this.tell(host, other);
  }

  tell(host: Host, other: Host): void {
    if (host === other) return;
    host.seen.set(other.n, other.lease);
    host.heardMs.set(other.n, this.nowMs);
  }

  /** Nobody's news are older than news may be. */
  catchUp(): void {
    for (const host of this.hosts)
      for (const other of this.hosts)
        if (this.nowMs - (host.heardMs.get(other.n) ?? 0) >= NEWS_MS / 2) this.tell(host, other);
  }

  /** Packets that one host would send another now, and whether that one takes them. */
  broken(): readonly string[] {
    return this.hosts.flatMap((host) =>
      this.hosts.filter((other) => other !== host).flatMap((other) => this.brokenBetween(host, other)),
    );
  }

  private brokenBetween(host: Host, other: Host): readonly string[] {
    const result = host.planOf(other);
    const pair = `${host.n}->${other.n}`;
    if (result.state !== 'used') return [`${pair}: ${result.reason}`];
    const routes = result.plan.objects.filter((object) => object.type === 'route');
    const { subnet, ipv6Subnet } = other.lease;
    const families = ipv6Subnet === undefined ? [subnet] : [subnet, ipv6Subnet];
    const missing = families.some((one) => !routes.some(({ destination }) => equalPrefix(destination, one)));
    if (missing) return [`${pair}: no route of a family by ${result.way}`];
    // DirectRouting of a tunnel changes in place, with no moment when both ways are taken: that is not asked for here.
    const direct = result.way === 'host-gw';
    if (other.takes(host, result.way, sentKeys(host, result.way), direct)) return [];
    return [`${pair}: sends by ${result.way}`];
  }

  /** Which backends run where, when all has settled. */
  settle(): readonly (readonly string[])[] {
    for (let round = 0; round < 12; round += 1) {
      this.nowMs += LINGER_MS / 2;
      this.meet();
      for (const host of this.hosts) host.pass();
      this.meet();
    }
    return this.hosts.map(({ running }) => running.map(({ backend }) => backend.id));
  }
}
