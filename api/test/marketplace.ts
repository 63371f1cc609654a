/**
 * The whole gateway on the example's schema: people's rows in a real Postgres, the chain in memory (the same API schema the
 * indexer serves, over a handful of entities).
 */
import { readFileSync } from 'node:fs'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  buildSchema,
  execute,
  type GraphQLSchema,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
} from 'graphql'
import { apiSchemaSdl } from '../../indexer/src/index.ts'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { applyMigrations, PrismaClient } from '../../prisma/index.ts'
import type { Upstream, UpstreamRequest } from '../src/chain/upstream.ts'
import { createGateway, type Gateway, type GatewayDeps } from '../src/server.ts'

export const chainSdl = apiSchemaSdl(readFileSync(new URL('../../subgraph/schema.graphql', import.meta.url), 'utf8'))

type Entity = Record<string, unknown>

const TOKENS = 12

export const address = (index: number) => `0x${(0xa0 + index).toString(16).padStart(40, '0')}`
export const collectionAddress = (index: number) => `0x${(0xc0 + index).toString(16).padStart(40, '0')}`
export const tokenId = (index: number) => collectionAddress(index % 2) + index.toString(16).padStart(64, '0')

/** Four accounts, two collections, twelve tokens; everything refers to everything. */
function entities(): Readonly<Record<string, readonly Entity[]>> {
  const accounts: Entity[] = Array.from({ length: 4 }, (_, index) => ({
    id: address(index),
    transferCount: index,
    firstSeenAt: '7',
  }))
  const collections: Entity[] = Array.from({ length: 2 }, (_, index) => ({
    id: collectionAddress(index),
    name: `Collection ${index}`,
    symbol: `C${index}`,
    creator: accounts[index],
  }))
  const tokens: Entity[] = Array.from({ length: TOKENS }, (_, index) => ({
    id: tokenId(index),
    tokenId: String(index),
    owner: accounts[index % 4],
    collection: collections[index % 2],
    mintedAt: '1700000000',
    lastSalePrice: '123456789012345678901234567890',
  }))
  accounts.forEach((account) => {
    account.tokens = tokens.filter(({ owner }) => owner === account)
    account.collections = collections.filter(({ creator }) => creator === account)
  })
  collections.forEach((collection) => {
    collection.tokens = tokens.filter((token) => token.collection === collection)
  })
  return { accounts, collections, tokens }
}

export const block = { number: 42, hash: `0x${'4b'.repeat(32)}`, timestamp: 1_700_000_042 }

/** Answers the example's API from memory, at one block. */
export function memorySubgraph(): Upstream {
  const schema = withLists(buildSchema(chainSdl))
  const world = entities()
  const rootValue = { ...world, _meta: { block, deployment: 'QmMemory', hasIndexingErrors: false } }
  return async ({ document, variables }) => {
    const problems = validate(schema, parse(document))
    if (problems.length > 0) {
      return { errors: problems.map(({ message }) => ({ message })) }
    }
    const result = await execute({ schema, document: parse(document), rootValue, variableValues: variables })
    if (result.errors) {
      return { errors: result.errors.map(({ message }) => ({ message })) }
    }
    return { data: JSON.parse(JSON.stringify(result.data)) }
  }
}

/** Lists can be paged and asked for by id, and single entities by id; that is all these tests need. */
function withLists(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    for (const field of isObjectType(type) && !isIntrospectionType(type) ? Object.values(type.getFields()) : []) {
      const fieldType = isNonNullType(field.type) ? field.type.ofType : field.type
      if (isListType(fieldType)) {
        field.resolve = (source, args) => {
          const ids: unknown = args.where?.id_in
          const all: Entity[] = source[field.name] ?? []
          return all
            .filter(({ id }) => !Array.isArray(ids) || ids.includes(id))
            .slice(args.skip ?? 0, (args.skip ?? 0) + (args.first ?? 100))
        }
      } else if (type === schema.getQueryType() && field.args.some(({ name }) => name === 'id')) {
        field.resolve = (source, args) => source[`${field.name}s`]?.find(({ id }: Entity) => id === args.id) ?? null
      }
    }
  }
  return schema
}

export interface Marketplace extends AsyncDisposable {
  readonly prisma: PrismaClient
  /** Every SQL statement the gateway ran. */
  readonly statements: string[]
  /** Every document it sent upstream. */
  readonly sent: UpstreamRequest[]
  ask(query: string, variables?: object): Promise<Answer>
  fetch(path: string, init?: RequestInit): Promise<Response>
  readonly handle: Gateway['handle']
}

export interface Answer {
  readonly status: number
  readonly data: unknown
  readonly errors?: readonly { message: string; path?: (string | number)[]; extensions: { code: string } }[]
  readonly extensions?: unknown
}

/** @param deps - other parts than the usual ones, such as a broken subgraph */
export async function marketplace(deps: Partial<GatewayDeps> = {}): Promise<Marketplace> {
  const scratch = await scratchDatabase()
  await applyMigrations(scratch.url)
  const { prisma, statements } = countedPrisma(scratch.url)
  await seed(prisma)
  statements.length = 0
  const sent: UpstreamRequest[] = []
  const upstream = deps.upstream ?? memorySubgraph()
  const gateway = createGateway({
    prisma,
    chainSdl,
    ...deps,
    upstream: (request) => {
      sent.push(request)
      return upstream(request)
    },
  })
  const fetch = (path: string, init?: RequestInit) => gateway.fetch(new Request(`http://gateway${path}`, init))
  return {
    prisma,
    statements,
    sent,
    fetch,
    handle: gateway.handle,
    ask: async (query, variables = {}) => {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify({ query, variables }),
      })
      return { status: response.status, ...JSON.parse(await response.text()) }
    },
    [Symbol.asyncDispose]: async () => {
      await gateway.dispose()
      await prisma.$disconnect()
      await scratch[Symbol.asyncDispose]()
    },
  }
}

export function countedPrisma(url: string): { prisma: PrismaClient; statements: string[] } {
  const statements: string[] = []
  const prisma = new PrismaClient({
    adapter: new PrismaPg({ connectionString: url, connectionTimeoutMillis: 2_000 }),
    log: [{ emit: 'event', level: 'query' }],
  })
  prisma.$on('query', ({ query }) => {
    statements.push(query)
  })
  return { prisma, statements }
}

/** Two people (one with two accounts), metadata for all tokens but the last, a page for one collection. */
async function seed(prisma: PrismaClient): Promise<void> {
  await prisma.profile.create({
    data: {
      handle: 'mara',
      name: 'Mara Lind',
      bio: 'Weaves.',
      links: [{ label: 'site', url: 'https://mara.example' }],
      addresses: { create: [{ address: address(2) }, { address: address(0), isPrimary: true }] },
    },
  })
  await prisma.profile.create({
    data: { handle: 'ilse', name: 'Ilse 100%', addresses: { create: [{ address: address(1), isPrimary: true }] } },
  })
  await prisma.tokenMetadata.createMany({
    data: Array.from({ length: TOKENS - 1 }, (_, index) => ({
      id: tokenId(index),
      collection: collectionAddress(index % 2),
      name: `Token ${index}`,
      attributes: [{ trait_type: 'size', value: index }],
    })),
  })
  await prisma.collectionPage.create({ data: { collection: collectionAddress(0), description: 'The first.' } })
}
