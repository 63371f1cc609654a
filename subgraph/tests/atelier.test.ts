import { expect, it } from 'vitest'
import { ada, bo, collection, collectionCreated, find, openMarketplace } from './marketplace.ts'

it('records a new collection with its creator and terms', async () => {
  const { run } = await openMarketplace()

  await run.event({ ...collectionCreated(), block: { number: 7, timestamp: 1_800_000_000 } })

  expect(find(run, 'Collection', collection)).toEqual({
    id: collection,
    name: 'Salt Hours',
    symbol: 'SALT',
    creator: ada,
    owner: ada,
    contentURI: 'ipfs://salt',
    royaltyBps: 500,
    royaltyReceiver: ada,
    tokenCount: 0,
    createdAt: 1_800_000_000n,
    createdAtBlock: 7n,
  })
  expect(find(run, 'Account', ada)).toEqual({ id: ada, transferCount: 0, firstSeenAt: 1_800_000_000n })
})

it('asks the contract who gets its royalties', async () => {
  const { run } = await openMarketplace()
  run.mockCall({ address: collection, contract: 'Collection', function: 'royaltyInfo', returns: [bo, 500n] })

  await run.event(collectionCreated())

  expect(find(run, 'Collection', collection)).toMatchObject({ royaltyReceiver: bo })
})

it('takes the creator for the receiver when the contract does not answer', async () => {
  const { run } = await openMarketplace()
  run.mockCall({ address: collection, contract: 'Collection', function: 'royaltyInfo', returns: 'revert' })

  await run.event(collectionCreated())

  expect(find(run, 'Collection', collection)).toMatchObject({ royaltyReceiver: ada })
})

it('watches the new contract from its first block on, and tells its handlers who made it', async () => {
  const { run } = await openMarketplace()

  await run.event({ ...collectionCreated(), block: { number: 7 } })

  expect(run.dataSources().filter(({ isFromTemplate }) => isFromTemplate)).toMatchObject([
    { name: 'Collection', address: collection, startBlock: 7, context: { creator: { type: 'Bytes', data: ada } } },
  ])
})
