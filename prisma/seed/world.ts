import { readFile } from 'node:fs/promises'
import { WorldUnreadableError } from '../errors.ts'

/** What the history on chain made: who is there, and which works. Addresses in lower case. */
export type World = {
  readonly accounts: readonly { readonly name: string; readonly address: string }[]
  readonly collections: readonly WorldCollection[]
  readonly tokens: readonly WorldToken[]
}

export type WorldCollection = {
  readonly address: string
  readonly name: string
  readonly symbol: string
  readonly creator: string
}

export type WorldToken = {
  /** The collection's address. */
  readonly collection: string
  readonly tokenId: bigint
  readonly name: string
  readonly uri: string
}

/** @throws {@link WorldUnreadableError} */
export async function readWorld(file: string): Promise<World> {
  try {
    return parseWorld(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new WorldUnreadableError(file, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

/** @throws Error that says what is wrong */
export function parseWorld(value: unknown): World {
  const world = asRecord(value)
  return {
    accounts: asList(world.accounts, 'accounts').map((account) => ({
      name: asText(account.name, 'name'),
      address: asAddress(account.address),
    })),
    collections: asList(world.collections, 'collections').map((collection) => ({
      address: asAddress(collection.address),
      name: asText(collection.name, 'name'),
      symbol: asText(collection.symbol, 'symbol'),
      creator: asAddress(collection.creator),
    })),
    tokens: asList(world.tokens, 'tokens').map((token) => ({
      collection: asAddress(token.collection),
      tokenId: asTokenId(token.tokenId),
      name: asText(token.name, 'name'),
      uri: asText(token.uri, 'uri'),
    })),
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('an object is missing')
  return { ...value }
}

function asList(value: unknown, what: string): Record<string, unknown>[] {
  if (!Array.isArray(value)) throw new Error(`${what} must be a list`)
  return value.map(asRecord)
}

function asText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`a ${what} is missing`)
  return value
}

function asAddress(value: unknown): string {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value)) throw new Error(`${value} is not an address`)
  return value.toLowerCase()
}

function asTokenId(value: unknown): bigint {
  if (typeof value !== 'number' && typeof value !== 'string') throw new Error('a tokenId is missing')
  return BigInt(value)
}
