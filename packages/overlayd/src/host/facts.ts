import {
  OverlayError,
  parseAddress,
  parseIpv4,
  parseIpv6,
  prefixOf,
  type Ipv4,
  type Ipv6,
} from '@overlay/cidr';
import { isLanBridge, type HostReader, type LinkFact, type RouteFact } from '@overlay/dataplane';
import type { Warning } from '@overlay/lease';
import type { HostFacts, Ipv6Facts, OnLink } from '../backends/model.js';
import type { Config } from '../config/model.js';
import type { HostReading } from '../loop/host-needs.js';
import type { HostView } from './candidates.js';
import { addressLink, nicBehind, routerOn } from './lan.js';
import { addressOn, chooseInterface, requireAddress, type Underlay } from './choose-interface.js';

/** What does not come from the kernel. */
export interface Identity {
  readonly hostname: string;
  readonly nodeId: string;
  readonly vtepMac: string;
  readonly vtepMacV6: string;
  /** Why it could not be written. */
  readonly unsaved?: Warning;
}

const isOnLink = (route: RouteFact): boolean =>
  route.kind === 'unicast' &&
  route.gateway === undefined &&
  route.link !== undefined &&
  route.destination.length > 0;

function onLink(view: HostView): readonly OnLink[] {
  const routes = view.routes
    .filter(isOnLink)
    .map(({ destination, link }) => ({ prefix: destination, link: link ?? '' }));
  const connected = view.addresses
    .filter(({ address, length, scope }) => scope === 'global' && length < (address.family === 4 ? 32 : 128))
    .map(({ address, length, link }) => ({ prefix: prefixOf(address, length), link }));
  return [...routes, ...connected];
}

async function readView(host: HostReader): Promise<HostView> {
  const [links, addresses, routes] = await Promise.all([host.links(), host.addresses(), host.routes()]);
  return { links, addresses, routes };
}

async function reachableOver(host: HostReader, config: Config): Promise<Underlay | undefined> {
  if (config.ifaceCanReach === undefined) return undefined;
  const { link, source } = (await host.lookup(parseAddress(config.ifaceCanReach))) ?? {};
  if (link === undefined) return undefined;
  return { link, ...(source === undefined ? {} : { address: source }) };
}

interface PublicAddresses {
  readonly publicIp: Ipv4;
  readonly publicIpv6?: Ipv6;
}

function publicAddresses(config: Config, address: Ipv4, addressV6: Ipv6 | undefined): PublicAddresses {
  const publicIpv6 = config.publicIpv6 === undefined ? addressV6 : parseIpv6(config.publicIpv6);
  return {
    publicIp: config.publicIp === undefined ? address : parseIpv4(config.publicIp),
    ...(publicIpv6 === undefined ? {} : { publicIpv6 }),
  };
}

function nicOf(view: HostView, link: string): { nic?: string } {
  const nic = nicBehind(view, link);
  return nic === undefined ? {} : { nic };
}

function bridgeFact({ kind, name }: LinkFact): { isBridge?: true } {
  return kind === 'bridge' && !isLanBridge(name) ? { isBridge: true } : {};
}

function routersOf(view: HostView, link: string): Pick<HostFacts, 'gateway' | 'gatewayV6'> {
  const gateway = routerOn(view, link, 4);
  const gatewayV6 = routerOn(view, link, 6);
  return {
    ...(gateway?.family === 4 ? { gateway } : {}),
    ...(gatewayV6?.family === 6 ? { gatewayV6 } : {}),
  };
}

/** What /proc/sys says of this host. */
export interface SysctlFacts {
  ipv6(links: readonly string[]): Ipv6Facts;
  strictReversePath(link: string): boolean;
  /** Sysctls of forwarding that are 0. */
  notForwarding(): readonly string[];
}

/** Where forwarding is ours it is part of the plan: its value is no fact that a plan could depend on. */
function notForwarding({ ipForward }: Config, sysctls: SysctlFacts): Pick<HostFacts, 'notForwarding'> {
  const stopped = ipForward === 'off' ? sysctls.notForwarding() : [];
  return stopped.length === 0 ? {} : { notForwarding: stopped };
}

/**
 * Reads what the plan needs to know of this host.
 * @throws OverlayError OVL_NO_INTERFACE
 */
export async function readFacts(
  host: HostReader,
  config: Config,
  identity: Identity,
  sysctls: SysctlFacts,
): Promise<Omit<HostReading, 'missing' | 'foreignDevices' | 'wireguardKeys' | 'outputs' | 'failures'>> {
  const view = await readView(host);
  const over = await reachableOver(host, config);
  const underlay = chooseInterface(view, {
    ...config,
    ...(over === undefined ? {} : { reachableOver: over }),
  });
  const name = addressLink(view, underlay.link);
  const link = view.links.find((candidate) => candidate.name === name);
  if (link === undefined || link.mtu === 0)
    throw new OverlayError('OVL_NO_INTERFACE', `interface ${name} is gone or has no MTU`);
  const address = requireAddress(view, { ...underlay, link: name }, 4) as Ipv4;
  const addressV6 = addressOn(view, { ...underlay, link: name }, 6) as Ipv6 | undefined;
  return {
    ...identity,
    iface: { name, mtu: link.mtu, ...nicOf(view, name), ...bridgeFact(link) },
    ...routersOf(view, name),
    ipv6: sysctls.ipv6(view.links.filter(({ loopback }) => !loopback).map((one) => one.name)),
    address,
    ...(addressV6 === undefined ? {} : { addressV6 }),
    ...publicAddresses(config, address, addressV6),
    ...(sysctls.strictReversePath(name) ? { strictReversePath: true } : {}),
    ...notForwarding(config, sysctls),
    onLink: onLink(view).filter((one) => one.link === name),
  };
}
