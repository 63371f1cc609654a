import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/build/**', '.heddle/**']

export default defineConfig({
  // As Node resolves it, and so the packages that are not transformed: two copies of graphql refuse each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    globalSetup: ['indexer/test/postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['*/**/*.test.ts'],
          exclude: [...exclude, 'e2e/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Whole stacks, one at a time: they tell how long things take.
        extends: true,
        test: {
          name: 'house',
          include: ['e2e/*.test.ts'],
          exclude,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
