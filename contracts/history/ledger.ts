/**
 * What the contracts will hold by now, while the history is being thought out. It follows the contracts' own rules, so
 * that nothing is planned that they would refuse; it knows people by the index of their account.
 */
import type { Address } from 'viem'

export type Currency = 'native' | 'patron'

export type Listing = { readonly seller: number; readonly id: number; readonly currency: Currency; price: bigint }

export type Offer = {
  readonly id: number
  readonly maker: number
  readonly token: Token
  readonly price: bigint
  readonly expiresAt: number
}

export type Token = {
  readonly collection: Collection
  readonly id: number
  readonly name: string
  uri: string
  /** How often its metadata was moved. */
  revision: number
  owner: number
  listing?: Listing
}

export type Collection = {
  readonly address: Address
  readonly name: string
  readonly symbol: string
  readonly creator: number
  readonly titles: readonly string[]
  minted: number
  revision: number
  royaltyBps: number
  royaltyReceiver: number
}

type Money = Record<Currency, bigint>

const WHOLE_BPS = 10_000n

export class Ledger {
  readonly collections: Collection[] = []
  readonly tokens: Token[] = []
  readonly #openOffers = new Map<number, Offer>()
  readonly #purses = new Map<number, Money>()
  readonly #proceeds = new Map<number, Money>()
  /** Collections for which an owner lets the market move tokens, as "owner:address". */
  readonly approvals = new Set<string>()
  readonly anchorNonces = new Map<number, number>()
  feeBps: number
  readonly feeRecipient: number
  #listingCount = 0
  #offerCount = 0

  constructor(feeBps: number, feeRecipient: number) {
    this.feeBps = feeBps
    this.feeRecipient = feeRecipient
  }

  purse(account: number): Money {
    return moneyOf(this.#purses, account)
  }

  proceeds(account: number): Money {
    return moneyOf(this.#proceeds, account)
  }

  get creditors(): readonly number[] {
    return [...this.#proceeds].filter(([, owed]) => owed.native > 0n || owed.patron > 0n).map(([account]) => account)
  }

  get openOffers(): readonly Offer[] {
    return [...this.#openOffers.values()]
  }

  /** Tokens that can be bought now: a listing ends no other way when its seller gives the token away. */
  get forSale(): readonly (Token & { listing: Listing })[] {
    return this.tokens.filter((token): token is Token & { listing: Listing } => token.listing?.seller === token.owner)
  }

  list(token: Token, currency: Currency, price: bigint): void {
    this.#listingCount += 1
    token.listing = { id: this.#listingCount, seller: token.owner, currency, price }
  }

  buy(token: Token & { listing: Listing }, buyer: number): void {
    const { currency, price } = token.listing
    this.purse(buyer)[currency] -= price
    this.#settle(token, buyer, currency, price)
  }

  offer(maker: number, token: Token, price: bigint, expiresAt: number): void {
    this.#offerCount += 1
    this.purse(maker).patron -= price
    this.#openOffers.set(this.#offerCount, { id: this.#offerCount, maker, token, price, expiresAt })
  }

  accept({ id, maker, token, price }: Offer): void {
    this.#openOffers.delete(id)
    this.#settle(token, maker, 'patron', price)
  }

  withdrawOffer({ id, maker, price }: Offer): void {
    this.#openOffers.delete(id)
    this.purse(maker).patron += price
  }

  withdraw(account: number, currency: Currency): void {
    this.purse(account)[currency] += this.proceeds(account)[currency]
    this.proceeds(account)[currency] = 0n
  }

  #settle(token: Token, buyer: number, currency: Currency, price: bigint): void {
    const { royaltyBps, royaltyReceiver } = token.collection
    const fee = (price * BigInt(this.feeBps)) / WHOLE_BPS
    const royalty = (price * BigInt(royaltyBps)) / WHOLE_BPS
    this.proceeds(this.feeRecipient)[currency] += fee
    this.proceeds(royaltyReceiver)[currency] += royalty
    this.proceeds(token.owner)[currency] += price - fee - royalty
    token.owner = buyer
    delete token.listing
  }
}

function moneyOf(accounts: Map<number, Money>, account: number): Money {
  const money = accounts.get(account) ?? { native: 0n, patron: 0n }
  accounts.set(account, money)
  return money
}
