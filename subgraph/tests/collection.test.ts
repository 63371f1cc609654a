import { expect, it } from 'vitest'
import {
  ada,
  anAddress,
  bo,
  cleo,
  collection,
  collectionCreated,
  collectionEvent,
  find,
  listed,
  mint,
  NATIVE,
  openGallery,
  openMarketplace,
  tokenKey,
} from './marketplace.ts'

it('makes a token of a mint, first without its uri and then with it', async () => {
  const { run } = await openMarketplace()
  await run.event(collectionCreated())

  const minted = collectionEvent('Transfer', { from: NATIVE, to: bo, tokenId: 1n })
  await run.event({ ...minted, block: { timestamp: 1_800_000_000 } })

  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ uri: null, mintedAt: 1_800_000_000n })
  await run.event(collectionEvent('TokenMinted', { tokenId: 1n, to: bo, uri: 'ipfs://salt/1.json' }))
  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({
    tokenId: 1n,
    owner: bo,
    collection,
    creator: ada,
    uri: 'ipfs://salt/1.json',
    listing: null,
  })
  expect(find(run, 'Collection', collection)).toMatchObject({ tokenCount: 1 })
})

it('keys a token by its full id, also one that needs all 32 bytes', async () => {
  const { run } = await openGallery()
  const huge = 2n ** 256n - 1n

  await mint(run, bo, huge)

  expect(find(run, 'Token', `${collection}${'f'.repeat(64)}`)).toMatchObject({ tokenId: huge })
})

it('keeps every transfer, a mint as one from nobody', async () => {
  const { run } = await openGallery()

  await run.event(collectionEvent('Transfer', { from: bo, to: cleo, tokenId: 1n }))

  const transfers = run.entities('Transfer').map(({ token, from, to }) => ({ token, from, to }))
  expect(transfers).toHaveLength(2)
  expect(transfers).toContainEqual({ token: tokenKey(1n), from: null, to: bo })
  expect(transfers).toContainEqual({ token: tokenKey(1n), from: bo, to: cleo })
  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ owner: cleo })
})

it('has no account for the zero address', async () => {
  const { run } = await openGallery()

  expect(run.entity('Account', NATIVE)).toBeUndefined()
})

it('counts a transfer for both sides, and one to oneself once', async () => {
  const { run } = await openGallery()

  await run.event(collectionEvent('Transfer', { from: bo, to: bo, tokenId: 1n }))
  await run.event(collectionEvent('Transfer', { from: bo, to: cleo, tokenId: 1n }))

  expect(find(run, 'Account', bo)).toMatchObject({ transferCount: 3 })
  expect(find(run, 'Account', cleo)).toMatchObject({ transferCount: 1 })
})

it('takes a token off sale when its seller gives it away, and puts it back when they have it again', async () => {
  const { run, market } = await openGallery()
  await run.event(listed())

  await run.event(collectionEvent('Transfer', { from: bo, to: cleo, tokenId: 1n }))
  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ listing: null, openListing: '1' })
  expect(find(run, 'Listing', '1')).toMatchObject({ active: false, status: 'OPEN' })
  expect(find(run, 'Market', market)).toMatchObject({ activeListingCount: 0 })

  await run.event(collectionEvent('Transfer', { from: cleo, to: bo, tokenId: 1n }))
  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ listing: '1', openListing: '1' })
  expect(find(run, 'Listing', '1')).toMatchObject({ active: true, status: 'OPEN' })
  expect(find(run, 'Market', market)).toMatchObject({ activeListingCount: 1 })
})

it('leaves a listed token on sale when its seller sends it to themselves', async () => {
  const { run, market } = await openGallery()
  await run.event(listed())

  await run.event(collectionEvent('Transfer', { from: bo, to: bo, tokenId: 1n }))

  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ listing: '1' })
  expect(find(run, 'Market', market)).toMatchObject({ activeListingCount: 1 })
})

it('asks the contract for the uri when its metadata changed, and keeps none when the contract refuses', async () => {
  const { run } = await openGallery()
  const tokenURI = { address: collection, contract: 'Collection', function: 'tokenURI', args: [1n] }

  run.mockCall({ ...tokenURI, returns: ['ipfs://elsewhere'] })
  await run.event(collectionEvent('MetadataUpdate', { _tokenId: 1n }))
  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ uri: 'ipfs://elsewhere' })

  run.mockCall({ ...tokenURI, returns: 'revert' })
  await run.event(collectionEvent('MetadataUpdate', { _tokenId: 1n }))
  expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ uri: null })
})

it('asks for the uri of every token in a range, however far beyond the last one it reaches', async () => {
  const { run } = await openGallery()
  await mint(run, bo, 2n)
  await mint(run, bo, 3n)
  for (const id of [1n, 2n, 3n]) {
    const returns = [`ipfs://new/${id}`]
    run.mockCall({ address: collection, contract: 'Collection', function: 'tokenURI', args: [id], returns })
  }

  await run.event(collectionEvent('BatchMetadataUpdate', { _fromTokenId: 2n, _toTokenId: 2n ** 256n - 1n }))

  expect([1n, 2n, 3n].map((id) => find(run, 'Token', tokenKey(id)).uri)).toEqual([
    'ipfs://salt/1.json',
    'ipfs://new/2',
    'ipfs://new/3',
  ])
})

it('ignores changed metadata of a token that does not exist', async () => {
  const { run } = await openGallery()
  run.mockCall({ address: collection, contract: 'Collection', function: 'tokenURI', returns: 'revert' })

  await run.event(collectionEvent('MetadataUpdate', { _tokenId: 99n }))

  expect(run.entities('Token')).toHaveLength(1)
})

it('follows the description, the royalty and the owner of a collection', async () => {
  const { run } = await openGallery()

  await run.event(collectionEvent('ContentURIUpdated', { contentURI: 'ipfs://moved' }))
  await run.event(collectionEvent('RoyaltyUpdated', { receiver: cleo, bps: 250n }))
  await run.event(collectionEvent('OwnershipTransferred', { previousOwner: ada, newOwner: anAddress(5) }))

  const changed = {
    contentURI: 'ipfs://moved',
    royaltyReceiver: cleo,
    royaltyBps: 250,
    owner: anAddress(5),
    creator: ada,
  }
  expect(find(run, 'Collection', collection)).toMatchObject(changed)
})

it('has no owner once ownership was renounced', async () => {
  const { run } = await openGallery()

  await run.event(collectionEvent('OwnershipTransferred', { previousOwner: ada, newOwner: NATIVE }))

  expect(find(run, 'Collection', collection)).toMatchObject({ owner: null, creator: ada })
})
