import { OverlayError, formatAddress, parseAddress, type Address } from '@overlay/cidr';
import { addressesOf, defaultRouteLink, linkOf, type HostView } from './candidates.js';

/** The part of the configuration that picks the interface. */
export interface InterfaceWish {
  readonly iface: readonly string[];
  readonly ifaceRegex: readonly string[];
  readonly publicIp?: string;
  readonly publicIpv6?: string;
  readonly ifaceCanReach?: string;
  /** The kernel's answer for --iface-can-reach: the link, and the source address it would take. */
  readonly reachableOver?: Underlay;
}

/** The interface, and its address when that was asked for or matched: it then is the one to use, as with Flannel. */
export interface Underlay {
  readonly link: string;
  readonly address?: Address;
}

const noInterface = (message: string): OverlayError => new OverlayError('OVL_NO_INTERFACE', message);

function tryParse(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch {
    return undefined;
  }
}

function byAddress(view: HostView, address: Address): Underlay | undefined {
  const link = linkOf(view, address);
  return link === undefined ? undefined : { link, address };
}

function byName(view: HostView, matches: (name: string) => boolean): Underlay | undefined {
  const found = view.links.find(({ name }) => matches(name));
  return found === undefined ? undefined : { link: found.name };
}

function byNameOrAddress(view: HostView, wanted: string): Underlay | undefined {
  const address = tryParse(wanted);
  return address === undefined ? byName(view, (name) => name === wanted) : byAddress(view, address);
}

function byRegex(view: HostView, pattern: string): Underlay | undefined {
  const regex = new RegExp(pattern);
  const found = view.addresses.find(
    ({ address, scope }) => scope !== 'host' && regex.test(formatAddress(address)),
  );
  if (found !== undefined) return { link: found.link, address: found.address };
  return byName(view, (name) => regex.test(name));
}

function firstMatch<T>(items: readonly T[], match: (item: T) => Underlay | undefined): Underlay | undefined {
  for (const item of items) {
    const found = match(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function byWish(view: HostView, wish: InterfaceWish): Underlay {
  const found =
    firstMatch(wish.iface, (wanted) => byNameOrAddress(view, wanted)) ??
    firstMatch(wish.ifaceRegex, (pattern) => byRegex(view, pattern)) ??
    wish.reachableOver;
  if (found !== undefined) return found;
  const canReach = wish.ifaceCanReach === undefined ? [] : [`--iface-can-reach ${wish.ifaceCanReach}`];
  const given = [...wish.iface, ...wish.ifaceRegex, ...canReach].join(', ');
  const present = view.links.map(({ name }) => name).join(', ');
  throw noInterface(`no interface matches ${given}; this host has ${present}`);
}

function byPublicAddress(view: HostView, text: string): Underlay {
  const found = byAddress(view, parseAddress(text));
  if (found !== undefined) return found;
  throw noInterface(
    `no interface has the public address ${text}; behind NAT name the interface with --iface`,
  );
}

/**
 * The underlay interface, as Flannel picks it (section 3.3): --iface, --iface-regex, --iface-can-reach, the interface with
 * --public-ip, the default route.
 * @throws OverlayError OVL_NO_INTERFACE
 */
export function chooseInterface(view: HostView, wish: InterfaceWish): Underlay {
  if (wish.iface.length > 0 || wish.ifaceRegex.length > 0 || wish.ifaceCanReach !== undefined)
    return byWish(view, wish);
  const publicAddress = wish.publicIp ?? wish.publicIpv6;
  if (publicAddress !== undefined) return byPublicAddress(view, publicAddress);
  const link = defaultRouteLink(view);
  if (link !== undefined) return { link };
  throw noInterface(
    'no default route to take the interface of: name one with --iface, or wait for the network',
  );
}

/**
 * The address of a family to use on the interface: the one that was asked for, else the best one.
 * @throws OverlayError OVL_NO_INTERFACE when it has none
 */
export function requireAddress(view: HostView, underlay: Underlay, family: 4 | 6): Address {
  const found = addressOn(view, underlay, family);
  if (found !== undefined) return found;
  throw noInterface(
    `interface ${underlay.link} has no IPv${family} address; give it one or choose another with --iface`,
  );
}

/** The same without an error: undefined when there is none. */
export function addressOn(view: HostView, { link, address }: Underlay, family: 4 | 6): Address | undefined {
  return address?.family === family ? address : addressesOf(view, link, family)[0]?.address;
}
