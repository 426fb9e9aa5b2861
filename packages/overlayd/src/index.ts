export type { Adapters } from './adapter-contract.js';
export { Daemon } from './daemon.js';
