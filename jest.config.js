/** Real ESM, TypeScript stripped by swc, one Postgres for the run, a database per test file. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  randomize: true,
  testTimeout: 120_000,
  // One more than the two cores that the suite is measured on: much of it waits for servers.
  maxWorkers: 3,
};
