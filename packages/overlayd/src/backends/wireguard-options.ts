import type { JsonObject } from '@overlay/lease';
import type { Slot } from './model.js';
import { OptionReader } from './options.js';
import { underlayOption } from './underlay.js';
import { parseWireguardKey } from './wireguard-key.js';

/** `separate`: a device per family; the others: one device for both, its packets in the family that the mode says or picks. */
type WireguardMode = 'separate' | 'auto' | 'ipv4' | 'ipv6';

export interface WireguardOptions {
  readonly slot: Slot;
  /** Ports of the options: what a peer that announces none listens on. */
  readonly ports: Readonly<Record<4 | 6, number>>;
  /** The option MTU: of the underlay, bytes; 0: the interface's. */
  readonly underlay: number;
  readonly presharedKey?: string;
  readonly keepaliveSeconds: number;
  readonly mode: WireguardMode;
  readonly generation: number;
}

/** How far the ports of slot 1 lie above those of slot 0: the two families' default ports are one apart. */
const SLOT_STEP = 2;

/** Where the device of a family listens in its slot. */
export const listenPort = ({ ports, slot }: WireguardOptions, family: 4 | 6): number =>
  ports[family] + slot * SLOT_STEP;

/** Two ports of one configuration that would meet, in one slot or across the two. */
export const portsMeet = ({ ports }: WireguardOptions): boolean =>
  [0, SLOT_STEP].includes(Math.abs(ports[4] - ports[6]));

export function parseWireguard(
  options: JsonObject,
  slot: Slot,
): { readonly options: WireguardOptions; readonly unknown: readonly string[] } {
  const reader = new OptionReader('wireguard', options);
  const highest = 65_535 - SLOT_STEP;
  const port = (key: string, fallback: number): number => reader.whole(key, 0, [0, highest]) || fallback;
  const psk = reader.secret('PSK', 'base64 of 32 random bytes (wg genpsk)', parseWireguardKey);
  const parsed: WireguardOptions = {
    slot,
    ports: { 4: port('ListenPort', 51_820), 6: port('ListenPortV6', 51_821) },
    underlay: underlayOption(reader),
    ...(psk === undefined ? {} : { presharedKey: psk }),
    keepaliveSeconds: reader.whole('PersistentKeepaliveInterval', 0, [0, 65_535]),
    mode: reader.choice('Mode', ['separate', 'auto', 'ipv4', 'ipv6']),
    generation: reader.whole('KeyGeneration', 0, [0, 1_000_000]),
  };
  return { options: parsed, unknown: reader.unknown() };
}
