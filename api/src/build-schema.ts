/** Puts the gateway's schema together: the subgraph's types, people's types, and what joins them. */
import { type GraphQLSchema, specifiedDirectives } from 'graphql'
import { createBuilder } from './builder.ts'
import { asOf } from './chain/as-of.ts'
import { parseChainSchema } from './chain/schema.ts'
import { dateTimeType } from './date-time.ts'
import { peopleTypes } from './schema/people.ts'
import type { Thread } from './thread.ts'
import { weave } from './weave.ts'
import { weaveInto } from './weave-into.ts'

export interface GatewaySchema {
  readonly schema: GraphQLSchema
  /** The subgraph's part alone. */
  readonly chainSchema: GraphQLSchema
}

/**
 * @param chainSdl - the API schema of the subgraph, as its server would answer it to introspection
 * @throws WeaveError if a join names a type or a list the subgraph does not have
 */
export function buildSchema(chainSdl: string, threads: readonly Thread[] = weave): GatewaySchema {
  const chainSchema = parseChainSchema(chainSdl)
  const builder = createBuilder(chainSchema)
  dateTimeType(builder)
  peopleTypes(builder)
  weaveInto(builder, chainSchema, threads)
  return { schema: builder.toSchema({ sortSchema: false, directives: [...specifiedDirectives, asOf] }), chainSchema }
}
