import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/golden/**', 'test/e2e/**'], ...slow } },
      { test: { name: 'golden', include: ['test/golden/**/*.test.ts'], ...slow } },
      // After the others: these wait more than they work, and what they start is the larger part of it.
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...slow, sequence: { groupOrder: 1 } } },
    ],
    maxWorkers: 2,
  },
});
