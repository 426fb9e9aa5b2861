import { contains } from '@overlay/cidr';
import { prefixes, type DockerNetwork } from '../network-decision.js';
import type { AttachedContainer, Attachment, DockerEngine } from './docker-engine.js';

/**
 * Binds the stopped containers of an earlier network of this name to the one that is there now; says what it did. A container keeps the id of
 * its network, so without this it would not start again ("network ... not found", seen on 20.10). Aliases and links stay; a fixed address
 * outside of the new subnets goes.
 */
export async function reattachStopped(engine: DockerEngine, network: DockerNetwork): Promise<string[]> {
  const attached = await engine.containersOf(network);
  const stale = attached.filter(
    ({ active, networkId }) => !active && networkId !== '' && networkId !== network.id,
  );
  const done: string[] = [];
  for (const container of stale) done.push(await reattach(engine, network, container));
  return done;
}

async function reattach(
  engine: DockerEngine,
  network: DockerNetwork,
  container: AttachedContainer,
): Promise<string> {
  const before = await engine.attachment(container, network.name);
  const { attachment, dropped } = fit(before, network);
  await engine.disconnect(network, container);
  await engine.connect(network, container, attachment);
  const without = dropped.length > 0 ? ` without its fixed address ${dropped.join(', ')}` : '';
  return `attached the stopped container ${container.name} to the new network ${network.name}${without}`;
}

/** The attachment without the fixed addresses that the network does not have. */
function fit(attachment: Attachment, network: DockerNetwork): { attachment: Attachment; dropped: string[] } {
  const pools = network.pools.flatMap((pool) => prefixes(pool.subnet));
  const fits = (address: string) =>
    prefixes(address.includes(':') ? `${address}/128` : `${address}/32`).some((host) =>
      pools.some((pool) => contains(pool, host)),
    );
  const entries = Object.entries(attachment.addresses);
  const addresses = Object.fromEntries(entries.filter(([, address]) => fits(address)));
  return {
    attachment: { ...attachment, addresses },
    dropped: entries.map(([, address]) => address).filter((address) => !fits(address)),
  };
}
