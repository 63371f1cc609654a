import { Address, BigInt } from '@graphprotocol/graph-ts'
import { Account } from '../generated/schema'

/** The account of an address, stored the first time it is seen. */
export function seeAccount(address: Address, timestamp: BigInt): Account {
  let account = Account.load(address)
  if (account == null) {
    account = new Account(address)
    account.transferCount = 0
    account.firstSeenAt = timestamp
    account.save()
  }
  return account
}

/** True for the zero address, which stands for nobody. */
export function isNobody(address: Address): boolean {
  return address == Address.zero()
}
