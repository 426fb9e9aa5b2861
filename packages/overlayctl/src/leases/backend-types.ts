import { backendTypeOf, type Json, type JsonObject, type NetworkConfig } from '@overlay/lease';

/** Reads an option; undefined when it is absent or null. */
type Read = (name: string) => Json | undefined;

/**
 * What the command line knows of a backend. The backends themselves live in overlayd, where each node checks the options; that both say
 * the same is tested in packages/testbed/src/backend-table.test.ts.
 */
interface BackendType {
  /** flanneld has it, so a Flannel host that restarts goes on. */
  readonly flannel: boolean;
  /** Options whose change makes another network, as they take effect: with defaults, and null where one has none. */
  readonly settle: (option: Read) => JsonObject;
  /** Of those, what has to agree on both ends, where that is less; every other option changes in place. */
  readonly agree?: (settled: JsonObject) => JsonObject;
  /** Bytes it adds to an IPv4 packet; undefined for options that every node refuses. */
  readonly overhead: (option: Read) => number | undefined;
  /** It cannot run beside another one, so it is not taken while the daemon runs. */
  readonly exclusive?: (option: Read) => boolean;
}

/** Of the tunnels of Open vSwitch: overhead in bytes, and the default port of those that have one (IANA). */
const OVS_TUNNELS: ReadonlyMap<Json, { readonly overhead: number; readonly port?: number }> = new Map([
  ['gre', { overhead: 42 }],
  ['vxlan', { overhead: 50, port: 4789 }],
  ['geneve', { overhead: 50, port: 6081 }],
]);

const nothing = (): JsonObject => ({});
const always = (): boolean => true;
const isStretched = (option: Read): boolean => option('Stretch') === true;
const tunnelOf = (option: Read): Json => option('Tunnel') ?? 'gre';

function settleOvs(option: Read): JsonObject {
  const port = OVS_TUNNELS.get(tunnelOf(option))?.port;
  return {
    Tunnel: tunnelOf(option),
    Key: option('Key') ?? 1,
    Port: port === undefined ? null : option('Port') || port,
    Stretch: option('Stretch') ?? false,
  };
}

/** The port of IPv6 is the one after that of IPv4, or, after the last, the one before. */
function settleUdp(option: Read): JsonObject {
  const port = option('Port') || 8285;
  const next = typeof port !== 'number' ? null : port === 65_535 ? port - 1 : port + 1;
  return { Port: port, PortV6: option('PortV6') || next };
}

/** A preshared key has two bits more than its bytes; the empty one is none. */
function settleWireguard(option: Read): JsonObject {
  const psk = option('PSK') || null;
  return {
    Mode: option('Mode') ?? 'separate',
    PSK: typeof psk === 'string' ? Buffer.from(psk, 'base64').toString('base64') : psk,
    KeyGeneration: option('KeyGeneration') ?? 0,
  };
}

const BACKEND_TYPES: ReadonlyMap<string, BackendType> = new Map<string, BackendType>([
  ['alloc', { flannel: true, settle: nothing, overhead: () => 0, exclusive: always }],
  ['bridge', { flannel: false, settle: nothing, overhead: () => 0, exclusive: always }],
  ['extension', { flannel: true, settle: nothing, overhead: () => 0 }],
  [
    'gre',
    {
      flannel: false,
      settle: (option) => ({ Key: option('Key') ?? null }),
      overhead: (option) => (option('Key') === undefined ? 24 : 28),
    },
  ],
  ['host-gw', { flannel: true, settle: nothing, overhead: () => 0 }],
  ['ipip', { flannel: true, settle: nothing, overhead: () => 20 }],
  [
    'ovs',
    {
      flannel: false,
      settle: settleOvs,
      overhead: (option) => OVS_TUNNELS.get(tunnelOf(option))?.overhead,
      exclusive: isStretched,
    },
  ],
  ['udp', { flannel: true, settle: settleUdp, overhead: () => 28 }],
  [
    'vxlan',
    {
      flannel: true,
      settle: (option) => ({
        VNI: option('VNI') ?? 1,
        Port: option('Port') || 8472,
        GBP: option('GBP') ?? false,
        Stretch: option('Stretch') ?? false,
      }),
      overhead: () => 50,
      exclusive: isStretched,
    },
  ],
  [
    'wireguard',
    {
      flannel: true,
      settle: settleWireguard,
      // The modes with one device for both families understand each other.
      agree: ({ Mode, ...others }) => ({ ...others, separate: Mode === 'separate' }),
      overhead: () => 80,
    },
  ],
]);

/** One backend that a config asks for. */
export interface Way {
  readonly type: string;
  readonly options: JsonObject;
  /** `vxlan VNI 2`, without secrets. */
  readonly label: string;
  /** Equal for options that make the same network. */
  readonly key: string;
}

/** The backends of a config, most preferred first, each once. */
export function waysOf(config: NetworkConfig): Way[] {
  const first = wayOf(config.backendType, config.backend);
  const more = config.alsoBackends.map((options) => wayOf(backendTypeOf(options), options));
  const ways = new Map<string, Way>();
  for (const way of [first, ...more]) if (!ways.has(way.key)) ways.set(way.key, way);
  return [...ways.values()];
}

function wayOf(type: string, options: JsonObject): Way {
  const given = Object.entries(options).filter(([key]) => key.toLowerCase() !== 'type');
  const shown = given.map(([key, value]) => `${key} ${/psk|secret/i.test(key) ? '***' : textOf(value)}`);
  return { type, options, label: [type, ...shown].join(' '), key: keyOf(type, options) };
}

function keyOf(type: string, options: JsonObject): string {
  const known = BACKEND_TYPES.get(type);
  const settled = known?.settle(readerOf(options)) ?? options;
  return `${type} ${JSON.stringify(known?.agree?.(settled) ?? settled)}`;
}

/** What an option of a backend, its case ignored, comes to: its default where it is absent and that matters; undefined when nothing. */
export function effectOf({ type, options }: Way, name: string): Json | undefined {
  const read = readerOf(options);
  const settled = Object.entries(BACKEND_TYPES.get(type)?.settle(read) ?? {});
  const known = settled.find(([key]) => key.toLowerCase() === name.toLowerCase());
  return known === undefined ? read(name) : known[1];
}

/** Types that no overlayd of this version has; a backend without a type is another mistake. */
export function unknownTypes(ways: readonly Way[]): string[] {
  return ways.map(({ type }) => type).filter((type) => type !== '' && !BACKEND_TYPES.has(type));
}

/** The types there are, for a message. */
export function knownTypes(): string {
  return [...BACKEND_TYPES.keys()].join(', ');
}

export function isFlannelType(type: string): boolean {
  return BACKEND_TYPES.get(type)?.flannel === true;
}

export function isExclusive({ type, options }: Way): boolean {
  return BACKEND_TYPES.get(type)?.exclusive?.(readerOf(options)) === true;
}

/** Bytes that the heaviest of some backends adds to an IPv4 packet; undefined when that is not known. */
export function overheadOf(ways: readonly Way[]): number | undefined {
  const each = ways.map(({ type, options }) => BACKEND_TYPES.get(type)?.overhead(readerOf(options)));
  return each.every((bytes) => bytes !== undefined) ? Math.max(0, ...each) : undefined;
}

/** An option of a backend, its case ignored as Flannel does; null, as in Go's encoding/json, is absence. */
export function optionOf(options: JsonObject, name: string): Json | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(options).findLast(
    ([key, value]) => key.toLowerCase() === wanted && value !== null,
  )?.[1];
}

const readerOf =
  (options: JsonObject): Read =>
  (name) =>
    optionOf(options, name);

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
