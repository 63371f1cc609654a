import { Address, BigInt, Bytes, ethereum } from '@graphprotocol/graph-ts'

/** The collection's address, then the token id as 32 bytes, most significant first: sorts as the chain counts. */
export function tokenKey(collection: Address, tokenId: BigInt): Bytes {
  const key = new Bytes(collection.length + 32)
  for (let i = 0; i < collection.length; i++) key[i] = collection[i]
  // A BigInt is least significant byte first, and may end in a zero that only keeps it positive.
  for (let i = 0; i < tokenId.length && i < 32; i++) key[key.length - 1 - i] = tokenId[i]
  return key
}

/** The account's address, then the currency's. */
export function proceedsKey(account: Address, currency: Address): Bytes {
  return account.concat(currency)
}

/** Transaction hash and log index: what makes an event one of its kind. */
export function eventKey(event: ethereum.Event): Bytes {
  return event.transaction.hash.concatI32(event.logIndex.toI32())
}
