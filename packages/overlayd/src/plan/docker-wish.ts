import type { DockerWish } from '@overlay/docker';
import type { Backend, NodeInput } from '../backends/model.js';
import type { Config } from '../config/model.js';

/** Name of the Docker network of this instance. */
export const dockerNetwork = (config: Config): string =>
  config.dockerNetwork ?? (config.instance === 'default' ? 'overlay' : `overlay-${config.instance}`);

/** What Docker should have, from the lease; undefined with --docker=off. */
export function dockerWish(
  config: Config,
  input: NodeInput,
  mtu: number,
  backend?: Backend,
): DockerWish | undefined {
  if (config.docker === 'off') return undefined;
  const segment = backend?.segment?.(input);
  return {
    mode: config.docker,
    instance: config.instance,
    network: dockerNetwork(config),
    ...input.subnets,
    ...(input.config.ipv4 === undefined ? {} : { overlayNetwork: input.config.ipv4.network }),
    ...(segment === undefined ? {} : { segment }),
    mtu,
    ipMasq: config.ipMasq,
    restart: config.dockerRestart,
  };
}

/** Docker's own masquerade is off for a network we create: then it is ours to do, flag or not. */
export const masquerades = (config: Config): boolean => config.ipMasq || config.docker === 'network';
