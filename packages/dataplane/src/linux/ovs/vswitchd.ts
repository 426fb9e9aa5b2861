import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonRpc, unavailable } from './json-rpc.js';

/** ovs-vswitchd's control socket, what `ovs-appctl` talks to (ovs-appctl(8)). */
export class Vswitchd {
  private readonly rpc: JsonRpc;

  /** @param folder where Open vSwitch keeps its pid files and sockets */
  constructor(folder: string) {
    this.rpc = new JsonRpc(() => controlSocket(folder));
  }

  /** What a command prints. Throws OVL_OVS_UNAVAILABLE, OVL_OVS_REFUSED. */
  async run(command: string, ...parameters: readonly string[]): Promise<string> {
    const text = await this.rpc.call(command, parameters);
    return typeof text === 'string' ? text : '';
  }

  /** Throws OVL_OVS_UNAVAILABLE when ovs-vswitchd does not run. */
  async check(): Promise<void> {
    await this.run('version');
  }

  close(): void {
    this.rpc.close();
  }
}

function controlSocket(folder: string): string {
  const file = join(folder, 'ovs-vswitchd.pid');
  try {
    const pid = /^\d+/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
    return join(folder, `ovs-vswitchd.${pid}.ctl`);
  } catch (error) {
    throw unavailable(`ovs-vswitchd does not run: ${String(error)}`, error);
  }
}
