export type { Adapters } from './adapter-contract.js';
export type { HostFacts } from './backends/model.js';
export type { Config } from './config/model.js';
export { Daemon } from './daemon.js';
export { bootSleep } from './host/boot-sleep.js';
export type { Clock } from './host/clock.js';
export { createMetrics } from './http/metrics.js';
export type { Logger } from './logger.js';
export { plan } from './plan/plan.js';
