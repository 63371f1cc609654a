/** The market as one sees it from the command line: what is for sale, and the few things one can do about it. */
import { setTimeout as wait } from 'node:timers/promises'
import { type Address, decodeFunctionResult, formatEther, type Hex, parseEther, zeroAddress } from 'viem'
import { devAccount } from './accounts.ts'
import { readArtifact } from './artifact.ts'
import { type Call, call } from './call.ts'
import type { Deployment } from './deployment.ts'
import type { World } from './history/world.ts'
import type { ContractName } from './names.ts'
import type { Rpc } from './rpc.ts'
import { sign } from './transaction.ts'

export type Shop = {
  readonly rpc: Rpc
  readonly deployment: Deployment
  readonly world: World
  readonly listings: readonly Listing[]
}

type Token = World['tokens'][number]
type Listing = {
  readonly id: bigint
  readonly seller: Address
  readonly token: Token
  readonly currency: Address
  readonly price: bigint
}

/** Something one can do; returns what it did, for people to read. */
type Verb = (shop: Shop, ...words: readonly string[]) => Promise<string>

const RECEIPT_TIMEOUT_MS = 30_000
const POLL_MS = 50

/** Reads the tokens' active listings, lowest id first; one whose seller gave the token away is left out. */
export async function openShop(rpc: Rpc, deployment: Deployment, world: World): Promise<Shop> {
  const { Market } = deployment.contracts
  const found = await Promise.all(
    world.tokens.map(async (token): Promise<Listing | undefined> => {
      const args = [token.collection, BigInt(token.tokenId)]
      const id = await read<bigint>(rpc, 'Market', Market, 'activeListing', args)
      if (id === 0n) return undefined
      const [seller, , , currency, price] = await read<ListingFields>(rpc, 'Market', Market, 'listings', [id])
      const owner = await ownerOf(rpc, token)
      return owner === seller ? { id, seller, token, currency, price } : undefined
    }),
  )
  const listings = found.filter((listing) => listing !== undefined).sort((a, b) => Number(a.id - b.id))
  return { rpc, deployment, world, listings }
}

type ListingFields = readonly [seller: Address, collection: Address, tokenId: bigint, currency: Address, price: bigint]

export const verbs: Readonly<Record<string, Verb>> = {
  async price(shop, name, amount) {
    const listing = name === undefined ? first(shop) : listingOf(shop, name)
    const price = amount === undefined ? (listing.price * 110n) / 100n : parseEther(amount)
    const { Market } = shop.deployment.contracts
    const block = await send(shop, listing.seller, call('Market', Market, 'updatePrice', [listing.id, price]))
    const change = `${money(shop, listing.price, listing.currency)} → ${money(shop, price, listing.currency)}`
    return `${title(shop, listing.token)}: ${change}, in block ${block}`
  },

  async buy(shop, name) {
    const listing = name === undefined ? first(shop) : listingOf(shop, name)
    const { Market, Patron } = shop.deployment.contracts
    const isNative = listing.currency === zeroAddress
    const buyer = await buyerFor(shop, listing)
    if (!isNative) await send(shop, buyer, call('Patron', Patron, 'approve', [Market, listing.price]))
    const block = await send(shop, buyer, call('Market', Market, 'buy', [listing.id], isNative ? listing.price : 0n))
    const price = money(shop, listing.price, listing.currency)
    return `${title(shop, listing.token)}: ${nameOf(shop, buyer)} bought it for ${price}, in block ${block}`
  },

  async list(shop, name, amount = '1', currency = 'native') {
    const token = tokenOf(shop, name)
    const owner = await ownerOf(shop.rpc, token)
    const { Market, Patron } = shop.deployment.contracts
    const address = currency.toUpperCase() === 'PTRN' ? Patron : zeroAddress
    if (!(await read<boolean>(shop.rpc, 'Collection', token.collection, 'isApprovedForAll', [owner, Market]))) {
      await send(shop, owner, call('Collection', token.collection, 'setApprovalForAll', [Market, true]))
    }
    const args = [token.collection, BigInt(token.tokenId), address, parseEther(amount)]
    const block = await send(shop, owner, call('Market', Market, 'list', args))
    return `${title(shop, token)}: for sale at ${money(shop, parseEther(amount), address)}, in block ${block}`
  },

  async cancel(shop, name) {
    const listing = name === undefined ? first(shop) : listingOf(shop, name)
    const { Market } = shop.deployment.contracts
    const block = await send(shop, listing.seller, call('Market', Market, 'cancel', [listing.id]))
    return `${title(shop, listing.token)}: no longer for sale, in block ${block}`
  },

  async give(shop, name) {
    const token = tokenOf(shop, name)
    const owner = await ownerOf(shop.rpc, token)
    const people = shop.world.accounts
    const to = people[(people.findIndex(({ address }) => same(address, owner)) + 1) % people.length]
    if (!to) throw new Error('The history has no people.')
    const args = [owner, to.address, BigInt(token.tokenId)]
    const block = await send(shop, owner, call('Collection', token.collection, 'transferFrom', args))
    return `${title(shop, token)}: ${nameOf(shop, owner)} gave it to ${to.name}, in block ${block}`
  },
}

