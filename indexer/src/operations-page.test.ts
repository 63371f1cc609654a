import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { createMetrics } from './serve/metrics.ts'

const page = await readFile(new URL('../OPERATIONS.md', import.meta.url), 'utf8')

it('tells of every measure of ours, and of none that is not there', async () => {
  const named = new Set(page.match(/heddle_[a-z_]+[a-z]/g))
  const shown = createMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('heddle_'))
  expect([...named].sort()).toEqual(shown.sort())
})
