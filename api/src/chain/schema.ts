/** The subgraph's API schema as the gateway takes it in. */
import type { FieldDefinitionNode, GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import { buildASTSchema, isInterfaceType, isObjectType, isUnionType, Kind, parse, visit } from 'graphql'
import { isRecord, TYPE_ALIAS } from './names.ts'
import type { ChainOperation } from './operation.ts'

export interface ChainContext {
  readonly chain: ChainOperation
}

/**
 * Parses the SDL of a subgraph's API. Its root fields become nullable, so that one that fails does not take the whole
 * answer with it; every field reads its value by response key, as it was asked for.
 */
export function parseChainSchema(sdl: string): GraphQLSchema {
  const document = visit(parse(sdl, { noLocation: true }), {
    // The subgraph's own annotations mean nothing to clients.
    DirectiveDefinition: () => null,
    Directive: ({ name }) => (name.value === 'deprecated' ? undefined : null),
    EnumTypeDefinition: ({ name }) => (isLogType(name.value) ? null : undefined),
    ObjectTypeDefinition: (type) => {
      if (isLogType(type.name.value)) {
        return null
      }
      return type.name.value === 'Query' ? { ...type, fields: type.fields?.flatMap(rootField) } : undefined
    },
  })
  const schema = buildASTSchema(document)
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith('__')) {
      for (const field of Object.values(type.getFields())) {
        field.resolve = type === schema.getQueryType() ? resolveRoot : resolveByResponseKey
      }
    } else if (isInterfaceType(type) || isUnionType(type)) {
      type.resolveType = (value: unknown) => (isRecord(value) ? String(value[TYPE_ALIAS]) : undefined)
    }
  }
  return schema
}

/** What mappings log is for those who run the subgraph, not for its clients. */
function isLogType(name: string): boolean {
  return name === 'LogLevel' || /^_Log(Argument|Meta)?_$/.test(name)
}

function rootField(field: FieldDefinitionNode): FieldDefinitionNode[] {
  if (field.name.value === '_logs') {
    return []
  }
  return [{ ...field, type: field.type.kind === Kind.NON_NULL_TYPE ? field.type.type : field.type }]
}

/** Aliases went upstream, so a value lies under the name the client gave it. So does an attached row. */
export function resolveByResponseKey(
  source: unknown,
  _args: unknown,
  _context: unknown,
  info: GraphQLResolveInfo,
): unknown {
  return isRecord(source) ? source[info.path.key] : undefined
}

const resolveRoot: GraphQLFieldResolver<unknown, ChainContext> = (_source, _args, context, info) =>
  context.chain.root(context, info)
