import { setTimeout as sleep } from 'node:timers/promises';
import { LAN_BRIDGE, bridgedNic, isLanBridge } from '../../lan-bridge.js';
import { lanBridgeRefusal } from '../../lan-bridge-refusal.js';
import { foreignLink } from '../../foreign-link.js';
import { linkKey } from '../../identity.js';
import type {
  ActualState,
  Change,
  DesiredState,
  KernelObject,
  KernelPart,
  LanBridgeLink,
  Outcome,
  Ownership,
} from '../../model.js';
import type { DecodedLink } from '../netlink/link-codec.js';
import { NetlinkSocket } from '../netlink-socket.js';
import { refusalOfThrown, type Refusal } from '../refusal.js';
import { isLinkLocal } from './addresses.js';
import { sendAll } from './batch.js';
import {
  allLinks,
  belongingsOf,
  linkNamed,
  receivesOn,
  type Belongings,
  type PlainLink,
} from './inventory.js';
import { join } from './join.js';
import { bridgeSettings, carried, creation, moveBack, moveToBridge } from './move.js';
import { nicFacts } from './nic-facts.js';
import type { Request } from './request.js';
import { copySettings } from './settings.js';

export interface LanBridgeOptions {
  /** File of the network namespace to work in; that of the process without. */
  readonly netns?: string;
  /** Where sysfs is mounted, for Wi-Fi and cloud facts; `/sys`. */
  readonly sysfs?: string;
}

/** How often and how far apart it is looked whether the kernel has followed. */
const LOOKS = 100;
const LOOK_MS = 5;

function objectOf(name: string, bridge: PlainLink | undefined, nic: PlainLink | undefined): LanBridgeLink {
  const { mtu, alias } = bridge ?? { mtu: 0, alias: '' };
  return { type: 'link', kind: 'lan-bridge', name, nic: nic?.name ?? '', mtu, alias };
}

type NamedLink = PlainLink & { readonly master?: string };

/** `lan-bridge` links over rtnetlink. What has to be undone is read from the bridge, so nothing has to be remembered. */
class LanBridgePart implements KernelPart {
  private readonly socket: NetlinkSocket;
  /** For dumps, which may wait for the event loop in between. */
  private readonly lists: NetlinkSocket;
  private readonly sysfs: string;

  constructor(private readonly options: LanBridgeOptions) {
    this.socket = new NetlinkSocket({ netns: options.netns });
    this.lists = new NetlinkSocket({ netns: options.netns });
    this.sysfs = options.sysfs ?? '/sys';
  }

  claims(object: KernelObject): boolean {
    return object.type === 'link' && object.kind === 'lan-bridge';
  }

