import { join } from 'node:path';
import type { Config } from '../config/model.js';
import { dockerNetwork } from '../plan/docker-wish.js';
import type { SubnetFileTarget } from './subnet-file.js';

/** Where subnet.env and the record of what was written go. */
export const subnetTarget = (config: Config): SubnetFileTarget => ({
  path: config.subnetFile,
  stateFile: join(config.stateDir, 'subnet-env.json'),
  docker: { mode: config.docker, network: dockerNetwork(config) },
});
