import { Address, BigDecimal, BigInt } from '@graphprotocol/graph-ts'
import {
  FeeUpdated,
  Listed,
  ListingCancelled,
  Market as MarketContract,
  OfferAccepted,
  OfferMade,
  OfferWithdrawn,
  OwnershipTransferred,
  PriceUpdated,
  ProceedsWithdrawn,
  Sold,
} from '../generated/Market/Market'
import { Listing, Market, Offer, Sale, SalePoint, Token } from '../generated/schema'
import { isNobody, seeAccount } from './account'
import { currencyOf } from './currency'
import { eventKey, tokenKey } from './ids'
import { closeListing, settle } from './listing'
import { owe, pay } from './proceeds'

// The contract trades any ERC-721 token. We keep those of the Atelier's collections: a token we do not know is another's,
// and so are its listings, offers and sales. What the market owes people is kept whatever it was for.

const WEI_PER_COIN = BigInt.fromI32(10).pow(18)

/** A listing this one replaces was cancelled by an event of its own, just before. */
export function handleListed(event: Listed): void {
  const token = Token.load(tokenKey(event.params.collection, event.params.tokenId))
  if (token == null) return
  const market = loadMarket(event.address)
  market.listingCount += 1

  const listing = new Listing(event.params.listingId.toString())
  listing.market = market.id
  listing.token = token.id
  listing.seller = seeAccount(event.params.seller, event.block.timestamp).id
  listing.price = event.params.price
  listing.currency = currencyOf(event.params.currency)
  listing.status = 'OPEN'
  listing.active = false
  listing.createdAt = event.block.timestamp
  listing.updatedAt = event.block.timestamp
  settle(listing, token, market)
  listing.save()
  token.save()
  market.save()
}

export function handlePriceUpdated(event: PriceUpdated): void {
  const listing = Listing.load(event.params.listingId.toString())
  if (listing == null) return
  listing.price = event.params.price
  listing.updatedAt = event.block.timestamp
  listing.save()
}

export function handleListingCancelled(event: ListingCancelled): void {
  const listing = Listing.load(event.params.listingId.toString())
  if (listing == null) return
  const token = Token.load(listing.token)!
  const market = loadMarket(event.address)
  closeListing(token, market, 'CANCELLED', event.block.timestamp)
  token.save()
  market.save()
}

export function handleOfferMade(event: OfferMade): void {
  const token = Token.load(tokenKey(event.params.collection, event.params.tokenId))
  if (token == null) return
  const market = loadMarket(event.address)
  market.offerCount += 1
  market.save()

  const offer = new Offer(event.params.offerId.toString())
  offer.token = token.id
  offer.maker = seeAccount(event.params.maker, event.block.timestamp).id
  offer.price = event.params.price
  offer.expiresAt = event.params.expiresAt
  offer.status = 'OPEN'
  offer.createdAt = event.block.timestamp
  offer.updatedAt = event.block.timestamp
  offer.save()
}

export function handleOfferWithdrawn(event: OfferWithdrawn): void {
  const offer = Offer.load(event.params.offerId.toString())
  if (offer == null) return
  offer.status = 'WITHDRAWN'
  offer.updatedAt = event.block.timestamp
  offer.save()
}

/** Its Sold follows in the same transaction and links the sale. */
export function handleOfferAccepted(event: OfferAccepted): void {
  const offer = Offer.load(event.params.offerId.toString())
  if (offer == null) return
  offer.status = 'TAKEN'
  offer.updatedAt = event.block.timestamp
  offer.save()
}

/** By a listing or by an offer; either way the token's open listing is over. */
export function handleSold(event: Sold): void {
  const market = loadMarket(event.address)
  oweShares(event, market)
  const token = Token.load(tokenKey(event.params.collection, event.params.tokenId))
  if (token != null) {
    const byListing = !event.params.listingId.isZero()
    closeListing(token, market, byListing ? 'SOLD' : 'CANCELLED', event.block.timestamp)
    token.lastSalePrice = event.params.price
    token.lastSaleCurrency = currencyOf(event.params.currency)
    token.save()
    linkSale(event, saveSale(event, token))
    addToTotals(event, market)
  }
  market.save()
}

