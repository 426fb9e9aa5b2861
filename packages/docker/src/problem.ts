import type { DockerProblem } from './model.js';

/** Builds a problem; `code` is stable and listed in docs/errors.md. */
export function problem(code: `OVL_DOCKER_${string}`, message: string): DockerProblem {
  return { code, message };
}
