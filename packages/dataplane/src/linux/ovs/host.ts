import type { OvsDatabase } from './database.js';
import type { OvsDevices } from './devices.js';
import type { Vswitchd } from './vswitchd.js';

/** Open vSwitch on this host, and the kernel devices it has made. */
export interface OvsHost {
  readonly database: OvsDatabase;
  readonly vswitchd: Vswitchd;
  readonly devices: OvsDevices;
  readonly log: (message: string) => void;
}
