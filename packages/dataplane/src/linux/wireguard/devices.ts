import { foreignLink } from '../../foreign-link.js';
import type { Change, WireguardLink } from '../../model.js';
import { dumpLinks } from '../dump.js';
import { GenericSocket } from '../genetlink/socket.js';
import { LinkExecutor } from '../link-executor.js';
import { NLM_F, RTM } from '../netlink/constants.js';
import { writeLinkIndex, writeLinkSettings } from '../netlink/link-codec.js';
import { MessageWriter } from '../netlink/writer.js';
import { NetlinkSocket } from '../netlink-socket.js';
import { refusalOf, refusalOfThrown, type Refusal } from '../refusal.js';
import { udpPortHolder } from '../udp-port-holder.js';
import type { WireguardControl } from './control.js';
import { KernelControl } from './kernel-control.js';
import { loadPrivateKey } from './keys.js';
import type { DeviceSetting, DeviceState } from './state.js';
import { hasUapiSocket, removeUapiSocket, UapiControl } from './uapi-control.js';
import { startWireguardGo } from './user-space.js';
import { publicKeyOf } from './x25519.js';

export interface WireguardOptions {
  /** File of the network namespace to work in; that of the process without. */
  readonly netns?: string | undefined;
  /** A warning for a person. */
  readonly log: (message: string) => void;
}

/** Makes, changes and removes the devices themselves; peers are changed through `controlOf`. */
export class WireguardDevices {
  private readonly routes: NetlinkSocket;
  /** For dumps, which may wait for the event loop in between. */
  private readonly lists: NetlinkSocket;
  private readonly generic: GenericSocket;
  private readonly links: LinkExecutor;

  constructor(private readonly options: WireguardOptions) {
    this.routes = new NetlinkSocket({ netns: options.netns });
    this.lists = new NetlinkSocket({ netns: options.netns });
    this.generic = new GenericSocket(options.netns);
    this.links = new LinkExecutor(this.routes);
  }

  list(): ReturnType<typeof dumpLinks> {
    return dumpLinks(this.lists);
  }

  /** Undefined for a device that is no WireGuard device. */
  controlOf({ name, kind }: { readonly name: string; readonly kind: string }): WireguardControl | undefined {
    if (kind === 'wireguard') return new KernelControl(this.generic, name);
    return kind === 'tun' && hasUapiSocket(name) ? new UapiControl(name) : undefined;
  }

  /** The control of the device of that name now. */
  find(name: string): WireguardControl | undefined {
    const present = this.links.find(name);
    return present && this.controlOf(present);
  }

  async apply(change: Change, link: WireguardLink): Promise<Refusal | undefined> {
    const present = this.links.find(link.name);
    if (present && !mayTouch(present.alias, change, link))
      return { code: 'EEXIST', message: foreignLink(present) };
    if (change.op === 'remove') return this.remove(change, link);
    const control = present && this.controlOf(present);
    const state = control && (await control.read().catch(() => undefined));
    if (control && state) return this.set(link) ?? (await this.configure(control, link, state));
    return (present && this.remove({ op: 'remove', object: link }, link)) ?? (await this.create(link));
  }

  /** Half a device is none: one that cannot be configured is removed again. */
  private async create(link: WireguardLink): Promise<Refusal | undefined> {
    const key = attempt(() => privateKeyOf(link));
    if ('code' in key) return key;
    // Up before it is configured: only then a port in use is refused. Without peers it takes nothing in.
    const refused = this.links.apply({ op: 'add', object: link }, link) ?? this.links.bringUp(link.name);
    const made = UNKNOWN_KIND.has(refused?.code ?? '') ? await this.createInUserSpace(link) : refused;
    if (made !== undefined) return made;
    const control = this.find(link.name);
    const unset = { listenPort: 0, publicKey: '', peers: [] };
    const failed = control ? await this.configure(control, link, unset) : VANISHED;
    if (failed !== undefined) this.remove({ op: 'remove', object: link }, link);
    return failed;
  }

