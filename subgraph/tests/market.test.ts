import { describe, expect, it } from 'vitest'
import {
  ada,
  anAddress,
  bo,
  cleo,
  collection,
  collectionEvent,
  feeTaker,
  find,
  listed,
  marketEvent,
  mint,
  NATIVE,
  offerMade,
  openGallery,
  openMarketplace,
  sold,
  tokenKey,
} from './marketplace.ts'

const COIN = 10n ** 18n

describe('a listing', () => {
  it('puts the token up for sale', async () => {
    const { run, market, patron } = await openGallery()

    await run.event({ ...listed({ currency: patron, price: 3n * COIN }), block: { timestamp: 1_800_000_000 } })

    expect(find(run, 'Listing', '1')).toEqual({
      id: '1',
      market,
      token: tokenKey(1n),
      seller: bo,
      price: 3n * COIN,
      currency: 'PATRON',
      status: 'OPEN',
      active: true,
      createdAt: 1_800_000_000n,
      updatedAt: 1_800_000_000n,
      sale: null,
    })
    expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ listing: '1', openListing: '1' })
    expect(find(run, 'Market', market)).toMatchObject({ listingCount: 1, activeListingCount: 1 })
  })

  it('follows its price', async () => {
    const { run } = await openGallery()
    await run.event(listed())

    await run.event(marketEvent('PriceUpdated', { listingId: 1n, price: 7n }))

    expect(find(run, 'Listing', '1')).toMatchObject({ price: 7n, active: true })
  })

  it('ends when it is cancelled', async () => {
    const { run, market } = await openGallery()
    await run.event(listed())

    await run.event(marketEvent('ListingCancelled', { listingId: 1n }))

    expect(find(run, 'Listing', '1')).toMatchObject({ active: false, status: 'CANCELLED' })
    expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ listing: null, openListing: null })
    expect(find(run, 'Market', market)).toMatchObject({ listingCount: 1, activeListingCount: 0 })
  })

  it('gives way to a newer one of the same token', async () => {
    const { run, market } = await openGallery()
    await run.event(listed())

    await run.event(marketEvent('ListingCancelled', { listingId: 1n }))
    await run.event(listed({ listingId: 2n, price: 2n * COIN }))

    expect(find(run, 'Token', tokenKey(1n))).toMatchObject({ listing: '2' })
    expect(find(run, 'Market', market)).toMatchObject({ listingCount: 2, activeListingCount: 1 })
  })

  it('that a former owner left behind can be cancelled and replaced by the new one', async () => {
    const { run, market } = await openGallery()
    await run.event(listed())
    await run.event(collectionEvent('Transfer', { from: bo, to: cleo, tokenId: 1n }))

    await run.event(marketEvent('ListingCancelled', { listingId: 1n }))
    await run.event(listed({ listingId: 2n, seller: cleo }))
    await run.event(collectionEvent('Transfer', { from: cleo, to: bo, tokenId: 1n }))

    expect(find(run, 'Listing', '1')).toMatchObject({ active: false, status: 'CANCELLED' })
    expect(find(run, 'Listing', '2')).toMatchObject({ active: false, status: 'OPEN' })
    expect(find(run, 'Market', market)).toMatchObject({ activeListingCount: 0 })
  })

  it('of a token that is not from the Atelier is left out, and so is all that follows from it', async () => {
    const { run } = await openGallery()
    const foreign = { listingId: 5n, collection: anAddress(0xf0) }

    await run.event(listed(foreign))
    await run.event(marketEvent('PriceUpdated', { listingId: 5n, price: 1n }))
    await run.event(marketEvent('ListingCancelled', { listingId: 5n }))

    expect(run.entities('Listing')).toEqual([])
    expect(run.entities('Token')).toHaveLength(1)
  })
})

describe('a sale', () => {
  it('of a listed token ends the listing as sold and is kept', async () => {
    const { run, market } = await openGallery()
    await run.event(listed())

    await run.event({ ...sold(), block: { number: 30, timestamp: 1_800_000_000 } })
    await run.event(collectionEvent('Transfer', { from: bo, to: cleo, tokenId: 1n }))

    const [sale] = run.entities('Sale')
    expect(sale).toMatchObject({
      token: tokenKey(1n),
      seller: bo,
      buyer: cleo,
      listing: '1',
      offer: null,
      currency: 'NATIVE',
      price: COIN,
      fee: COIN / 50n,
      royalty: COIN / 20n,
      royaltyReceiver: ada,
      blockNumber: 30n,
      timestamp: 1_800_000_000n,
    })
    expect(find(run, 'Listing', '1')).toMatchObject({ active: false, status: 'SOLD', sale: sale?.id })
    const token = { owner: cleo, listing: null, openListing: null, lastSalePrice: COIN, lastSaleCurrency: 'NATIVE' }
    expect(find(run, 'Token', tokenKey(1n))).toMatchObject(token)
    expect(find(run, 'Market', market)).toMatchObject({ activeListingCount: 0, saleCount: 1, nativeVolume: COIN })
  })

  it('by an offer links the offer, and ends an open listing without a sale of its own', async () => {
    const { run, market, patron } = await openGallery()
    await run.event(listed())
    await run.event(offerMade())

    await run.event(marketEvent('OfferAccepted', { offerId: 1n, seller: bo }))
    await run.event(sold({ listingId: 0n, offerId: 1n, currency: patron, price: 5n * COIN }))

    const [sale] = run.entities('Sale')
    expect(sale).toMatchObject({ listing: null, offer: '1', currency: 'PATRON' })
    expect(find(run, 'Offer', '1')).toMatchObject({ status: 'TAKEN', sale: sale?.id })
    expect(find(run, 'Listing', '1')).toMatchObject({ active: false, status: 'CANCELLED', sale: null })
    expect(find(run, 'Market', market)).toMatchObject({
      activeListingCount: 0,
      patronVolume: 5n * COIN,
      nativeVolume: 0n,
    })
  })

  it('feeds the timeseries', async () => {
    const { run } = await openGallery()
    await run.event(listed())

    await run.event(sold())

    expect(run.entities('SalePoint')).toMatchObject([{ currency: 'NATIVE', collection, price: COIN, fee: COIN / 50n }])
  })

  it('moves the mean of the native prices, and one in Patron does not', async () => {
    const { run, market, patron } = await openGallery()
    await mint(run, bo, 2n)
    await mint(run, bo, 3n)

    await run.event(sold({ tokenId: 1n, listingId: 1n, price: COIN }))
    await run.event(sold({ tokenId: 2n, listingId: 2n, price: 2n * COIN }))
    await run.event(sold({ tokenId: 3n, listingId: 3n, price: 9n * COIN, currency: patron }))

    expect(find(run, 'Market', market)).toMatchObject({ averageNativePrice: '1.5', nativeSaleCount: 2, saleCount: 3 })
  })

  it('of a token that is not from the Atelier is left out, but not what it owes to people', async () => {
    const { run, market } = await openGallery()

    await run.event(sold({ collection: anAddress(0xf0) }))

    expect(run.entities('Sale')).toEqual([])
    expect(find(run, 'Market', market)).toMatchObject({ saleCount: 0 })
    expect(find(run, 'Proceeds', bo + NATIVE.slice(2))).toMatchObject({ owed: (COIN * 93n) / 100n })
  })
})

