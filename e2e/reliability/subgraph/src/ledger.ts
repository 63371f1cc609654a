import { Address, BigInt, Bytes } from '@graphprotocol/graph-ts'
import { Ledger, MetadataUpdated, Transfer as TransferEvent } from '../generated/Ledger/Ledger'
import { Account, MetadataUpdate, Token, Transfer } from '../generated/schema'

export function handleTransfer(event: TransferEvent): void {
  const id = event.transaction.hash.concat(Bytes.fromByteArray(Bytes.fromBigInt(event.logIndex)))
  const transfer = new Transfer(id)
  transfer.from = moved(event.params.from, event.params.value.neg())
  transfer.to = moved(event.params.to, event.params.value)
  transfer.value = event.params.value
  transfer.block = event.block.number
  transfer.logIndex = event.logIndex
  transfer.save()
}

function moved(id: Address, value: BigInt): Bytes {
  let account = Account.load(id)
  if (account == null) {
    account = new Account(id)
    account.balance = BigInt.zero()
    account.transfers = 0
  }
  account.balance = account.balance.plus(value)
  account.transfers += 1
  account.save()
  return account.id
}

/** Has not thought of a URI that is empty: it divides by its length. */
export function handleMetadataUpdated(event: MetadataUpdated): void {
  const perCharacter = 1000 / event.params.uri.length
  if (perCharacter >= 0) handleAnyMetadataUpdated(event)
}

export function handleAnyMetadataUpdated(event: MetadataUpdated): void {
  let token = Token.load(event.params.token)
  if (token == null) {
    token = new Token(event.params.token)
    token.updates = 0
  }
  const contract = Ledger.bind(event.params.token)
  const symbol = contract.try_symbol()
  token.symbol = symbol.reverted ? null : symbol.value
  const name = contract.try_name()
  token.name = name.reverted ? null : name.value
  token.updates += 1
  token.save()
  const update = new MetadataUpdate(
    event.transaction.hash.concat(Bytes.fromByteArray(Bytes.fromBigInt(event.logIndex))),
  )
  update.token = token.id
  update.uri = event.params.uri
  update.block = event.block.number
  update.save()
}
