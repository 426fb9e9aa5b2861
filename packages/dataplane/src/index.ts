export type * from './model.js';
export type * from './firewall/model.js';
export { objectKey, byKey } from './identity.js';
export { isEqual } from './compare.js';
export { diff, type Conflict, type Difference } from './diff.js';
export { spreadMetric } from './metric.js';
export { ROUTE_PROTOCOL } from './ownership.js';
export { FakeKernel, type ScriptedFailure } from './fake-kernel.js';