  private async createInUserSpace(link: WireguardLink): Promise<Refusal | undefined> {
    const failed = await startWireguardGo(link.name, this.options.netns);
    if (failed !== undefined) return failed;
    this.options.log(
      `this kernel has no WireGuard: ${link.name} is run by wireguard-go, which is several times slower; load the module (modprobe wireguard) and remove the device to change that`,
    );
    try {
      // The process in the background sets an MTU of its own before it answers.
      await new UapiControl(link.name).read();
      const refused = this.set(link);
      if (refused !== undefined) this.discard(link.name);
      return refused;
    } catch (error) {
      this.discard(link.name);
      return refusalOfThrown(error);
    }
  }

  /** Without our alias nobody would know later that a device and its process are ours. */
  private discard(name: string): void {
    const made = this.links.find(name);
    if (made?.kind === 'tun') this.send(RTM.DELLINK, (writer) => writeLinkIndex(writer, made.index));
    removeUapiSocket(name);
  }

  /** MTU and alias, and up. */
  private set(link: WireguardLink): Refusal | undefined {
    return this.send(RTM.NEWLINK, (writer) => writeLinkSettings(writer, { link, masterIndex: 0 }));
  }

  private send(type: number, body: (writer: MessageWriter) => void): Refusal | undefined {
    const batch = new MessageWriter();
    const sequence = this.routes.nextSequence();
    batch.message({ type, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, () => body(batch));
    const refused = this.routes.transact(batch, sequence)[0];
    return refused && refusalOf(refused);
  }

  private async configure(
    control: WireguardControl,
    link: WireguardLink,
    state: DeviceState,
  ): Promise<Refusal | undefined> {
    const setting = attempt(() => settingOf(link, state));
    if ('code' in setting) return setting;
    if (setting.listenPort === undefined && setting.privateKey === undefined) return undefined;
    // wireguard-go may bind the port later than it answers, and then tells nobody that it could not.
    const taken = setting.listenPort !== undefined && control instanceof UapiControl && this.portTaken(link);
    const refused = taken ? { code: 'EADDRINUSE', message: '' } : await control.setDevice(setting);
    return refused?.code === 'EADDRINUSE' ? this.portInUse(link) : refused;
  }

  private portTaken({ listenPort }: WireguardLink): boolean {
    return udpPortHolder(listenPort, this.options.netns) !== undefined;
  }

  private portInUse({ name, listenPort }: WireguardLink): Refusal {
    const holder = udpPortHolder(listenPort, this.options.netns)?.name ?? 'another program';
    return {
      code: 'EADDRINUSE',
      message: `${name}: UDP port ${listenPort} is in use by ${holder}: set another ListenPort in the backend's options, or stop what uses it`,
    };
  }

  /** wireguard-go ends when its device goes. */
  private remove(change: Change, link: WireguardLink): Refusal | undefined {
    const userSpace = this.links.find(link.name)?.kind === 'tun';
    const refused = this.links.apply(change, link);
    if (refused === undefined && userSpace) removeUapiSocket(link.name);
    return refused;
  }

  close(): void {
    this.routes.close();
    this.lists.close();
    this.generic.close();
  }
}

/** The kernel's answer for a kind of device it does not have, by Node's name and by the usual one. */
const UNKNOWN_KIND = new Set(['ENOTSUP', 'EOPNOTSUPP']);

const VANISHED: Refusal = {
  code: 'ENODEV',
  message: 'the device went away while it was made; it is made again',
};

function mayTouch(alias: string, change: Change, link: WireguardLink): boolean {
  if (alias === link.alias) return true;
  return change.op === 'replace' && change.previous.type === 'link' && change.previous.alias === alias;
}

/** What differs from how the device is. The key file is read only when the key must be set. */
function settingOf(link: WireguardLink, state: DeviceState): DeviceSetting {
  return {
    ...(state.publicKey === link.publicKey ? {} : { privateKey: privateKeyOf(link) }),
    ...(state.listenPort === link.listenPort ? {} : { listenPort: link.listenPort }),
  };
}

function privateKeyOf({ name, keyFile, publicKey }: WireguardLink): Uint8Array {
  const key = loadPrivateKey(keyFile);
  const actual = publicKeyOf(key);
  if (actual === publicKey) return key;
  throw Object.assign(
    new Error(
      `${name}: the key file ${keyFile} holds the private key of ${actual}, not of ${publicKey}, which this host announced: put the right key there, or restart the daemon so that it announces the new one`,
    ),
    { code: 'OVL_WIREGUARD_KEY_MISMATCH' },
  );
}

function attempt<T extends object>(work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    return refusalOfThrown(error);
  }
}
