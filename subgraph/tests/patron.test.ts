import { describe, expect, it } from 'vitest'
import type { EventInput } from '../../indexer/kit/index.ts'
import { ada, bo, find, type Hex, NATIVE, openMarketplace } from './marketplace.ts'

it('credits a mint, and grows the supply and the circle of holders by it', async () => {
  const { run, patron } = await openMarketplace()

  await run.event({ ...moved(NATIVE, ada, 100n), block: { timestamp: 1_800_000_000 } })

  expect(find(run, 'Balance', ada)).toEqual({ id: ada, account: ada, amount: 100n, updatedAt: 1_800_000_000n })
  expect(find(run, 'Patron', patron)).toMatchObject({
    name: 'Patron',
    symbol: 'PTRN',
    decimals: 18,
    totalSupply: 100n,
    holderCount: 1,
  })
})

it('moves an amount from one balance to another', async () => {
  const { run, patron } = await openMarketplace()
  await run.event(moved(NATIVE, ada, 100n))

  await run.event(moved(ada, bo, 30n))

  expect(run.entities('Balance').map(({ id, amount }) => [id, amount])).toEqual(
    expect.arrayContaining([
      [ada, 70n],
      [bo, 30n],
    ]),
  )
  expect(find(run, 'Patron', patron)).toMatchObject({ totalSupply: 100n, holderCount: 2 })
})

it('has no balance for who holds nothing any more', async () => {
  const { run, patron } = await openMarketplace()
  await run.event(moved(NATIVE, ada, 100n))

  await run.event(moved(ada, bo, 100n))

  expect(run.entity('Balance', ada)).toBeUndefined()
  expect(find(run, 'Patron', patron)).toMatchObject({ holderCount: 1 })
})

it('gives a balance back to who holds something again', async () => {
  const { run } = await openMarketplace()
  await run.event(moved(NATIVE, ada, 100n))
  await run.event(moved(ada, bo, 100n))

  await run.event(moved(bo, ada, 1n))

  expect(find(run, 'Balance', ada)).toMatchObject({ amount: 1n })
})

it('takes a burn out of the supply', async () => {
  const { run, patron } = await openMarketplace()
  await run.event(moved(NATIVE, ada, 100n))

  await run.event(moved(ada, NATIVE, 40n))

  expect(find(run, 'Balance', ada)).toMatchObject({ amount: 60n })
  expect(find(run, 'Patron', patron)).toMatchObject({ totalSupply: 60n, holderCount: 1 })
  expect(run.entity('Balance', NATIVE)).toBeUndefined()
})

describe('a transfer that moves nothing', () => {
  it('changes no balance when it goes to oneself, not even with all one has', async () => {
    const { run, patron } = await openMarketplace()
    await run.event(moved(NATIVE, ada, 100n))

    await run.event(moved(ada, ada, 100n))

    expect(find(run, 'Balance', ada)).toMatchObject({ amount: 100n })
    expect(find(run, 'Patron', patron)).toMatchObject({ totalSupply: 100n, holderCount: 1 })
  })

  it('makes nobody a holder when it is of nothing', async () => {
    const { run } = await openMarketplace()

    await run.event(moved(ada, bo, 0n))

    expect(run.entities('Balance')).toEqual([])
  })
})

it('goes by its usual name when the contract does not tell it', async () => {
  const { run, patron } = await openMarketplace()
  for (const name of ['name', 'symbol', 'decimals']) {
    run.mockCall({ address: patron, contract: 'Patron', function: name, returns: 'revert' })
  }

  await run.event(moved(NATIVE, ada, 1n))

  expect(find(run, 'Patron', patron)).toMatchObject({ name: 'Patron', symbol: 'PTRN', decimals: 18 })
})

it('follows who may mint', async () => {
  const { run, patron } = await openMarketplace()
  const handedTo = (newOwner: Hex): EventInput => ({
    source: 'Patron',
    event: 'OwnershipTransferred',
    args: { previousOwner: NATIVE, newOwner },
  })

  await run.event(handedTo(ada))
  expect(find(run, 'Patron', patron)).toMatchObject({ owner: ada })
  await run.event(handedTo(NATIVE))
  expect(find(run, 'Patron', patron)).toMatchObject({ owner: null })
})

function moved(from: Hex, to: Hex, value: bigint): EventInput {
  return { source: 'Patron', event: 'Transfer', args: { from, to, value } }
}
