/** The one Pothos builder: what the subgraph's schema and people's types are built into together. */
import SchemaBuilder from '@pothos/core'
import AddGraphQLPlugin from '@pothos/plugin-add-graphql'
import PrismaPlugin from '@pothos/plugin-prisma'
import type { GraphQLSchema } from 'graphql'
import { getDatamodel, type PrismaClient, type PrismaTypes } from '../../prisma/index.ts'
import type { ChainContext } from './chain/schema.ts'

/** What every resolver is given. */
export interface GatewayContext extends ChainContext {
  readonly prisma: PrismaClient
}

/** An entity as the subgraph answered it: by response key. */
export type ChainObject = Readonly<Record<string, unknown>>

interface GatewayTypes {
  Context: GatewayContext
  PrismaTypes: PrismaTypes
  /** Chain types are whatever the subgraph's schema has, so they go by name. */
  Objects: Readonly<Record<string, ChainObject>>
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    /** An enum of every subgraph's API. */
    OrderDirection: { Input: 'asc' | 'desc'; Output: 'asc' | 'desc' }
  }
}

export type Builder = ReturnType<typeof createBuilder>

/** @param chainSchema - as `parseChainSchema` returns it; its Query becomes the gateway's */
export function createBuilder(chainSchema: GraphQLSchema) {
  return new SchemaBuilder<GatewayTypes>({
    plugins: [AddGraphQLPlugin, PrismaPlugin],
    add: { schema: chainSchema },
    prisma: { client: ({ prisma }: GatewayContext) => prisma, dmmf: getDatamodel(), exposeDescriptions: true },
  })
}
