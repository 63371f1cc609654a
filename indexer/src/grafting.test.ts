import { beforeAll, expect, it } from 'vitest'
import { aChain } from '../test/chain.ts'
import { aBuild, anIndexer, emit } from '../test/indexing.ts'
import { scratchDatabase } from '../test/postgres.ts'
import { buildSubgraph } from '../test/subgraph.ts'

beforeAll(async () => {
  await buildSubgraph('pings')
})

const everything =
  '{ pings(orderBy: block) { block text } pongs(orderBy: id) { ping { block } } counts { pings by } _meta { deployment } }'

function graftedOnto(base: string, block: number): (manifest: string) => string {
  return (manifest) =>
    `${manifest.replace('handler: handlePing', 'handler: handleLoudPing')}
features: [grafting]
graft: { base: ${base}, block: ${block} }
`
}

it('goes on with new handlers from the block it was grafted at', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await emit(chain, 'Ping')
  await emit(chain, 'Pong')
  await emit(chain, 'Ping')
  await chain.mine(5)
  await using old = await aBuild('pings')
  let base = ''
  {
    await using first = await anIndexer(old, { chain, database })
    base = first.indexer.deployment
    await first.caughtUp()
  }
  await using build = await aBuild('pings', graftedOnto(base, 3))
  await using next = await anIndexer(build, { chain, database })
  await next.caughtUp()
  expect(await next.ask(everything)).toEqual({
    pings: [
      { block: 2, text: 'ping' },
      { block: 3, text: 'pong' },
      { block: 4, text: 'PING' },
    ],
    pongs: [{ ping: { block: 3 } }, { ping: { block: 3 } }],
    counts: [{ pings: 2, by: 'handleLoudPing' }],
    _meta: { deployment: next.indexer.deployment },
  })
  expect(await next.ask('{ counts(block: { number: 2 }) { pings by } }')).toEqual({
    counts: [{ pings: 1, by: 'handlePing' }],
  })
  await emit(chain, 'Ping')
  await next.caughtUp()
  expect(await next.ask('{ counts { pings by } }')).toEqual({ counts: [{ pings: 3, by: 'handleLoudPing' }] })
})

it('will not start on a base that has not come far enough', async () => {
  await using chain = await aChain()
  await using database = await scratchDatabase()
  await chain.mine(6)
  await using old = await aBuild('pings')
  let base = ''
  {
    await using first = await anIndexer(old, { chain, database })
    base = first.indexer.deployment
    await first.caughtUp()
  }
  await using build = await aBuild('pings', graftedOnto(base, 3))
  await expect(anIndexer(build, { chain, database })).rejects.toThrow(
    `failed to graft onto \`${base}\` at block 3 since it's only at block 7 which is within the reorg threshold of 5 blocks`,
  )
})