describe('proceeds', () => {
  it('divide the price between the seller, the creator and the market', async () => {
    const { run } = await openGallery()

    await run.event(sold())

    const owed = run.entities('Proceeds').map(({ account, currency, owed }) => [account, currency, owed])
    expect(owed).toHaveLength(3)
    expect(owed).toContainEqual([bo, 'NATIVE', (COIN * 93n) / 100n])
    expect(owed).toContainEqual([ada, 'NATIVE', COIN / 20n])
    expect(owed).toContainEqual([feeTaker, 'NATIVE', COIN / 50n])
  })

  it('add up for one who has several parts in a sale', async () => {
    const { run } = await openGallery()

    await run.event(sold({ royaltyReceiver: bo }))

    expect(find(run, 'Proceeds', bo + NATIVE.slice(2))).toMatchObject({ owed: (COIN * 98n) / 100n })
  })

  it('are not owed to nobody when there is no royalty', async () => {
    const { run } = await openGallery()

    await run.event(sold({ royaltyReceiver: NATIVE, royalty: 0n }))

    expect(run.entities('Proceeds').map(({ account }) => account)).not.toContain(NATIVE)
    expect(run.entity('Account', NATIVE)).toBeUndefined()
  })

  it('are kept apart by currency and remembered as withdrawn', async () => {
    const { run, patron } = await openGallery()
    await run.event(sold())
    await run.event(sold({ currency: patron, price: 100n, fee: 0n, royalty: 0n }))

    await run.event(marketEvent('ProceedsWithdrawn', { account: bo, currency: patron, amount: 100n }))

    const inPatron = { currency: 'PATRON', owed: 0n, withdrawn: 100n }
    expect(find(run, 'Proceeds', bo + patron.slice(2))).toMatchObject(inPatron)
    expect(find(run, 'Proceeds', bo + NATIVE.slice(2))).toMatchObject({ withdrawn: 0n })
  })

  it('go to who takes the fee at the time of the sale', async () => {
    const { run, market } = await openGallery()
    await run.event(marketEvent('FeeUpdated', { feeBps: 500, feeRecipient: cleo }))

    await run.event(sold())

    expect(find(run, 'Market', market)).toMatchObject({ feeBps: 500, feeRecipient: cleo })
    expect(find(run, 'Proceeds', cleo + NATIVE.slice(2))).toMatchObject({ owed: COIN / 50n })
  })
})

describe('an offer', () => {
  it('is open until it is taken back', async () => {
    const { run, market } = await openGallery()

    await run.event(offerMade())
    expect(find(run, 'Offer', '1')).toMatchObject({
      token: tokenKey(1n),
      maker: cleo,
      price: 5n * COIN,
      expiresAt: 1_900_000_000n,
      status: 'OPEN',
    })
    await run.event(marketEvent('OfferWithdrawn', { offerId: 1n }))

    expect(find(run, 'Offer', '1')).toMatchObject({ status: 'WITHDRAWN', sale: null })
    expect(find(run, 'Market', market)).toMatchObject({ offerCount: 1 })
  })

  it('for a token that is not from the Atelier is left out', async () => {
    const { run } = await openGallery()

    await run.event(offerMade({ collection: anAddress(0xf0) }))
    await run.event(marketEvent('OfferWithdrawn', { offerId: 1n }))

    expect(run.entities('Offer')).toEqual([])
  })
})

it('asks the contract for the fee when it has not seen it being set', async () => {
  const { run, market } = await openGallery()

  await run.event(listed())

  expect(find(run, 'Market', market)).toMatchObject({ feeBps: 200, feeRecipient: feeTaker })
})

it('follows who may set the fee', async () => {
  const { run, market } = await openMarketplace()

  await run.event(marketEvent('OwnershipTransferred', { previousOwner: NATIVE, newOwner: ada }))
  expect(find(run, 'Market', market)).toMatchObject({ owner: ada })
  await run.event(marketEvent('OwnershipTransferred', { previousOwner: ada, newOwner: NATIVE }))
  expect(find(run, 'Market', market)).toMatchObject({ owner: null })
})
