import type { Rig } from './contract-hand.js';
import { desiredOf, type Tunnel } from './contract-objects.js';
import { converge } from './contract-steps.js';

/** A watcher hears of changes by another hand. */
export function watchContract(tunnel: Tunnel, rigOf: () => Rig): void {
  const desired = desiredOf(tunnel);

  it('reports to a watcher that a device went away', async () => {
    const { kernel, hand } = rigOf();
    await converge(kernel, desired);
    const told = new Promise<void>((resolve) => {
      void kernel.watch((notice) => {
        if (notice.type === 'link') resolve();
      });
    });
    hand.deleteLink(tunnel.link.name);
    await told;
  });
}
