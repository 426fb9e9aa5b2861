export { run, type RunOptions, type RunResult } from './run.js';
export { shrink } from './shrink.js';