  async read(ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    const objects = new Map<string, KernelObject>();
    const foreign = new Map<string, string>();
    const down = new Set<string>();
    for (const name of this.candidates(ownership, desired)) {
      const present = linkNamed(this.socket, name);
      if (present === undefined) continue;
      const key = linkKey(name);
      if (!isOurs(present, ownership.alias)) {
        if (desired.has(key) && !(await this.isBlank(present))) foreign.set(key, foreignLink(present));
        continue;
      }
      const wanted = desired.get(key);
      const actual = await this.actual(name, wanted?.type === 'link' ? wanted : undefined);
      objects.set(key, actual.object);
      if (!actual.complete) down.add(key);
    }
    return { objects, foreign, down };
  }

  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const change of changes) {
      const refusal = await this.change(change).catch(refusalOfThrown);
      outcomes.push(refusal === undefined ? { change, ok: true } : { change, ok: false, ...refusal });
    }
    return outcomes;
  }

  close(): void {
    this.socket.close();
    this.lists.close();
  }

  private candidates(ownership: Ownership, desired: DesiredState): ReadonlySet<string> {
    const wanted = [...desired.values()].flatMap((object) => (object.type === 'link' ? [object.name] : []));
    return new Set([LAN_BRIDGE, ...ownership.links.filter(isLanBridge), ...wanted]);
  }

  private async links(): Promise<NamedLink[]> {
    const links = await allLinks(this.lists);
    const names = new Map(links.map(({ index, name }) => [index, name]));
    return links.map((link) => {
      const master = link.masterIndex === undefined ? undefined : names.get(link.masterIndex);
      return master === undefined ? link : { ...link, master };
    });
  }

  /** The bridge as it is, and whether everything that the wanted NIC carried is on it. */
  private async actual(name: string, wanted: KernelObject | undefined) {
    const links = await this.links();
    const bridge = links.find((link) => link.name === name);
    const nic = bridgedNic(links, name);
    const object = objectOf(name, bridge, nic);
    const lanWanted = wanted?.type === 'link' && wanted.kind === 'lan-bridge' ? wanted : undefined;
    const left = nic !== undefined && lanWanted?.nic === nic.name && (await this.carries(nic));
    return { object, complete: bridge?.up === true && !left };
  }

  /** Made by a Docker that was faster than we: it makes the bridge of a network that it knows, and puts nothing on it. */
  private async isBlank(link: DecodedLink): Promise<boolean> {
    if (link.kind !== 'bridge' || link.alias !== '') return false;
    const ports = (await this.links()).filter(({ master }) => master === link.name);
    return ports.every(({ kind }) => kind === 'veth') && !(await this.carries(link));
  }

  private async carries({ index }: Pick<PlainLink, 'index'>): Promise<boolean> {
    const { addresses, routes } = await belongingsOf(this.lists, index);
    return routes.length > 0 || addresses.some((address) => !isLinkLocal(address));
  }

  private async change({ op, object }: Change): Promise<Refusal | undefined> {
    if (object.type !== 'link' || object.kind !== 'lan-bridge') return notOurs(object);
    const links = await this.links();
    const bridge = links.find(({ name }) => name === object.name);
    const mayTake = bridge === undefined || isOurs(bridge, object.alias);
    if (!mayTake && (op === 'remove' || !(await this.isBlank(bridge))))
      return { code: 'EEXIST', message: foreignLink(bridge) };
    if (op === 'remove') return bridge && this.undo(links, bridge);
    return this.bring(object, links, bridge);
  }

  /** A bridge with another NIC gives that one back first. */
  private async bring(
    object: LanBridgeLink,
    links: readonly NamedLink[],
    bridge: PlainLink | undefined,
  ): Promise<Refusal | undefined> {
    const nic = links.find(({ name }) => name === object.nic);
    const refusal = refusalToMove(object, nic, links, this.sysfs);
    if (refusal !== undefined || nic === undefined) return refusal;
    const before = bridge && bridgedNic(links, bridge.name);
    if (bridge && before !== undefined && before.name !== nic.name) {
      const undone = await this.undo(links, bridge);
      return undone ?? this.make(object, nic, undefined);
    }
    return this.make(object, nic, bridge);
  }

  /** Makes or completes the bridge: an earlier pass may have ended anywhere. */
  private async make(link: LanBridgeLink, nic: NamedLink, present?: PlainLink): Promise<Refusal | undefined> {
    const prepared = sendAll(
      this.socket,
      present === undefined ? creation(link, nic.mac) : bridgeSettings(link, nic.mac),
    );
    const bridge = linkNamed(this.socket, link.name);
    if (prepared[0] !== undefined || bridge === undefined) return prepared[0] ?? gone(link.name);
    const joined = nic.master === link.name;
    if (!joined) copySettings(nic.name, link.name, this.options.netns);
    const belongings = await belongingsOf(this.lists, nic.index);
    const refused = joined ? undefined : join(this.socket, nic, bridge, present === undefined);
    if (refused !== undefined) return refused;
    const refusals = await this.move(moveToBridge(nic, bridge, belongings), bridge.index, belongings);
    return this.mended(refusals, () => carried(belongings, nic, nic));
  }

  private async undo(links: readonly NamedLink[], bridge: PlainLink): Promise<Refusal | undefined> {
    const nic = bridgedNic(links, bridge.name);
    const belongings: Belongings = await belongingsOf(this.lists, bridge.index);
    const refusals = await this.move(moveBack(bridge, nic, belongings), nic?.index, belongings);
    return this.mended(refusals, () => (nic === undefined ? [] : carried(belongings, bridge, nic)));
  }

  /** In one batch but for what must wait until the kernel receives for IPv6 addresses on the other link: until then both have them. */
  private async move(
    requests: readonly Request[],
    to: number | undefined,
    { addresses }: Belongings,
  ): Promise<readonly Refusal[]> {
    const late = requests.filter((request) => request.late === true);
    const refusals = sendAll(
      this.socket,
      requests.filter((request) => request.late !== true),
    );
    for (let look = 0; to !== undefined && look < LOOKS; look++) {
      if (await receivesOn(this.lists, to, addresses)) break;
      await sleep(LOOK_MS);
    }
    return [...refusals, ...sendAll(this.socket, late)];
  }

  /** The kernel goes on with a batch after a refusal: what it took away although it had not given it elsewhere comes back. */
  private mended(refusals: readonly Refusal[], again: () => ReturnType<typeof carried>): Refusal | undefined {
    const [first] = refusals;
    if (first !== undefined) sendAll(this.socket, again());
    return first;
  }
}

function refusalToMove(
  link: LanBridgeLink,
  nic: NamedLink | undefined,
  links: readonly NamedLink[],
  sysfs: string,
): Refusal | undefined {
  if (nic === undefined)
    return { code: 'ENODEV', message: `${link.name}: the NIC ${link.nic} does not exist` };
  if (nic.master === link.name) return undefined;
  const reason = lanBridgeRefusal(nicFacts(nic, links, sysfs), link.force === true);
  return reason === undefined ? undefined : { code: 'OVL_LAN_BRIDGE_REFUSED', message: reason };
}

const isOurs = ({ alias, kind }: Pick<PlainLink, 'alias' | 'kind'>, ours: string): boolean =>
  alias === ours && kind === 'bridge';

const gone = (name: string): Refusal => ({
  code: 'ENODEV',
  message: `${name} is gone right after it was made`,
});

function notOurs({ type }: KernelObject): Refusal {
  return { code: 'EOPNOTSUPP', message: `this part programs lan-bridge links, not a ${type}` };
}

/**
 * Opens the part of the data plane that makes a host's NIC a port of a bridge. Needs CAP_NET_ADMIN to change anything.
 * A change is refused with OVL_LAN_BRIDGE_REFUSED when the NIC cannot carry other MACs. Throws OVL_DATAPLANE_SYSCALL.
 */
export function openLanBridgePart(options: LanBridgeOptions = {}): KernelPart {
  return new LanBridgePart(options);
}
