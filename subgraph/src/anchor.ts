import { Address, Bytes, ethereum } from '@graphprotocol/graph-ts'
import { Anchored, Committed } from '../generated/Anchor/Anchor'
import { Anchoring } from '../generated/schema'
import { seeAccount } from './account'
import { eventKey } from './ids'

/** One record; someone else may have sent it for its owner, with the owner's signature. */
export function handleAnchored(event: Anchored): void {
  const anchoring = begin(event, event.params.owner, event.params.submitter, event.params.hash)
  anchoring.count = 1
  anchoring.isRoot = false
  anchoring.save()
}

/** The Merkle root of a batch: it belongs to whoever sent it. */
export function handleCommitted(event: Committed): void {
  const anchoring = begin(event, event.params.submitter, event.params.submitter, event.params.root)
  anchoring.count = event.params.count.toI32()
  anchoring.isRoot = true
  anchoring.save()
}

function begin(event: ethereum.Event, owner: Address, submitter: Address, hash: Bytes): Anchoring {
  const anchoring = new Anchoring(eventKey(event))
  anchoring.owner = seeAccount(owner, event.block.timestamp).id
  anchoring.submitter = seeAccount(submitter, event.block.timestamp).id
  anchoring.hash = hash
  anchoring.blockNumber = event.block.number
  anchoring.timestamp = event.block.timestamp
  anchoring.transactionHash = event.transaction.hash
  return anchoring
}
