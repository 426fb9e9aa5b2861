import { backendTypeOf, type Json, type JsonObject, type NetworkConfig } from '@overlay/lease';

/** What the command line knows of a backend. The backends themselves live in overlayd, where each node checks the options. */
interface BackendType {
  /** flanneld has it, so a Flannel host that restarts goes on. */
  readonly flannel: boolean;
  /** Options that make it another network when they change, with the values that stand for absence; every other one changes in place. */
  readonly identity: Readonly<Record<string, readonly Json[]>>;
  /** Bytes it adds to an IPv4 packet; undefined where that depends on the host. */
  readonly overhead: (option: (key: string) => Json | undefined) => number | undefined;
  /** It cannot run beside another one, so it is not taken while the daemon runs. */
  readonly exclusive?: boolean;
}

const OVS_OVERHEAD: Readonly<Record<string, number>> = { gre: 42, vxlan: 50, geneve: 50 };

const BACKEND_TYPES: Readonly<Record<string, BackendType>> = {
  alloc: { flannel: true, identity: {}, overhead: () => 0, exclusive: true },
  bridge: { flannel: false, identity: {}, overhead: () => 0, exclusive: true },
  extension: { flannel: true, identity: {}, overhead: () => undefined, exclusive: false },
  gre: {
    flannel: false,
    identity: { Key: [] },
    overhead: (option) => (option('Key') === undefined ? 24 : 28),
  },
  'host-gw': { flannel: true, identity: {}, overhead: () => 0 },
  ipip: { flannel: true, identity: {}, overhead: () => 20 },
  ovs: {
    flannel: false,
    identity: { Tunnel: ['gre'], Key: [1], Port: [0], Stretch: [false] },
    overhead: (option) => OVS_OVERHEAD[textOf(option('Tunnel')) || 'gre'],
  },
  udp: { flannel: true, identity: { Port: [0, 8285], PortV6: [0, 8286] }, overhead: () => 28 },
  vxlan: {
    flannel: true,
    identity: { VNI: [1], Port: [0, 8472], GBP: [false], Stretch: [false] },
    overhead: () => 50,
  },
  wireguard: {
    flannel: true,
    identity: { Mode: ['', 'separate'], PSK: [''], KeyGeneration: [0] },
    overhead: () => 80,
  },
};

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
  const known = BACKEND_TYPES[type];
  if (known === undefined) return `${type} ${JSON.stringify(options)}`;
  const parts = Object.entries(known.identity).map(([name, absent]) => {
    const value = optionOf(options, name);
    return value === undefined || absent.includes(value) ? '' : `${name}=${textOf(value)}`;
  });
  return [type, ...parts].join(' ');
}

/** Whether an option is part of what must agree; between backends of one key it only is written otherwise. */
export function isIdentity({ type }: Way, option: string): boolean {
  const names = Object.keys(BACKEND_TYPES[type]?.identity ?? {});
  return names.some((name) => name.toLowerCase() === option.toLowerCase());
}

/** Types that no overlayd of this version has; a backend without a type is another mistake. */
export function unknownTypes(ways: readonly Way[]): string[] {
  return ways.map(({ type }) => type).filter((type) => type !== '' && BACKEND_TYPES[type] === undefined);
}

/** The types there are, for a message. */
export function knownTypes(): string {
  return Object.keys(BACKEND_TYPES).join(', ');
}

export function isFlannelType(type: string): boolean {
  return BACKEND_TYPES[type]?.flannel === true;
}

export function isExclusive({ type, options }: Way): boolean {
  return BACKEND_TYPES[type]?.exclusive === true || optionOf(options, 'Stretch') === true;
}

/** Bytes that the heaviest of some backends adds to an IPv4 packet; undefined when that is not known here. */
export function overheadOf(ways: readonly Way[]): number | undefined {
  const each = ways.map(({ type, options }) =>
    BACKEND_TYPES[type]?.overhead((key) => optionOf(options, key)),
  );
  return each.every((bytes) => bytes !== undefined) ? Math.max(0, ...each) : undefined;
}

/** An option of a backend, its case ignored as Flannel does. */
export function optionOf(options: JsonObject, name: string): Json | undefined {
  return Object.entries(options).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
