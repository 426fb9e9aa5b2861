export type * from './messages.js';
export type { CallOptions, ControlClient, ControlHandlers } from './control.js';
export { connectControl } from './client.js';
export { serveControl } from './server.js';
