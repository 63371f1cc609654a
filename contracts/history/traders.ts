/** What owners and buyers do on the market. Each returns whether there was anything to do. */
import { zeroAddress } from 'viem'
import { call } from '../call.ts'
import type { Currency, Offer, Token } from './ledger.ts'
import type { Stage } from './stage.ts'

const CENT = 10n ** 16n
const UNIT = 10n ** 18n
/** Kept by everybody for gas. */
const RESERVE = UNIT / 2n
/** So many offers are left open past their end, as people do. */
const FORGOTTEN_OFFERS = 3
const DAY_SECONDS = 86_400

export function list(stage: Stage): boolean {
  const { random, ledger } = stage
  const token = random.pick(ledger.tokens.filter(({ listing, owner }) => listing?.seller !== owner))
  if (!token) return false
  const currency = random.chance(0.5) ? 'native' : 'patron'
  const price = currency === 'native' ? BigInt(random.int(4, 120)) * CENT : BigInt(random.int(15, 600)) * UNIT
  approveMarket(stage, token)
  ledger.list(token, currency, price)
  const args = [token.collection.address, BigInt(token.id), addressOf(stage, currency), price]
  stage.send(token.owner, call('Market', stage.deployment.contracts.Market, 'list', args))
  return true
}

export function updatePrice(stage: Stage): boolean {
  const { random, ledger } = stage
  const token = random.pick(ledger.forSale)
  if (!token) return false
  const step = token.listing.currency === 'native' ? CENT : UNIT
  const price = (token.listing.price * BigInt(random.int(75, 130))) / 100n / step
  token.listing.price = (price > 0n ? price : 1n) * step
  const args = [BigInt(token.listing.id), token.listing.price]
  stage.send(token.owner, call('Market', stage.deployment.contracts.Market, 'updatePrice', args))
  return true
}

export function cancel(stage: Stage): boolean {
  const token = stage.random.pick(stage.ledger.forSale)
  if (!token) return false
  stage.send(token.owner, call('Market', stage.deployment.contracts.Market, 'cancel', [BigInt(token.listing.id)]))
  delete stage.ledger.tokens[stage.ledger.tokens.indexOf(token)]?.listing
  return true
}

export function buy(stage: Stage): boolean {
  const { random, ledger, deployment } = stage
  const token = random.pick(ledger.forSale)
  if (!token) return false
  const { id, currency, price } = token.listing
  const buyer = random.pick(peopleWith(stage, currency, price).filter((account) => account !== token.owner))
  if (buyer === undefined) return false
  if (currency === 'patron') allowMarket(stage, buyer, price)
  ledger.buy(token, buyer)
  const value = currency === 'native' ? price : 0n
  stage.send(buyer, call('Market', deployment.contracts.Market, 'buy', [BigInt(id)], value))
  return true
}

/** A third of the offers are in a hurry and mostly lapse; the others are good for weeks to come. */
export function makeOffer(stage: Stage): boolean {
  const { random, ledger, deployment, end } = stage
  const token = random.pick(ledger.tokens)
  const price = BigInt(random.int(10, 400)) * UNIT
  const maker = random.pick(peopleWith(stage, 'patron', price).filter((account) => account !== token?.owner))
  if (!token || maker === undefined) return false
  // A block's time, not a number of seconds: the history is then the same however much time there is for it.
  const hurries = random.chance(0.35) && stage.timeIn(4) < end
  const expiresAt = hurries ? stage.timeIn(random.int(2, 16)) : end + random.int(5, 40) * DAY_SECONDS
  allowMarket(stage, maker, price)
  ledger.offer(maker, token, price, expiresAt)
  const args = [token.collection.address, BigInt(token.id), price, BigInt(expiresAt)]
  stage.send(maker, call('Market', deployment.contracts.Market, 'makeOffer', args))
  return true
}

export function acceptOffer(stage: Stage): boolean {
  const { random, ledger, deployment, now } = stage
  const offer = random.pick(ledger.openOffers.filter((open) => now < open.expiresAt && open.maker !== open.token.owner))
  if (!offer) return false
  approveMarket(stage, offer.token)
  stage.send(offer.token.owner, call('Market', deployment.contracts.Market, 'acceptOffer', [BigInt(offer.id)]))
  ledger.accept(offer)
  return true
}

export function withdrawOffer(stage: Stage): boolean {
  const offer = offerToWithdraw(stage)
  if (!offer) return false
  stage.ledger.withdrawOffer(offer)
  stage.send(offer.maker, call('Market', stage.deployment.contracts.Market, 'withdrawOffer', [BigInt(offer.id)]))
  return true
}

/** Gives a token away. Now and then one that is listed: its listing is then stale, and nobody can buy it. */
export function give(stage: Stage): boolean {
  const { random, ledger, accounts } = stage
  const token = random.pick(ledger.tokens.filter(({ listing }) => listing === undefined || random.chance(0.1)))
  if (!token) return false
  const from = token.owner
  const to = random.pick(
    accounts
      .keys()
      .drop(1)
      .filter((account) => account !== from)
      .toArray(),
  )
  if (to === undefined) return false
  const args = [accounts[from]?.address, accounts[to]?.address, BigInt(token.id)]
  stage.send(from, call('Collection', token.collection.address, 'transferFrom', args))
  token.owner = to
  return true
}

export function withdraw(stage: Stage): boolean {
  const { random, ledger, deployment } = stage
  const account = random.pick(ledger.creditors)
  if (account === undefined) return false
  const currency = random.pick((['native', 'patron'] as const).filter((each) => ledger.proceeds(account)[each] > 0n))
  if (currency === undefined) return false
  ledger.withdraw(account, currency)
  stage.send(account, call('Market', deployment.contracts.Market, 'withdraw', [addressOf(stage, currency)]))
  return true
}

function offerToWithdraw({ random, ledger, now }: Stage): Offer | undefined {
  const lapsed = ledger.openOffers.filter(({ expiresAt }) => expiresAt <= now)
  if (lapsed.length > FORGOTTEN_OFFERS) return random.pick(lapsed)
  return random.pick(ledger.openOffers.filter(({ expiresAt }) => expiresAt > now))
}

function peopleWith({ ledger, accounts }: Stage, currency: Currency, price: bigint): number[] {
  const reserve = currency === 'native' ? RESERVE : 0n
  return accounts
    .keys()
    .drop(1)
    .filter((account) => ledger.purse(account)[currency] >= price + reserve)
    .toArray()
}

/** Lets the market move the owner's tokens of a collection, unless it may already. */
function approveMarket({ ledger, deployment, send }: Stage, { owner, collection }: Token): void {
  const approval = `${owner}:${collection.address}`
  if (ledger.approvals.has(approval)) return
  ledger.approvals.add(approval)
  const args = [deployment.contracts.Market, true]
  send(owner, call('Collection', collection.address, 'setApprovalForAll', args))
}

/** Allows the market exactly the price that was seen. */
function allowMarket({ deployment, send }: Stage, account: number, price: bigint): void {
  const { Patron, Market } = deployment.contracts
  send(account, call('Patron', Patron, 'approve', [Market, price]))
}

function addressOf({ deployment }: Stage, currency: Currency): `0x${string}` {
  return currency === 'native' ? zeroAddress : deployment.contracts.Patron
}
