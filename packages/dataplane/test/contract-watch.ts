import type { Rig } from './contract-hand.js';
import { desiredOf, type Tunnel } from './contract-objects.js';
import { converge } from './contract-steps.js';

/** What was changed before a watcher came is not told to it. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

  it.each([
    ['net/ipv4/ip_forward', '1'],
    ['net/ipv4/conf/all/rp_filter', '1'],
    ['net/ipv4/conf/eth0/rp_filter', '1'],
    ['net/ipv6/conf/all/forwarding', '1'],
  ])('D18 reports to a watcher that %s was changed', async (key, value) => {
    const { kernel, hand } = rigOf();
    hand.setSysctl(key, '0');
    await settled();
    const told = new Promise<void>((resolve) => {
      void kernel.watch((notice) => {
        if (notice.type === 'sysctl') resolve();
      });
    });
    hand.setSysctl(key, value);
    await told;
  });
}
