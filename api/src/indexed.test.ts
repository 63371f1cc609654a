/** The gateway on a real index: the room that answers in the indexer is its upstream, in process. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { aBlockLink } from '../../indexer/test/deployment.ts'
import { type ScratchIndex, scratchIndex } from '../../indexer/test/queryable.ts'
import { address, collectionAddress, marketplace, tokenId } from '../test/marketplace.ts'
import type { Upstream } from './chain/upstream.ts'

const schemaText = readFileSync(new URL('../../subgraph/schema.graphql', import.meta.url), 'utf8')

const accounts = [0, 1, 2].map((index) => ({ id: address(index), transferCount: index, firstSeenAt: '1' }))
const collection = {
  id: collectionAddress(0),
  name: 'Collection',
  symbol: 'C',
  creator: address(0),
  contentURI: '',
  royaltyBps: 0,
  royaltyReceiver: address(0),
  tokenCount: 2,
  createdAt: '1',
  createdAtBlock: '1',
}
const token = (index: number, owner: number) => ({
  id: tokenId(index),
  tokenId: String(index),
  owner: address(owner),
  collection: collection.id,
  creator: address(0),
  mintedAt: String(index),
})
const first = { number: 1, write: { Account: accounts, Collection: [collection], Token: [token(0, 1), token(2, 1)] } }

/** Mara has the accounts 0 and 2, Ilse has 1; what `between` does happens after the first document was answered. */
function indexed(index: ScratchIndex, between: () => Promise<void> = async () => {}): Upstream {
  let waves = 0
  return async ({ document, variables }) => {
    const { data, errors } = await index.ask(document, variables)
    waves += 1
    if (waves === 1) {
      await between()
    }
    return { data: Object(data), ...(errors && { errors }) }
  }
}

const crossing = `query ($orderDirection: OrderDirection, $owner: String!) {
  tokens(orderBy: mintedAt, orderDirection: $orderDirection, where: { owner: $owner }) {
    tokenId
    metadata { name }
    owner { profile { handle accounts { id tokens { tokenId } } } }
  }
}`
const variables = { orderDirection: 'desc', owner: address(1) }

const asOfBlockOne = {
  tokens: ['2', '0'].map((id) => ({
    tokenId: id,
    metadata: { name: `Token ${id}` },
    owner: {
      profile: { handle: 'ilse', accounts: [{ id: address(1), tokens: [{ tokenId: '0' }, { tokenId: '2' }] }] },
    },
  })),
}

it('answers at the block the operation began at, though the index moves on meanwhile', async () => {
  await using index = await scratchIndex(schemaText, first)
  const upstream = indexed(index, () => index.write({ number: 2, write: { Token: [token(0, 2), token(2, 2)] } }))
  await using market = await marketplace({ upstream })

  const { data, errors, extensions } = await market.ask(crossing, variables)

  expect(errors).toBeUndefined()
  expect(data).toEqual(asOfBlockOne)
  const { number, hash, timestamp } = aBlockLink(1)
  expect(extensions).toEqual({ chain: { block: { number, hash, timestamp } } })
})

it('begins anew when the block it began at is reorganised away', async () => {
  await using index = await scratchIndex(schemaText, first, { number: 2, write: { Token: [token(0, 2)] } })
  const upstream = indexed(index, async () => {
    await index.store.revertTo(aBlockLink(1))
  })
  await using market = await marketplace({ upstream })

  const { data, errors, extensions } = await market.ask(crossing, variables)

  expect(errors).toBeUndefined()
  expect(data).toEqual(asOfBlockOne)
  expect(extensions).toMatchObject({ chain: { block: { number: 1 } } })
})

it('passes on what the client did wrong, at the field it was, and answers the rest', async () => {
  await using index = await scratchIndex(schemaText, first)
  await using market = await marketplace({ upstream: indexed(index) })

  const { data, errors } = await market.ask(`{
    tooMany: tokens(first: 1001) { id }
    future: tokens(block: { number: 99 }) { id }
    tokens(first: 1) { tokenId metadata { name } }
  }`)

  expect(data).toEqual({ tooMany: null, future: null, tokens: [{ tokenId: '0', metadata: { name: 'Token 0' } }] })
  expect(errors?.map(({ path, extensions: { code } }) => [path?.join('.'), code]).sort()).toEqual([
    ['future', 'BLOCK_UNAVAILABLE'],
    ['tooMany', 'BAD_USER_INPUT'],
  ])
})

it('answers at a block that the client names', async () => {
  await using index = await scratchIndex(schemaText, first, { number: 2, write: { Token: [token(0, 2)] } })
  await using market = await marketplace({ upstream: indexed(index) })

  const past = await market.ask(
    `{ tokens(block: { hash: "${aBlockLink(1).hash}" }) { owner { id profile { accounts { tokens { tokenId } } } } } }`,
  )

  expect(past).toMatchObject({
    data: {
      tokens: [0, 2].map(() => ({
        owner: { id: address(1), profile: { accounts: [{ tokens: [{ tokenId: '0' }, { tokenId: '2' }] }] } },
      })),
    },
    extensions: { chain: { block: { number: 1 } } },
  })
})
