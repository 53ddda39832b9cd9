// One Jest for the whole repository. Sizes by name: .spec.ts (pure or fakes), .int.spec.ts (real services), .system.spec.ts (public API).
const size = process.env.TEST_SIZE ?? 'all';
const ignore = {
  unit: ['\\.(int|system)\\.spec\\.ts$'],
  integration: ['(?<!\\.int)\\.spec\\.ts$'],
  system: ['(?<!\\.system)\\.spec\\.ts$'],
  all: [],
}[size];
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@computalot/source', 'node', 'node-addons'] },
  roots: ['<rootDir>/apps', '<rootDir>/libs'],
  testMatch: ['**/src/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...ignore],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testTimeout: 60_000,
};
