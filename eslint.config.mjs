// Lint of the whole repository. `npm run lint` runs it through Nx, because the boundary rule reads Nx's project graph.
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import {
  depConstraints,
  pureLibraryImports,
  specConstraints,
  testingCycles,
  testSupportImports,
} from './tools/boundaries.mjs';

/** Specs, and what only specs of the same project use: it is not built. */
const specs = ['**/*.spec.ts', '{apps,libs}/*/src/testing/**/*.ts'];

/** @param {readonly object[]} constraints the table that holds for these files */
const boundaries = (constraints) => [
  'error',
  {
    depConstraints: constraints,
    banTransitiveDependencies: true,
    ignoredCircularDependencies: testingCycles,
    // A static and a lazy import of one project may stand side by side here.
    checkDynamicDependenciesExceptions: ['.*'],
  },
];

const everywhere = {
  'no-alert': 'error',
  'no-constant-condition': ['error', { checkLoops: false }],
  'no-debugger': 'error',
  'no-dupe-keys': 'error',
  'no-empty': ['error', { allowEmptyCatch: true }],
  'no-eval': 'error',
  'no-unreachable': 'error',
  'no-unsafe-finally': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  eqeqeq: ['error', 'always', { null: 'ignore' }],
};

const typed = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/ban-ts-comment': 'error',
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-for-in-array': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

const node = ['Buffer', 'URL', 'clearInterval', 'clearTimeout', 'console', 'fetch', 'performance', 'process'];
const nodeGlobals = [
  ...node,
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
  'AbortController',
  'AbortSignal',
];

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', '**/generated/', '.computalot/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  { rules: everywhere },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
    rules: { 'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }] },
  },
  {
    files: ['{apps,libs}/*/src/**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: ['./tsconfig.spec.json'], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx },
    rules: {
      ...typed,
      '@nx/enforce-module-boundaries': boundaries(depConstraints),
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['{apps,libs}/*/src/**/*.ts'],
    ignores: specs,
    rules: { 'no-restricted-imports': ['error', { patterns: [testSupportImports] }] },
  },
  {
    files: pureLibraryImports.files,
    ignores: specs,
    rules: { 'no-restricted-imports': ['error', { patterns: [pureLibraryImports.pattern] }] },
  },
  {
    files: specs,
    rules: { '@nx/enforce-module-boundaries': boundaries(specConstraints) },
  },
  {
    // The callback of a `describe` is as long as its tests are many.
    files: ['{apps,libs}/*/src/**/*.spec.ts', 'libs/*/src/**/*conformance*.ts', 'apps/system-e2e/src/scenarios/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', 500] },
  },
  prettier,
);
