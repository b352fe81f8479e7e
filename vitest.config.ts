import { defineConfig } from 'vitest/config';
import { ClosingLineReporter } from './tooling/closing-line-reporter.ts';

// Two cores: more than two workers only make the tests slower and the timings noisier.
// CI shares its two cores with others: what fails there once is tried once more, and the report says so.
const shared = {
  maxWorkers: 2,
  // With the time that is waited for what has to come (tests/system/until.ts).
  testTimeout: process.env.CI ? 90_000 : 30_000,
  hookTimeout: 120_000,
  // A second, as it comes, is what a busy machine needs for one click or one flush.
  expect: { poll: { timeout: 10_000 } },
  retry: process.env.CI ? 1 : 0,
};
const folders = [
  'domain',
  'storage',
  'broker',
  'ingest',
  'alerting',
  'dashboards',
  'simulators',
  'runtime',
  'tests/bench',
];
const withPostgres = { globalSetup: ['tests/start-test-postgres.ts'] };

export default defineConfig({
  test: {
    ...shared,
    reporters: ['default', new ClosingLineReporter()],
    projects: [
      { test: { ...shared, name: 'unit', include: folders.map((folder) => `${folder}/**/*.test.ts`) } },
      { test: { ...shared, ...withPostgres, name: 'contract', include: ['tests/contract/**/*.test.ts'] } },
      { test: { ...shared, ...withPostgres, name: 'integration', include: ['tests/integration/**/*.test.ts'] } },
      // Whole systems are started here: one at a time.
      {
        test: {
          ...shared,
          name: 'acceptance',
          include: ['tests/acceptance/**/*.test.ts'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          ...withPostgres,
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
