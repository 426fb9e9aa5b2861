export { Daemon, type Adapters } from './daemon.js';
