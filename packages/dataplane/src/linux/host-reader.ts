import type { Address } from '@overlay/cidr';
import type { AddressFact, HostReader, KernelFeature, LinkFact, RouteFact } from '../model.js';
import { dumpAddresses, dumpLinks, dumpRoutes, linkNames, withLink } from './dump.js';
import { Features } from './features.js';
import { NetlinkSocket } from './netlink-socket.js';
import { RTM } from './netlink/constants.js';
import { decodeRoute, writeRouteLookup } from './netlink/route-codec.js';

/** Reads what a host is over rtnetlink; changes nothing and needs no privilege, but for `missing`: CAP_NET_ADMIN, and modules get loaded. */
export class LinuxHostReader implements HostReader {
  private readonly socket: NetlinkSocket;
  private readonly lookups: NetlinkSocket;
  private readonly features: Features;

  constructor(options: { readonly netns?: string } = {}) {
    this.socket = new NetlinkSocket({ netns: options.netns });
    this.lookups = new NetlinkSocket({ netns: options.netns });
    this.features = new Features(this.lookups, options.netns);
  }

  links(): Promise<readonly LinkFact[]> {
    return dumpLinks(this.socket);
  }

  async addresses(): Promise<readonly AddressFact[]> {
    return dumpAddresses(this.socket, linkNames(await dumpLinks(this.socket)));
  }

  async routes(): Promise<readonly RouteFact[]> {
    return dumpRoutes(this.socket, linkNames(await dumpLinks(this.socket)));
  }

  async lookup(destination: Address): Promise<RouteFact | undefined> {
    const names = linkNames(await dumpLinks(this.socket));
    const { answer, errno } = this.lookups.request(RTM.GETROUTE, (writer) =>
      writeRouteLookup(writer, destination),
    );
    const route = errno === 0 && answer ? decodeRoute(answer.payload) : undefined;
    return route && withLink(route, names);
  }

  missing(features: readonly KernelFeature[]): Promise<readonly KernelFeature[]> {
    return this.features.missing(features);
  }

  close(): void {
    this.socket.close();
    this.lookups.close();
  }
}

/** Opens a reader of a network namespace's host facts. Throws OVL_DATAPLANE_SYSCALL. */
export function openHostReader(options: { readonly netns?: string } = {}): LinuxHostReader {
  return new LinuxHostReader(options);
}
