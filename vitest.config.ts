import { defineConfig } from 'vitest/config'
import { hasGraphNode } from './start/graph-node/binary.mjs'

/** Damage at random, and how it is found: it takes its time. */
const healing = 'indexer/src/commands/heal.test.ts'
const exclude = ['**/node_modules/**', '**/build/**', '.heddle/**']

if (!hasGraphNode(import.meta.dirname)) {
  console.warn(
    '── The stories are NOT told with graph-node: npm has it for Linux x64 only, or left it out as optional. ──',
  )
}

export default defineConfig({
  // As Node resolves it, and so the packages that are not transformed: two copies of graphql refuse each other's types.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    globalSetup: ['indexer/test/postgres.ts'],
    // Tests mostly wait, for databases and chains: none of the cores has to be left free, as Vitest would.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'rooms',
          include: ['*/**/*.test.ts'],
          exclude: [...exclude, 'e2e/**', healing],
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
      {
        // Each with processes and a database of its own; what they measure has room for a busy machine.
        extends: true,
        test: {
          name: 'reliability',
          include: ['e2e/reliability/*.test.ts', healing],
          exclude,
          testTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      ...(hasGraphNode(import.meta.dirname) ? [houseOnGraphNode()] : []),
    ],
  },
})

/** The first hour once more, with the real graph-node underneath and everything above it unchanged. */
function houseOnGraphNode() {
  return {
    extends: true as const,
    test: {
      name: 'house on graph-node',
      include: ['e2e/story.test.ts'],
      exclude,
      fileParallelism: false,
      env: { HEDDLE_RUNTIME: 'graph-node' },
      sequence: { groupOrder: 3 },
    },
  }
}
