import type { DockerWish } from '@overlay/docker';
import type { NodeInput } from '../backends/model.js';
import type { Config } from '../config/model.js';

/** Name of the Docker network of this instance. */
export const dockerNetwork = (config: Config): string =>
  config.dockerNetwork ?? (config.instance === 'default' ? 'overlay' : `overlay-${config.instance}`);

/** What Docker should have, from the lease; undefined with --docker=off. */
export function dockerWish(config: Config, input: NodeInput, mtu: number): DockerWish | undefined {
  if (config.docker === 'off') return undefined;
  return {
    mode: config.docker,
    instance: config.instance,
    network: dockerNetwork(config),
    ...input.subnets,
    ...(input.config.ipv4 === undefined ? {} : { overlayNetwork: input.config.ipv4.network }),
    mtu,
    ipMasq: config.ipMasq,
    restart: config.dockerRestart,
  };
}

/** Docker's own masquerade is off for a network we create: then it is ours to do, flag or not. */
export const masquerades = (config: Config): boolean => config.ipMasq || config.docker === 'network';
