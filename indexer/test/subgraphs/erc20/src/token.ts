import { BigInt, Bytes } from '@graphprotocol/graph-ts'
import { Account, TransferEvent } from '../generated/schema'
import { Transfer } from '../generated/Token/Token'

export function handleTransfer(event: Transfer): void {
  const from = account(event.params.from)
  from.balance = from.balance.minus(event.params.value)
  from.save()
  const to = account(event.params.to)
  to.balance = to.balance.plus(event.params.value)
  to.save()
  const transfer = new TransferEvent(event.transaction.hash.concatI32(event.logIndex.toI32()))
  transfer.amount = event.params.value
  transfer.block = event.block.number.toI32()
  transfer.timestamp = event.block.timestamp.toI32()
  transfer.from = from.id
  transfer.to = to.id
  transfer.save()
}

function account(id: Bytes): Account {
  let found = Account.load(id)
  if (found == null) {
    found = new Account(id)
    found.balance = BigInt.zero()
  }
  return found
}
