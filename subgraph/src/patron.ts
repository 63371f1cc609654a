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

  const isMint = isNobody(from)
  const isBurn = isNobody(to)
  let newHolders = 0
  if (!isMint) newHolders += debit(from, amount, event.block.timestamp)
  if (!isBurn) newHolders += credit(to, amount, event.block.timestamp)
  if (newHolders == 0 && !isMint && !isBurn) return

  const patron = loadPatron(event.address)
  patron.holderCount += newHolders
  if (isMint) patron.totalSupply = patron.totalSupply.plus(amount)
  if (isBurn) patron.totalSupply = patron.totalSupply.minus(amount)
  patron.save()
}

export function handleOwnershipTransferred(event: OwnershipTransferred): void {
  const owner = event.params.newOwner
  const patron = loadPatron(event.address)
  patron.owner = isNobody(owner) ? null : seeAccount(owner, event.block.timestamp).id
  patron.save()
}

/** Returns how many holders there are more. */
function credit(address: Address, amount: BigInt, timestamp: BigInt): i32 {
  const held = Balance.load(address)
  const balance = held == null ? new Balance(address) : held
  if (held == null) balance.account = seeAccount(address, timestamp).id
  balance.amount = held == null ? amount : held.amount.plus(amount)
  balance.updatedAt = timestamp
  balance.save()
  return held == null ? 1 : 0
}

/** Returns how many holders there are more: one less when nothing is left. */
function debit(address: Address, amount: BigInt, timestamp: BigInt): i32 {
  // Every coin was seen being minted, so there is a balance; if not, stopping here is better than a wrong sum.
  const balance = Balance.load(address)!
  if (balance.amount == amount) {
    store.remove('Balance', address.toHexString())
    return -1
  }
  balance.amount = balance.amount.minus(amount)
  balance.updatedAt = timestamp
  balance.save()
  return 0
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
