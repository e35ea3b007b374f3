import { defineConfig } from 'vitest/config';

const report = process.env['BTFLY_REPORT'];

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    // Kernels with all their modules take minutes to tell what they have: npm run test:long.
    include: process.env['BTFLY_LONG'] === '1' ? ['test/vm/tracepoints.test.ts'] : ['test/vm/**/*.test.ts'],
    exclude: process.env['BTFLY_LONG'] === '1' ? [] : ['test/vm/tracepoints.test.ts'],
    globalSetup: ['test/vm/setup.ts'],
    pool: 'forks',
    // Two virtual CPUs on two CPUs: one machine at a time.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 600_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
