export type * from './model.js';
export type * from './store.js';
export { parseNetworkConfig } from './network-config.js';
export { backendTypeOf } from './backend-type.js';
export { normaliseConfig, type NormalisedConfig } from './normalised-config.js';
export { formatLeaseName, parseFlannelKey, parseLeaseName, type FlannelKey } from './lease-name.js';
export { formatLeaseValue, parseLeaseValue } from './lease-value.js';
export { LeaseSet, type LeaseChanges } from './lease-set.js';
export type { LeasePolicy, OwnLease } from './lease-rules.js';
export { compareRevision } from './revision.js';
export { chooseLease, leaseFitsConfig, type LeaseDecision, type LeaseRequest } from './allocation.js';
export { poolUsage, type PoolUsage } from './subnet-choice.js';
export { formatSubnetEnv, parseSubnetEnv, type SubnetEnv, type SubnetEnvInput } from './subnet-env.js';
export {
  dockerOptions,
  parseDockerOptionArguments,
  type DockerOptionArguments,
  type DockerOptionFlags,
  type DockerOptionsInput,
  type DockerOptionsResult,
} from './docker-options.js';
export { excludedRanges, hostPrefix, lanReserved } from './lan-ranges.js';
