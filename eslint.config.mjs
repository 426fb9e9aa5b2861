import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Folders whose files decide and do nothing else: no clock, random, environment, file, process or logger. */
const PURE = [
  'packages/cidr/src/**/*.ts',
  'packages/lease/src/*.ts',
  'packages/dataplane/src/*.ts',
  'packages/dataplane/src/firewall/**/*.ts',
  'packages/dataplane/src/udp-proxy/**/*.ts',
  'packages/docker/src/*.ts',
  'packages/overlayd/src/plan/**/*.ts',
  'packages/overlayd/src/backends/**/*.ts',
];
const TESTS = ['**/*.test.ts', 'packages/*/test/**/*.ts', 'test/**/*.ts'];

const impure = (name, why) => ({ name, message: `A pure file may not use ${name}: ${why}` });

export default tseslint.config(
  { ignores: ['**/dist/**', '.cache/**', '**/generated/**', '**/node_modules/**', 'bench/results/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.test.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 5],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'before', 'after'] },
          ],
        },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only main.ts ends the process.' },
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { string: true, boolean: true } },
      ],
    },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: {
      'no-restricted-globals': [
        'error',
        impure('process', 'take it as an argument.'),
        impure('setTimeout', 'a caller at the edge owns the time.'),
        impure('setInterval', 'a caller at the edge owns the time.'),
        impure('console', 'return what happened instead.'),
        impure('Date', 'take the time as an argument.'),
        impure('performance', 'take the time as an argument.'),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take the random choice as an argument.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:*', 'fs', 'child_process', 'net', 'os'],
              message: 'A pure file imports only pure files.',
            },
          ],
        },
      ],
    },
  },
  {
    files: [
      'packages/overlayd/src/main.ts',
      'packages/overlayctl/src/main.ts',
      '**/config.ts',
      ...TESTS,
      'bench/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: TESTS,
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 400 }],
      complexity: 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        require: 'readonly',
        URL: 'readonly',
        __dirname: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  prettier,
);
