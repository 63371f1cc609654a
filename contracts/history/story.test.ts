import { describe, expect, it } from 'vitest'
import { devAccount } from '../accounts.ts'
import type { Deployment } from '../deployment.ts'
import { people } from './cast.ts'
import { tellStory } from './story.ts'

const MONTH_SECONDS = 30 * 86_400
const deployment: Deployment = {
  network: 'anvil',
  chainId: 31337,
  genesis: `0x${'ab'.repeat(32)}`,
  startBlock: 1,
  contracts: {
    Patron: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
    Atelier: '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512',
    Market: '0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0',
    Anchor: '0xcf7ed3acca5a467e9e704c703e8d87f634fb0fc9',
  },
}
const accounts = [devAccount(0), ...people.map((_, index) => devAccount(index + 1))]

describe.each([1, 2, 3, 4, 5])('with seed %i', (seed) => {
  it('is large enough to be believed', async () => {
    const { steps, world } = await tell({ seed })
    expect(steps.length).toBeGreaterThanOrEqual(350)
    expect(world.accounts.length).toBeGreaterThanOrEqual(12)
    expect(world.collections.length).toBeGreaterThanOrEqual(6)
    expect(new Set(world.collections.map(({ creator }) => creator)).size).toBeGreaterThanOrEqual(5)
    expect(world.tokens.length).toBeGreaterThanOrEqual(90)
    const done = Map.groupBy(steps, ({ what }) => what)
    for (const what of [
      'buy',
      'list',
      'updatePrice',
      'cancel',
      'makeOffer',
      'acceptOffer',
      'withdrawOffer',
      'withdraw',
    ]) {
      expect(done.get(`Market.${what}`)?.length, what).toBeGreaterThanOrEqual(2)
    }
    for (const what of ['anchor', 'anchorFor', 'commit']) expect(done.has(`Anchor.${what}`), what).toBe(true)
  })
})

it('is the same for the same seed, whatever time there is for it', async () => {
  const roomy = await tell({ seed: 1 })
  const narrow = await tell({ seed: 1, to: 1_700_000_000 })
  expect(narrow.world).toEqual(roomy.world)
  expect(narrow.steps.map(({ sender, what }) => [sender, what])).toEqual(
    roomy.steps.map(({ sender, what }) => [sender, what]),
  )
})

it('is another one for another seed', async () => {
  expect((await tell({ seed: 2 })).world.tokens).not.toEqual((await tell({ seed: 1 })).world.tokens)
})

it('fills the time it is given', async () => {
  const { times } = await tell({ seed: 1 })
  expect(times[0]).toBe(1_700_000_000)
  expect(times.at(-1)).toBe(1_700_000_000 + MONTH_SECONDS)
})

it('takes a second for each block when there is no time', async () => {
  const { times } = await tell({ seed: 1, to: 1_700_000_000 })
  expect(times).toEqual(times.map((_, index) => 1_700_000_000 + index))
})

it('has several transactions in one block now and then', async () => {
  const { steps } = await tell({ seed: 1 })
  const sizes = [...Map.groupBy(steps, ({ block }) => block).values()].map(({ length }) => length)
  expect(sizes.filter((size) => size > 1).length).toBeGreaterThan(20)
  expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(20)
})

function tell({ seed, from = 1_700_000_000, to = from + MONTH_SECONDS }: { seed: number; from?: number; to?: number }) {
  return tellStory({ seed, deployment, accounts, from, to })
}
