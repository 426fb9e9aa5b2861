/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const common: Config = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
  moduleNameMapper: {
    '^@overlay/([a-z]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@overlay/([a-z]+)/([a-z]+)$': '<rootDir>/packages/$1/src/$2/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/packages/[a-z]+/dist/'],
};

/** Three tiers: `unit` beside the source, `integration` on a real etcd, kernel or dockerd, `e2e` over several hosts; and `soak`, hours of e2e. */
const config: Config = {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/packages/*/src/**/*.test.ts'] },
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/packages/*/test/**/*.test.ts'],
    },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/*.test.ts'] },
    { ...common, displayName: 'soak', testMatch: ['<rootDir>/test/soak/*.test.ts'] },
  ],
};

export default config;
