import { expect, it } from 'vitest'
import { ada, bo, openMarketplace } from './marketplace.ts'

const hash = `0x${'ab'.repeat(32)}`
const transactionHash = `0x${'12'.repeat(32)}` as const

it('keeps a record with its owner and who sent it', async () => {
  const { run } = await openMarketplace()

  await run.event({
    source: 'Anchor',
    event: 'Anchored',
    args: { owner: ada, hash, submitter: bo },
    block: { number: 9, timestamp: 1_800_000_000 },
    transaction: { hash: transactionHash },
    logIndex: 0,
  })

  expect(run.entities('Anchoring')).toEqual([
    {
      id: `${transactionHash}00000000`,
      owner: ada,
      submitter: bo,
      hash,
      count: 1,
      isRoot: false,
      blockNumber: 9n,
      timestamp: 1_800_000_000n,
      transactionHash,
    },
  ])
  expect(run.entities('Account').map(({ id }) => id)).toEqual(expect.arrayContaining([ada, bo]))
})

it('keeps the root of a batch as its sender’s own, with how many it stands for', async () => {
  const { run } = await openMarketplace()

  await run.event({ source: 'Anchor', event: 'Committed', args: { submitter: bo, root: hash, count: 12 } })

  expect(run.entities('Anchoring')).toMatchObject([{ owner: bo, submitter: bo, hash, count: 12, isRoot: true }])
})

it('keeps a hash that is anchored twice, twice', async () => {
  const { run } = await openMarketplace()
  const anchored = { source: 'Anchor', event: 'Anchored', args: { owner: ada, hash, submitter: ada } }

  await run.event(anchored)
  await run.event(anchored)

  expect(run.entities('Anchoring')).toHaveLength(2)
})
