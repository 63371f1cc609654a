/** A marketplace as its contracts' events tell it, for the mappings to make sense of. */
import { join } from 'node:path'
import { type EventInput, loadSubgraph, type PlainEntity, type SubgraphRun } from '../../indexer/kit/index.ts'
import { buildSubgraph } from '../compile.ts'

export type Hex = `0x${string}`

const root = join(import.meta.dirname, '..')

/** Builds only what changed: a fraction of a second when nothing did. */
export async function compiledSubgraph() {
  await buildSubgraph({ out: join(root, 'build'), abis: join(root, '../contracts/build/abis') })
  return loadSubgraph(join(root, 'build/subgraph.yaml'))
}

export const NATIVE = anAddress(0)
export const ada = anAddress(0xada)
export const bo = anAddress(0xb0)
export const cleo = anAddress(0xc1e0)
export const feeTaker = anAddress(0xfee)
export const collection = anAddress(0xc011ec)

export function anAddress(number: number): Hex {
  return `0x${number.toString(16).padStart(40, '0')}`
}

/** `Token.id` of a token of {@link collection}. */
export function tokenKey(tokenId: bigint): Hex {
  return `${collection}${tokenId.toString(16).padStart(64, '0')}`
}

/** The entity, or a failed test. */
export function find(run: SubgraphRun, type: string, id: string): PlainEntity {
  const entity = run.entity(type, id)
  if (!entity) throw new Error(`There is no ${type} ${id}.`)
  return entity
}

/** What the contracts answer at the start: a fee of 2 %, royalties to the creator, metadata where it was minted. */
export async function openMarketplace() {
  const subgraph = await compiledSubgraph()
  const run = subgraph.run()
  const addressOf = (name: string): Hex => {
    const address = run.dataSources().find((source) => source.name === name)?.address
    if (!address) throw new Error(`The manifest has no ${name}.`)
    return address
  }
  const market = addressOf('Market')
  const patron = addressOf('Patron')
  run.mockCall({ address: collection, contract: 'Collection', function: 'royaltyInfo', returns: [ada, 500n] })
  run.mockCall({ address: market, contract: 'Market', function: 'feeBps', returns: [200] })
  run.mockCall({ address: market, contract: 'Market', function: 'feeRecipient', returns: [feeTaker] })
  run.mockCall({ address: patron, contract: 'Patron', function: 'name', returns: ['Patron'] })
  run.mockCall({ address: patron, contract: 'Patron', function: 'symbol', returns: ['PTRN'] })
  run.mockCall({ address: patron, contract: 'Patron', function: 'decimals', returns: [18] })
  return { run, market, patron, atelier: addressOf('Atelier') }
}

/** The marketplace with ada's collection, and its token 1, which is bo's. */
export async function openGallery() {
  const marketplace = await openMarketplace()
  const { run } = marketplace
  await run.event(collectionCreated())
  await mint(run, bo, 1n)
  return marketplace
}

export function collectionCreated(args: object = {}): EventInput {
  const defaults = {
    collection,
    creator: ada,
    name: 'Salt Hours',
    symbol: 'SALT',
    contentURI: 'ipfs://salt',
    royaltyBps: 500n,
  }
  return { source: 'Atelier', event: 'CollectionCreated', args: { ...defaults, ...args } }
}

/** Both events of a mint, in the contract's order. */
export async function mint(run: SubgraphRun, to: Hex, tokenId: bigint): Promise<void> {
  await run.event(collectionEvent('Transfer', { from: NATIVE, to, tokenId }))
  await run.event(collectionEvent('TokenMinted', { tokenId, to, uri: `ipfs://salt/${tokenId}.json` }))
}

export function collectionEvent(event: string, args: object): EventInput {
  return { source: { template: 'Collection', address: collection }, event, args: { ...args } }
}

export function listed(args: object = {}): EventInput {
  const defaults = { listingId: 1n, seller: bo, collection, tokenId: 1n, currency: NATIVE, price: 10n ** 18n }
  return marketEvent('Listed', { ...defaults, ...args })
}

export function offerMade(args: object = {}): EventInput {
  const defaults = {
    offerId: 1n,
    maker: cleo,
    collection,
    tokenId: 1n,
    price: 5n * 10n ** 18n,
    expiresAt: 1_900_000_000n,
  }
  return marketEvent('OfferMade', { ...defaults, ...args })
}

/** By default cleo buys listing 1 for one coin: 2 % for the market, 5 % of the price for ada, the rest for bo. */
export function sold(args: object = {}): EventInput {
  const price = 10n ** 18n
  return marketEvent('Sold', {
    seller: bo,
    buyer: cleo,
    collection,
    tokenId: 1n,
    listingId: 1n,
    offerId: 0n,
    currency: NATIVE,
    price,
    fee: price / 50n,
    royaltyReceiver: ada,
    royalty: price / 20n,
    ...args,
  })
}

export function marketEvent(event: string, args: object): EventInput {
  return { source: 'Market', event, args: { ...args } }
}
