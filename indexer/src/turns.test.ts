import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

it('lets so many work at once, and the others in the order in which they came', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
  const all = ends.map(({ promise }, index) =>
    turns.take(async () => {
      begun.push(index)
      await promise
      return index
    }),
  )
  expect(begun).toEqual([0, 1])
  ends[1]?.resolve()
  await all[1]
  expect(begun).toEqual([0, 1, 2])
  for (const { resolve } of ends) resolve()
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
})

it('gives the turn of one that fails to the next', async () => {
  const turns = new Turns(1)
  const failing = turns.take(async () => {
    throw new Error('our bug')
  })
  const next = turns.take(async () => 'done')
  await expect(failing).rejects.toThrow('our bug')
  expect(await next).toBe('done')
})
