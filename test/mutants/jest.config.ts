/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import root from '../../jest.config';

/** The same options, for the transform that makes the mutant. */
function mutating(transform: Config['transform']): NonNullable<Config['transform']> {
  const entries = Object.entries(transform ?? {}).map(([pattern, used]) => {
    const options: unknown = typeof used === 'string' ? {} : used[1];
    return [pattern, [`${__dirname}/transform.cjs`, options]] as const;
  });
  return Object.fromEntries(entries) as NonNullable<Config['transform']>;
}

const projects = (root.projects ?? []) as readonly Config[];

/** The unit tests, with the mutant of OVERLAY_MUTANT: see scripts/mutants.mjs. */
const config = {
  projects: projects
    .filter(({ displayName }) => displayName === 'unit')
    .map((project) => ({ ...project, transform: mutating(project.transform) })),
};

export default config;