function first({ listings }: Shop): Listing {
  const [listing] = listings
  if (!listing) throw new Error('Nothing is for sale. Put something up: npm run tx -- list "SALT#1" 1')
  return listing
}

function listingOf(shop: Shop, name: string): Listing {
  const token = tokenOf(shop, name)
  const listing = shop.listings.find((each) => each.token === token)
  if (!listing) throw new Error(`${title(shop, token)} is not for sale.`)
  return listing
}

/** By its name, or as SYMBOL#id, or as address#id; case does not matter. */
function tokenOf({ world }: Shop, name: string | undefined): Token {
  const wanted = name?.toLowerCase()
  const token = world.tokens.find((each) => {
    const symbol = world.collections.find(({ address }) => address === each.collection)?.symbol
    return [each.name, `${symbol}#${each.tokenId}`, `${each.collection}#${each.tokenId}`].some(
      (known) => known.toLowerCase() === wanted,
    )
  })
  if (!token)
    throw new Error(`There is no token "${name ?? ''}": give its name, or its collection's symbol as in SALT#3.`)
  return token
}

async function buyerFor({ rpc, world, deployment }: Shop, { seller, currency, price }: Listing): Promise<Address> {
  const { Patron } = deployment.contracts
  for (const { address } of world.accounts) {
    const funds =
      currency === zeroAddress
        ? BigInt(await rpc<Hex>('eth_getBalance', address, 'latest')) - parseEther('0.1')
        : await read<bigint>(rpc, 'Patron', Patron, 'balanceOf', [address])
    if (!same(address, seller) && funds >= price) return address
  }
  throw new Error('Nobody can afford it.')
}

async function send({ rpc, deployment, world }: Shop, sender: Address, { to, data, value }: Call): Promise<number> {
  const index = world.accounts.findIndex(({ address }) => same(address, sender))
  if (index < 0) throw new Error(`${sender} is not one of the history's people, so its key is not known.`)
  const account = devAccount(index + 1)
  const [nonce, gas] = await Promise.all([
    rpc<Hex>('eth_getTransactionCount', sender, 'pending'),
    rpc<Hex>('eth_estimateGas', { from: sender, to, data, value: `0x${value.toString(16)}` }),
  ])
  const { chainId } = deployment
  const transaction = { chainId, nonce: Number(nonce), to, data, value, gas: (BigInt(gas) * 6n) / 5n }
  const hash = await rpc<Hex>('eth_sendRawTransaction', await sign(rpc, account, transaction))
  const deadline = Date.now() + RECEIPT_TIMEOUT_MS
  for (;;) {
    const receipt = await rpc<{ status: Hex; blockNumber: Hex } | null>('eth_getTransactionReceipt', hash)
    if (receipt?.status === '0x1') return Number(receipt.blockNumber)
    if (receipt) throw new Error(`The chain refused transaction ${hash}.`)
    if (Date.now() > deadline) throw new Error(`Transaction ${hash} was sent, but not mined within half a minute.`)
    await wait(POLL_MS)
  }
}

async function ownerOf(rpc: Rpc, { collection, tokenId }: Token): Promise<Address> {
  return read(rpc, 'Collection', collection, 'ownerOf', [BigInt(tokenId)])
}

async function read<Result>(
  rpc: Rpc,
  contract: ContractName,
  to: Address,
  functionName: string,
  args: readonly unknown[],
): Promise<Result> {
  const { data } = call(contract, to, functionName, args)
  const answer = await rpc<Hex>('eth_call', { to, data }, 'latest')
  return decodeFunctionResult({ abi: readArtifact(contract).abi, functionName, data: answer }) as Result
}

function title({ world }: Shop, { collection, tokenId, name }: Token): string {
  return `"${name}" (${world.collections.find(({ address }) => address === collection)?.symbol}#${tokenId})`
}

function nameOf({ world }: Shop, account: Address): string {
  return world.accounts.find(({ address }) => same(address, account))?.name ?? account
}

function money({ deployment }: Shop, amount: bigint, currency: Address): string {
  return `${formatEther(amount)} ${same(currency, deployment.contracts.Patron) ? 'PTRN' : 'ETH'}`
}

function same(a: Address, b: Address): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
