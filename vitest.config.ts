import { defineConfig } from 'vitest/config'

export default defineConfig({
  // As Node resolves it, and so the packages that are not transformed: two copies of graphql refuse each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['*/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**', '.heddle/**'],
    globalSetup: ['indexer/test/postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