export function handleProceedsWithdrawn(event: ProceedsWithdrawn): void {
  pay(event.params.account, event.params.currency, event.params.amount, event.block.timestamp)
}

export function handleFeeUpdated(event: FeeUpdated): void {
  const market = loadMarket(event.address)
  market.feeBps = event.params.feeBps
  market.feeRecipient = event.params.feeRecipient
  market.save()
}

export function handleOwnershipTransferred(event: OwnershipTransferred): void {
  const owner = event.params.newOwner
  const market = loadMarket(event.address)
  market.owner = isNobody(owner) ? null : seeAccount(owner, event.block.timestamp).id
  market.save()
}

/** The price splits into the fee, the royalty and the rest, each kept for its owner to withdraw. */
function oweShares(event: Sold, market: Market): void {
  const sale = event.params
  const rest = sale.price.minus(sale.fee).minus(sale.royalty)
  owe(sale.seller, sale.currency, rest, event.block.timestamp)
  owe(sale.royaltyReceiver, sale.currency, sale.royalty, event.block.timestamp)
  owe(Address.fromBytes(market.feeRecipient), sale.currency, sale.fee, event.block.timestamp)
}

function saveSale(event: Sold, token: Token): Sale {
  const byListing = !event.params.listingId.isZero()
  const sale = new Sale(eventKey(event))
  sale.token = token.id
  sale.seller = seeAccount(event.params.seller, event.block.timestamp).id
  sale.buyer = seeAccount(event.params.buyer, event.block.timestamp).id
  sale.listing = byListing ? event.params.listingId.toString() : null
  sale.offer = byListing ? null : event.params.offerId.toString()
  sale.currency = currencyOf(event.params.currency)
  sale.price = event.params.price
  sale.fee = event.params.fee
  sale.royalty = event.params.royalty
  sale.royaltyReceiver = event.params.royaltyReceiver
  sale.blockNumber = event.block.number
  sale.timestamp = event.block.timestamp
  sale.transactionHash = event.transaction.hash
  sale.save()

  // Of a timeseries the store sets id and timestamp itself.
  const point = new SalePoint(0)
  point.currency = sale.currency
  point.collection = token.collection
  point.price = sale.price
  point.fee = sale.fee
  point.save()
  return sale
}

function linkSale(event: Sold, sale: Sale): void {
  const listing = Listing.load(event.params.listingId.toString())
  if (listing != null) {
    listing.sale = sale.id
    listing.save()
  }
  const offer = Offer.load(event.params.offerId.toString())
  if (offer != null) {
    offer.sale = sale.id
    offer.save()
  }
}

function addToTotals(event: Sold, market: Market): void {
  market.saleCount += 1
  if (currencyOf(event.params.currency) == 'PATRON') {
    market.patronVolume = market.patronVolume.plus(event.params.price)
    return
  }
  market.nativeSaleCount += 1
  market.nativeVolume = market.nativeVolume.plus(event.params.price)
  const total = market.nativeVolume.divDecimal(WEI_PER_COIN.toBigDecimal())
  market.averageNativePrice = total.div(BigInt.fromI32(market.nativeSaleCount).toBigDecimal())
}

/** The market's row; its fee is asked of the contract the first time, should the event that told it be out of sight. */
function loadMarket(address: Address): Market {
  let market = Market.load(address)
  if (market == null) {
    const contract = MarketContract.bind(address)
    const feeBps = contract.try_feeBps()
    const feeRecipient = contract.try_feeRecipient()
    market = new Market(address)
    market.feeBps = feeBps.reverted ? 0 : feeBps.value
    market.feeRecipient = feeRecipient.reverted ? Address.zero() : feeRecipient.value
    market.listingCount = 0
    market.activeListingCount = 0
    market.offerCount = 0
    market.saleCount = 0
    market.nativeSaleCount = 0
    market.nativeVolume = BigInt.zero()
    market.patronVolume = BigInt.zero()
    market.averageNativePrice = BigDecimal.zero()
  }
  return market
}
