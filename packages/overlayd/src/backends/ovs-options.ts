import type { JsonObject } from '@overlay/lease';
import type { Slot } from './model.js';
import { OptionReader } from './options.js';
import { underlayOption } from './underlay.js';

export interface OvsOptions {
  readonly slot: Slot;
  readonly tunnel: 'gre' | 'vxlan' | 'geneve';
  readonly key: number;
  /** UDP destination port of vxlan and geneve; undefined for gre. */
  readonly port?: number;
  readonly datapath: 'system' | 'netdev';
  /** The option MTU: of the underlay, bytes; 0: the interface's. */
  readonly underlay: number;
  /** One subnet across hosts, bridged, instead of a subnet for each host, routed. */
  readonly stretch: boolean;
  /** Bridge of the containers, where Stretch plugs in. */
  readonly dockerBridge?: string;
}

/** IANA's ports; ovs-vswitchd.conf.db(5), dst_port. */
const DEFAULT_PORT = { vxlan: 4789, geneve: 6081 } as const;
/** RFC 2890: 32 bits; RFC 7348 and RFC 8926: 24 bits. */
const HIGHEST_KEY = { gre: 0xff_ff_ff_ff, vxlan: 0xff_ff_ff, geneve: 0xff_ff_ff } as const;
/** IFNAMSIZ without the byte at the end, and what the kernel allows in a device name (dev_valid_name in net/core/dev.c). */
const DEVICE_NAME = /^(?!\.{1,2}$)[^\s/:]{1,15}$/;

const deviceName = (text: string): string | undefined => (DEVICE_NAME.test(text) ? text : undefined);

export function parseOvs(
  options: JsonObject,
  slot: Slot,
): { readonly options: OvsOptions; readonly unknown: readonly string[] } {
  const reader = new OptionReader('ovs', options);
  const tunnel = reader.choice('Tunnel', ['gre', 'vxlan', 'geneve']);
  const port = reader.whole('Port', 0, [0, 65_535]);
  const dockerBridge = reader.secret('DockerBridge', 'the name of a bridge', deviceName);
  const parsed: OvsOptions = {
    slot,
    tunnel,
    key: reader.whole('Key', 1, [0, HIGHEST_KEY[tunnel]]),
    ...(tunnel === 'gre' ? {} : { port: port || DEFAULT_PORT[tunnel] }),
    datapath: reader.choice('Datapath', ['system', 'netdev']),
    underlay: underlayOption(reader),
    stretch: reader.flag('Stretch'),
    ...(dockerBridge === undefined ? {} : { dockerBridge }),
  };
  return { options: parsed, unknown: reader.unknown() };
}
