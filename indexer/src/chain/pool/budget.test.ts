import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { Budget, budgetCell, budgetMemory } from './budget.ts'

it('lets a second’s calls through at once, and then one after the other', () => {
  const budget = new Budget(10)
  const waits = Array.from({ length: 20 }, () => budget.take())
  expect(waits.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0))
  expect(waits[19]).toBeGreaterThan(500)
  expect(waits[19]).toBeLessThanOrEqual(1_000)
})

it('lets everything through where nothing was said, but for a node that asked for a pause', () => {
  const budget = new Budget(null)
  expect(Array.from({ length: 1_000 }, () => budget.take()).every((wait) => wait === 0)).toBe(true)
  budget.hold(60_000)
  budget.hold(1)
  expect(budget.take()).toBeGreaterThan(50_000)
})

it('is one for all threads', async () => {
  const memory = budgetMemory(2)
  const module = new URL('./budget.ts', import.meta.url).href
  const code = `import { workerData, parentPort } from 'node:worker_threads'
    const { Budget, budgetCell } = await import(workerData.module)
    const budget = new Budget(1, budgetCell(workerData.memory, 1))
    parentPort.postMessage(Array.from({ length: 10 }, () => budget.take()))`
  const entry = new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  const workers = [1, 2, 3].map(() => new Worker(entry, { workerData: { memory, module }, execArgv: [] }))
  const waits = (await Promise.all(workers.map((worker) => once(worker, 'message')))).flat(2)
  // Thirty calls at one a second: were each thread's ten counted by themselves, none would wait more than nine seconds.
  expect(Math.max(...waits)).toBeGreaterThan(12_000)
  expect(new Budget(1, budgetCell(memory, 1)).delayMs).toBeGreaterThan(0)
  expect(new Budget(1, budgetCell(memory, 0)).delayMs).toBe(0)
})
