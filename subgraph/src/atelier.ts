import { BigInt, DataSourceContext } from '@graphprotocol/graph-ts'
import { CollectionCreated } from '../generated/Atelier/Atelier'
import { Collection as CollectionContract } from '../generated/Atelier/Collection'
import { Collection } from '../generated/schema'
import { Collection as CollectionTemplate } from '../generated/templates'
import { seeAccount } from './account'

/** From here on the new contract is watched, from this block's first event: its constructor's come after this one. */
export function handleCollectionCreated(event: CollectionCreated): void {
  const address = event.params.collection
  const creator = seeAccount(event.params.creator, event.block.timestamp)
  // The event tells the share but not who gets it; a contract that does not answer pays its creator.
  const royalty = CollectionContract.bind(address).try_royaltyInfo(BigInt.fromI32(1), BigInt.fromI32(10_000))

  const collection = new Collection(address)
  collection.name = event.params.name
  collection.symbol = event.params.symbol
  collection.creator = creator.id
  collection.owner = creator.id
  collection.contentURI = event.params.contentURI
  collection.royaltyBps = event.params.royaltyBps.toI32()
  collection.royaltyReceiver = royalty.reverted ? event.params.creator : royalty.value.value0
  collection.tokenCount = 0
  collection.createdAt = event.block.timestamp
  collection.createdAtBlock = event.block.number
  collection.save()

  const context = new DataSourceContext()
  context.setBytes('creator', creator.id)
  CollectionTemplate.createWithContext(address, context)
}
