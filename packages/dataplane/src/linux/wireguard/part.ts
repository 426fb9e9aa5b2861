import { linkKey, objectKey } from '../../identity.js';
import type {
  ActualState,
  Change,
  DesiredState,
  Endpoint,
  KernelObject,
  KernelPart,
  Outcome,
  Ownership,
  WireguardLink,
} from '../../model.js';
import { isOurLink } from '../../ownership.js';
import type { LinkState } from '../../snapshot.js';
import { refusalOfThrown, type Refusal } from '../refusal.js';
import { changePeers } from './control.js';
import { WireguardDevices, type WireguardOptions } from './devices.js';
import type { PeerChange } from './peer-plan.js';
import { shownPeer } from './shown-peer.js';
import type { DeviceState } from './state.js';

/**
 * WireGuard devices (`link` of kind `wireguard`) and their peers, in the kernel, or by wireguard-go where the kernel has none. Only
 * differences are written, so that sessions go on through a restart.
 */
class WireguardPart implements KernelPart {
  private opened: WireguardDevices | undefined;
  /** By key of the peer: the endpoint this process set last. */
  private readonly endpoints = new Map<string, Endpoint>();

  constructor(private readonly options: WireguardOptions) {}

  claims(object: KernelObject): boolean {
    return object.type === 'wireguard-peer' || (object.type === 'link' && object.kind === 'wireguard');
  }

  async read(ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    const objects = new Map<string, KernelObject>();
    const down = new Set<string>();
    for (const link of await this.devices.list()) {
      const state = await this.stateOf(link, ownership, desired);
      if (state === undefined) continue;
      for (const object of this.objectsOf(link, state, desired)) objects.set(objectKey(object), object);
      if (!link.up) down.add(linkKey(link.name));
    }
    return { objects, foreign: new Map(), down };
  }

  /** Changes of peers that follow one another are made together: no address of theirs is without a peer in between. */
  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    let peers: PeerChange[] = [];
    for (const change of changes) {
      if (isPeerChange(change)) {
        peers.push(change);
        continue;
      }
      outcomes.push(...(await this.applyPeers(peers)), await this.applyLink(change));
      peers = [];
    }
    return [...outcomes, ...(await this.applyPeers(peers))];
  }

  close(): void {
    this.opened?.close();
    this.opened = undefined;
  }

  private get devices(): WireguardDevices {
    return (this.opened ??= new WireguardDevices(this.options));
  }

  /** Undefined for a device that is not ours. */
  private async stateOf(
    link: LinkState,
    ownership: Ownership,
    desired: DesiredState,
  ): Promise<DeviceState | undefined> {
    const wanted = wantedOf(link.name, desired);
    const ours = isOurLink(link, ownership, wanted);
    const control = ours || wanted ? this.devices.controlOf(link) : undefined;
    if (link.kind !== 'tun') return ours ? control?.read() : undefined;
    const state = await control?.read().catch(() => undefined);
    return ours ? (state ?? (wanted && SILENT)) : unfinished(link, state);
  }

  private objectsOf(link: LinkState, state: DeviceState, desired: DesiredState): KernelObject[] {
    const { name, mtu, alias } = link;
    const { listenPort, publicKey } = state;
    const keyFile = wantedOf(name, desired)?.keyFile ?? '';
    const device: WireguardLink = {
      type: 'link',
      kind: 'wireguard',
      name,
      mtu,
      listenPort,
      publicKey,
      keyFile,
      alias,
    };
    const nowSeconds = Date.now() / 1000;
    const peers = state.peers.map((peer) => {
      const key = objectKey({ type: 'wireguard-peer', link: name, ...peer });
      const wanted = desired.get(key);
      return shownPeer(peer, {
        link: name,
        wanted: wanted?.type === 'wireguard-peer' ? wanted : undefined,
        lastSet: this.endpoints.get(key),
        nowSeconds,
      });
    });
    return [device, ...peers];
  }

  private async applyLink(change: Change): Promise<Outcome> {
    const { object } = change;
    if (object.type !== 'link' || object.kind !== 'wireguard') return { change, ok: true };
    const work = this.devices.apply(change, object).catch(refusalOfThrown);
    return outcomeOf(change, await work);
  }

  /** By device: peers of one do not concern another. */
  private async applyPeers(changes: readonly PeerChange[]): Promise<Outcome[]> {
    const refusals = new Map<string, Refusal>();
    for (const name of new Set(changes.map(({ object }) => object.link))) {
      const own = changes.filter(({ object }) => object.link === name);
      for (const [publicKey, refusal] of await this.applyTo(name, own))
        refusals.set(`${name} ${publicKey}`, refusal);
    }
    return changes.map((change) => {
      const { link, publicKey } = change.object;
      const refusal = refusals.get(`${link} ${publicKey}`);
      if (refusal === undefined) this.remember(change);
      return outcomeOf(change, refusal);
    });
  }

  private async applyTo(name: string, changes: readonly PeerChange[]): Promise<ReadonlyMap<string, Refusal>> {
    const control = this.devices.find(name);
    if (control !== undefined) return changePeers(control, changes);
    const gone = { code: 'ENODEV', message: `the WireGuard device ${name} does not exist` };
    const unmade = changes.filter(({ op }) => op !== 'remove');
    return new Map(unmade.map(({ object }) => [object.publicKey, gone]));
  }

  private remember({ op, object }: PeerChange): void {
    const key = objectKey(object);
    if (op === 'remove' || object.endpoint === undefined) this.endpoints.delete(key);
    else this.endpoints.set(key, object.endpoint);
  }
}

/** One of ours that does not answer is shown without key and port, so that it is made anew. */
const SILENT: DeviceState = { listenPort: 0, publicKey: '', peers: [] };

/** A TUN device for which wireguard-go was started, and then this program ended: nobody else leaves one without key, peers and alias. */
function unfinished(link: LinkState, state: DeviceState | undefined): DeviceState | undefined {
  const unset = state?.publicKey === '' && state.peers.length === 0;
  return link.alias === '' && unset ? state : undefined;
}

const isPeerChange = (change: Change): change is PeerChange => change.object.type === 'wireguard-peer';

function wantedOf(name: string, desired: DesiredState): WireguardLink | undefined {
  const object = desired.get(linkKey(name));
  return object?.type === 'link' && object.kind === 'wireguard' ? object : undefined;
}

function outcomeOf(change: Change, refusal: Refusal | undefined): Outcome {
  return refusal === undefined ? { change, ok: true } : { change, ok: false, ...refusal };
}

/**
 * The part of the data plane for WireGuard. Opens nothing until it is first read or applied. Its links count over those of a part that
 * knows a TUN device by its alias only: put it after that in `joinKernel`.
 */
export function openWireguardPart(options: WireguardOptions): KernelPart {
  return new WireguardPart(options);
}
