export * from './model.js';
export { bridgeName } from './network-spec.js';
