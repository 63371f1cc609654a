import { Address, BigInt, dataSource } from '@graphprotocol/graph-ts'
import { Account, Collection, Listing, Market, Token, Transfer } from '../generated/schema'
import {
  BatchMetadataUpdate,
  Collection as CollectionContract,
  ContentURIUpdated,
  MetadataUpdate,
  OwnershipTransferred,
  RoyaltyUpdated,
  TokenMinted,
  Transfer as TransferEvent,
} from '../generated/templates/Collection/Collection'
import { isNobody, seeAccount } from './account'
import { eventKey, tokenKey } from './ids'
import { settle } from './listing'

/** A mint is a transfer from nobody and comes before its TokenMinted. A collection's tokens cannot be burnt. */
export function handleTransfer(event: TransferEvent): void {
  const from = event.params.from
  const to = event.params.to
  const timestamp = event.block.timestamp
  const token = isNobody(from) ? mint(event) : Token.load(tokenKey(event.address, event.params.tokenId))!

  countTransfer(seeAccount(to, timestamp))
  if (!isNobody(from) && from != to) countTransfer(seeAccount(from, timestamp))

  token.owner = to
  settleOpenListing(token)
  token.save()

  const transfer = new Transfer(eventKey(event))
  transfer.token = token.id
  transfer.from = isNobody(from) ? null : from
  transfer.to = to
  transfer.blockNumber = event.block.number
  transfer.timestamp = timestamp
  transfer.transactionHash = event.transaction.hash
  transfer.save()
}

export function handleTokenMinted(event: TokenMinted): void {
  const token = Token.load(tokenKey(event.address, event.params.tokenId))!
  token.uri = event.params.uri
  token.save()
}

/** The event (ERC-4906) only says that something changed: the contract is asked what it says now. */
export function handleMetadataUpdate(event: MetadataUpdate): void {
  refreshUri(event.address, event.params._tokenId)
}

/** A range may reach beyond the last token (by convention up to 2^256 - 1); ids count from 1. */
export function handleBatchMetadataUpdate(event: BatchMetadataUpdate): void {
  const last = BigInt.fromI32(Collection.load(event.address)!.tokenCount)
  const to = event.params._toTokenId.lt(last) ? event.params._toTokenId : last
  for (let id = event.params._fromTokenId; id.le(to); id = id.plus(BigInt.fromI32(1))) {
    refreshUri(event.address, id)
  }
}

export function handleContentURIUpdated(event: ContentURIUpdated): void {
  const collection = Collection.load(event.address)!
  collection.contentURI = event.params.contentURI
  collection.save()
}

export function handleRoyaltyUpdated(event: RoyaltyUpdated): void {
  const collection = Collection.load(event.address)!
  collection.royaltyReceiver = event.params.receiver
  collection.royaltyBps = event.params.bps.toI32()
  collection.save()
}

export function handleOwnershipTransferred(event: OwnershipTransferred): void {
  const owner = event.params.newOwner
  const collection = Collection.load(event.address)!
  collection.owner = isNobody(owner) ? null : seeAccount(owner, event.block.timestamp).id
  collection.save()
}

function mint(event: TransferEvent): Token {
  const collection = Collection.load(event.address)!
  collection.tokenCount += 1
  collection.save()

  const token = new Token(tokenKey(event.address, event.params.tokenId))
  token.tokenId = event.params.tokenId
  token.collection = event.address
  token.creator = dataSource.context().getBytes('creator')
  token.mintedAt = event.block.timestamp
  return token
}

function countTransfer(account: Account): void {
  account.transferCount += 1
  account.save()
}

function settleOpenListing(token: Token): void {
  const id = token.openListing
  if (id === null) return
  const listing = Listing.load(id)!
  const market = Market.load(listing.market)!
  settle(listing, token, market)
  listing.save()
  market.save()
}

function refreshUri(collection: Address, tokenId: BigInt): void {
  const token = Token.load(tokenKey(collection, tokenId))
  if (token == null) return
  const uri = CollectionContract.bind(collection).try_tokenURI(tokenId)
  token.uri = uri.reverted ? null : uri.value
  token.save()
}
