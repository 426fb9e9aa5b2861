import { objectKey } from '../identity.js';
import type {
  ActualState,
  Change,
  DesiredState,
  FouObject,
  KernelObject,
  KernelPart,
  Outcome,
  Ownership,
} from '../model.js';
import { isOurLink } from '../ownership.js';
import type { LinkState } from '../snapshot.js';
import { dumpLinks } from './dump.js';
import { decodeFou, FOU_CMD, FOU_VERSION, writeFou, writeFouKey, type FouState } from './fou-codec.js';
import { GenericSocket } from './genetlink/socket.js';
import { NetlinkSocket } from './netlink-socket.js';
import { refusalOfThrown, type Refusal } from './refusal.js';
import { udpPortHolder } from './udp-port-holder.js';

export interface FouOptions {
  /** File of the network namespace to work in; that of the process without. */
  readonly netns?: string | undefined;
}

/** What the part needs of the kernel: the fou family, and the list of links. */
export interface FouSockets {
  readonly generic: Pick<GenericSocket, 'family' | 'send' | 'dump'>;
  links(): Promise<readonly LinkState[]>;
  close(): void;
}

const FAMILY = 'fou';

/** The kernel's answers to a removal that finds no such port. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'EINVAL']);

const MISSING: Refusal = {
  code: 'OVL_FOU_MISSING',
  message:
    'this kernel has no foo-over-UDP: load its module (modprobe fou) or run a kernel with CONFIG_NET_FOU; until then choose another backend',
};

/**
 * UDP ports whose packets the kernel takes out of their UDP headers. They carry no label: one is ours when it is wanted as it is, when this
 * process made it, or when a tunnel of ours sends to that port (both ends use one number). Sockets open on first use.
 */
class FouPart implements KernelPart {
  private sockets: FouSockets | undefined;
  private readonly made = new Set<string>();

  constructor(
    private readonly options: FouOptions,
    private readonly connect: () => FouSockets,
  ) {}

  claims(object: KernelObject): boolean {
    return object.type === 'fou';
  }

  /** Does not ask for the kernel's module unless a port is wanted or a tunnel of ours needs one. */
  async read(ownership: Ownership, desired: DesiredState): Promise<ActualState> {
    const used = portsOfTunnels((await this.open().links()).filter((link) => isOurLink(link, ownership)));
    if (desired.size + used.size + this.made.size === 0) return { objects: new Map(), foreign: new Map() };
    const ours = new Set([...used, ...this.made]);
    return classifyFou(await this.ports(), desired, (port) => ours.has(objectKey(port)));
  }

  apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    return Promise.resolve(changes.map((change) => this.one(change)));
  }

  close(): void {
    this.sockets?.close();
    this.sockets = undefined;
  }

  private one(change: Change): Outcome {
    const refusal = change.object.type === 'fou' ? this.attempt(change, change.object) : undefined;
    return refusal === undefined ? { change, ok: true } : { change, ok: false, ...refusal };
  }

  private attempt(change: Change, port: FouObject): Refusal | undefined {
    try {
      const family = this.open().generic.family(FAMILY);
      if (family === undefined) return change.op === 'remove' ? undefined : MISSING;
      const removed = change.op === 'add' ? undefined : this.remove(family, port);
      return removed ?? (change.op === 'remove' ? undefined : this.add(family, port));
    } catch (error) {
      return refusalOfThrown(error);
    }
  }

  private add(family: number, port: FouObject): Refusal | undefined {
    const refused = this.open().generic.send(family, {
      command: FOU_CMD.ADD,
      version: FOU_VERSION,
      attributes: (writer) => writeFou(writer, port),
    });
    if (refused === undefined) this.made.add(objectKey(port));
    return refused && this.explained(port, refused);
  }

  private remove(family: number, port: FouObject): Refusal | undefined {
    const refused = this.open().generic.send(family, {
      command: FOU_CMD.DEL,
      version: FOU_VERSION,
      attributes: (writer) => writeFouKey(writer, port),
    });
    if (refused !== undefined && !ABSENT.has(refused.code)) return refused;
    this.made.delete(objectKey(port));
    return undefined;
  }

  private explained(port: FouObject, refused: Refusal): Refusal {
    if (refused.code !== 'EADDRINUSE' && refused.code !== 'EALREADY') return refused;
    const holder = udpPortHolder(port.port, this.options.netns)?.name ?? 'another program';
    return {
      code: 'EADDRINUSE',
      message: `UDP port ${port.port} is in use by ${holder}: set another Port in the backend's options, on every host, or stop what uses it`,
    };
  }

  private async ports(): Promise<readonly FouState[]> {
    const { generic } = this.open();
    const family = generic.family(FAMILY);
    if (family === undefined) return [];
    return generic.dump(
      family,
      { command: FOU_CMD.GET, version: FOU_VERSION, attributes: () => undefined },
      decodeFou,
    );
  }

  private open(): FouSockets {
    return (this.sockets ??= this.connect());
  }
}

/** Keys of the fou ports that these tunnels send to; their outer packets are IPv4. */
function portsOfTunnels(links: readonly LinkState[]): ReadonlySet<string> {
  const ports = links.flatMap(({ tunnel }) => tunnel?.encapsulation?.destinationPort ?? []);
  return new Set(ports.map((port) => objectKey({ type: 'fou', family: 4, port, protocol: 4 })));
}

/** Sorts the kernel's fou ports into ours and, where one is wanted in another way, foreign. Ports nobody asked about are neither. */
export function classifyFou(
  ports: readonly FouState[],
  desired: DesiredState,
  isOurs: (port: FouState) => boolean,
): ActualState {
  const objects = new Map<string, KernelObject>();
  const foreign = new Map<string, string>();
  for (const state of ports) {
    const key = objectKey(state);
    const wanted = desired.get(key);
    const same = wanted?.type === 'fou' && wanted.protocol === state.inner && state.plain;
    if (same || isOurs(state)) objects.set(key, fouObject(state, same ? undefined : wanted));
    else if (wanted !== undefined) foreign.set(key, describeForeign(state));
  }
  return { objects, foreign };
}

/** One that differs from the wanted in something an object does not say is shown with the other protocol, so that it is made anew. */
function fouObject({ family, port, protocol }: FouState, unlike: KernelObject | undefined): FouObject {
  const common = { type: 'fou', family, port } as const;
  return unlike?.type === 'fou'
    ? { ...common, protocol: unlike.protocol === 4 ? 41 : 4 }
    : { ...common, protocol };
}

function describeForeign({ port, inner }: FouState): string {
  return `UDP port ${port} already is a fou port for IP protocol ${inner} that is not ours (ip fou show): set another Port in the backend's options or remove it (ip fou del port ${port})`;
}

function connectFou(netns: string | undefined): FouSockets {
  const generic = new GenericSocket(netns);
  const socket = new NetlinkSocket({ netns });
  return {
    generic,
    links: () => dumpLinks(socket),
    close: () => {
      generic.close();
      socket.close();
    },
  };
}

/** The part of the data plane for `fou` objects. Opens nothing until it is first read or applied. */
export function openFouPart(options: FouOptions = {}, connect = () => connectFou(options.netns)): KernelPart {
  return new FouPart(options, connect);
}
