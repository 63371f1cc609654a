import { Address, BigInt } from '@graphprotocol/graph-ts'
import { Proceeds } from '../generated/schema'
import { seeAccount } from './account'
import { currencyOf } from './currency'
import { proceedsKey } from './ids'

/** Adds to what the market owes an account; nothing is written for an amount of nothing. */
export function owe(address: Address, currency: Address, amount: BigInt, timestamp: BigInt): void {
  if (amount.isZero()) return
  const proceeds = loadProceeds(address, currency, timestamp)
  proceeds.owed = proceeds.owed.plus(amount)
  proceeds.updatedAt = timestamp
  proceeds.save()
}

/** Moves an amount from owed to withdrawn. */
export function pay(address: Address, currency: Address, amount: BigInt, timestamp: BigInt): void {
  const proceeds = loadProceeds(address, currency, timestamp)
  proceeds.owed = proceeds.owed.minus(amount)
  proceeds.withdrawn = proceeds.withdrawn.plus(amount)
  proceeds.updatedAt = timestamp
  proceeds.save()
}

function loadProceeds(address: Address, currency: Address, timestamp: BigInt): Proceeds {
  const id = proceedsKey(address, currency)
  let proceeds = Proceeds.load(id)
  if (proceeds == null) {
    proceeds = new Proceeds(id)
    proceeds.account = seeAccount(address, timestamp).id
    proceeds.currency = currencyOf(currency)
    proceeds.owed = BigInt.zero()
    proceeds.withdrawn = BigInt.zero()
  }
  return proceeds
}
