/** Puts the gateway's schema together: the subgraph's types, people's types, and what joins them. */
import type { GraphQLSchema } from 'graphql'
import { createBuilder } from './builder.ts'
import { parseChainSchema } from './chain/schema.ts'
import { attributeType } from './schema/attribute.ts'
import { collectionPageType } from './schema/collection-page.ts'
import { dateTimeType } from './schema/date-time.ts'
import { linkType } from './schema/link.ts'
import { linkedAddressType } from './schema/linked-address.ts'
import { profileType } from './schema/profile.ts'
import { tokenMetadataType } from './schema/token-metadata.ts'
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
  const link = linkType(builder)
  dateTimeType(builder)
  linkedAddressType(builder)
  profileType(builder, link)
  tokenMetadataType(builder, attributeType(builder))
  collectionPageType(builder, link)
  weaveInto(builder, chainSchema, threads)
  return { schema: builder.toSchema({ sortSchema: false }), chainSchema }
}
