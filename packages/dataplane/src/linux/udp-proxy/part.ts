import { formatAddress } from '@overlay/cidr';
import type {
  ActualState,
  Change,
  DesiredState,
  KernelObject,
  KernelPart,
  Outcome,
  Ownership,
  ProxyLink,
  ProxyPeerObject,
} from '../../model.js';
import { PeerTable } from '../../udp-proxy/peer-table.js';
import { proxyState, sameSocket } from '../../udp-proxy/state.js';
import { refusalOfThrown } from '../refusal.js';
import { CallError } from './calls.js';
import { ProxyDevices } from './devices.js';
import { UdpProxy, type ProxyPeer, type ProxyStats } from './proxy.js';
import { socketAddress } from './sockets.js';

export interface UdpProxyOptions {
  /** File of the network namespace to work in (`/run/netns/NAME`); that of the process without. */
  readonly netns?: string;
  /** A device stopped carrying packets, in words for a person. */
  readonly log: (message: string) => void;
}

/** The part of the data plane that carries packets itself. */
export interface UdpProxyPart extends KernelPart {
  /** By name of the device, for those that carry packets now. */
  stats(): ReadonlyMap<string, ProxyStats>;
  close(): void;
}

/**
 * TUN devices (`link` of kind `udp-proxy`) whose packets go to peers (`proxy-peer`) as the payload of UDP: what foo-over-UDP does in the
 * kernel. A device outlives this process with its addresses and routes; what arrives until it is carried again is lost.
 */
export function openUdpProxyPart(options: UdpProxyOptions): UdpProxyPart {
  return new Part(options);
}

interface Running {
  readonly link: ProxyLink;
  readonly proxy: UdpProxy;
  readonly peers: PeerTable<ProxyPeer>;
}

class Part implements UdpProxyPart {
  private readonly running = new Map<string, Running>();
  private opened: ProxyDevices | undefined;
  /** Nothing of ours was there at the last look, and only we make such devices. */
  private empty = false;

  constructor(private readonly options: UdpProxyOptions) {}

  claims(object: KernelObject): boolean {
    return object.type === 'proxy-peer' || (object.type === 'link' && object.kind === 'udp-proxy');
  }

  async read(ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    const idle = this.empty && desired.size === 0 && this.running.size === 0;
    const present = idle ? [] : await this.devices.list();
    // The kernel's tunnel may have taken the place of a device: it needs the port that the proxy holds.
    const names = new Set(present.flatMap(({ name, kind }) => (kind === 'tun' ? [name] : [])));
    for (const name of this.running.keys()) if (!names.has(name)) this.stop(name);
    const carried = new Map(
      [...this.running].map(([name, { link, peers }]) => [name, { link, peers: peers.values() }]),
    );
    const state = proxyState(present, carried, ownership, desired);
    this.empty = state.objects.size === 0;
    return state;
  }

  apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    return Promise.resolve(
      changes.map((change) => {
        try {
          this.make(change);
          return { change, ok: true };
        } catch (error) {
          return { change, ok: false, ...refusalOfThrown(error) };
        }
      }),
    );
  }

  stats(): ReadonlyMap<string, ProxyStats> {
    return new Map([...this.running].map(([name, { proxy }]) => [name, proxy.stats]));
  }

  close(): void {
    for (const name of this.running.keys()) this.stop(name);
    this.opened?.close();
    this.opened = undefined;
  }

  private get devices(): ProxyDevices {
    this.opened ??= new ProxyDevices(this.options.netns);
    return this.opened;
  }

  private make({ op, object }: Change): void {
    if (object.type === 'proxy-peer') return this.peer(op, object);
    if (object.type !== 'link' || object.kind !== 'udp-proxy') return;
    if (op === 'remove') this.remove(object);
    else this.carry(object, op === 'replace');
  }

  private remove(link: ProxyLink): void {
    this.stop(link.name);
    this.devices.remove(link);
  }

  private stop(name: string): void {
    this.running.get(name)?.proxy.close();
    this.running.delete(name);
  }

  /** A changed socket is bound before the old one is closed, so that a refusal leaves what runs. */
  private carry(link: ProxyLink, instead: boolean): void {
    const before = this.running.get(link.name);
    if (before !== undefined && sameSocket(before.link, link)) {
      this.devices.configure(link);
      this.running.set(link.name, { ...before, link });
      return;
    }
    const peers = before?.peers ?? new PeerTable<ProxyPeer>();
    const proxy = this.openProxy(link, peers);
    this.stop(link.name);
    try {
      proxy.start(this.devices.open(link, instead));
    } catch (error) {
      proxy.close();
      throw error;
    }
    this.running.set(link.name, { link, proxy, peers });
  }

  private openProxy(link: ProxyLink, peers: PeerTable<ProxyPeer>): UdpProxy {
    const proxy = new UdpProxy({
      netns: this.options.netns,
      link,
      peers,
      onEnd: (reason) => {
        if (this.running.get(link.name)?.proxy === proxy) this.running.delete(link.name);
        this.options.log(`${link.name} carries no packets any more, until it is made again: ${reason}`);
      },
    });
    return proxy;
  }

  private peer(op: Change['op'], { link, subnet, endpoint }: ProxyPeerObject): void {
    const peers = this.running.get(link)?.peers;
    if (endpoint.address.family !== 4)
      throw new CallError('EAFNOSUPPORT', `${link}: ${formatAddress(endpoint.address)} is no IPv4 address`);
    if (op === 'remove') return peers?.delete(subnet);
    if (peers === undefined) throw new CallError('ENODEV', `the device ${link} is not carried`);
    const { address, port } = endpoint;
    peers.set(subnet, { subnet, endpoint, address, target: socketAddress(address, port) });
  }
}
