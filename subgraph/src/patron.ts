import { Address, BigInt, store } from '@graphprotocol/graph-ts'
import { OwnershipTransferred, Patron as PatronContract, Transfer } from '../generated/Patron/Patron'
import { Balance, Patron } from '../generated/schema'
import { isNobody, seeAccount } from './account'

/** A transfer from nobody is a mint, one to nobody a burn; one to oneself, or of nothing, moves nothing. */
export function handleTransfer(event: Transfer): void {
  const from = event.params.from
  const to = event.params.to
  const amount = event.params.value
  if (from == to || amount.isZero()) return

  const patron = loadPatron(event.address)
  if (isNobody(from)) patron.totalSupply = patron.totalSupply.plus(amount)
  else debit(patron, from, amount, event.block.timestamp)
  if (isNobody(to)) patron.totalSupply = patron.totalSupply.minus(amount)
  else credit(patron, to, amount, event.block.timestamp)
  patron.save()
}

export function handleOwnershipTransferred(event: OwnershipTransferred): void {
  const owner = event.params.newOwner
  const patron = loadPatron(event.address)
  patron.owner = isNobody(owner) ? null : seeAccount(owner, event.block.timestamp).id
  patron.save()
}

function credit(patron: Patron, address: Address, amount: BigInt, timestamp: BigInt): void {
  let balance = Balance.load(address)
  if (balance == null) {
    balance = new Balance(address)
    balance.account = seeAccount(address, timestamp).id
    balance.amount = BigInt.zero()
    patron.holderCount += 1
  }
  balance.amount = balance.amount.plus(amount)
  balance.updatedAt = timestamp
  balance.save()
}

function debit(patron: Patron, address: Address, amount: BigInt, timestamp: BigInt): void {
  // Every coin was seen being minted, so there is a balance; if not, stopping here is better than a wrong sum.
  const balance = Balance.load(address)!
  if (balance.amount == amount) {
    store.remove('Balance', address.toHexString())
    patron.holderCount -= 1
    return
  }
  balance.amount = balance.amount.minus(amount)
  balance.updatedAt = timestamp
  balance.save()
}

function loadPatron(address: Address): Patron {
  let patron = Patron.load(address)
  if (patron == null) {
    const contract = PatronContract.bind(address)
    const name = contract.try_name()
    const symbol = contract.try_symbol()
    const decimals = contract.try_decimals()
    patron = new Patron(address)
    patron.name = name.reverted ? 'Patron' : name.value
    patron.symbol = symbol.reverted ? 'PTRN' : symbol.value
    patron.decimals = decimals.reverted ? 18 : decimals.value
    patron.totalSupply = BigInt.zero()
    patron.holderCount = 0
  }
  return patron
}
