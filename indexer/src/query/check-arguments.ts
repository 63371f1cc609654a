import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { QueryRefusedError } from '../errors.ts'
import { readArguments } from './arguments.ts'
import { fieldDefinition } from './check-fields.ts'
import { fragmentOf, isSkipped, type Request } from './collect.ts'

/**
 * Checks the arguments of all fields in the order they are written, also of those that lose to another of the same name.
 * @throws {@link QueryRefusedError} with what is wrong with the first field that has something wrong
 * @see graphprotocol/graph-node graphql/src/execution/query.rs `Transform`
 */
export function checkArguments(request: Request, schema: GraphQLSchema): void {
  const query = schema.getQueryType()
  if (query) checkSet(request.operation.node.selectionSet, query, { request, schema, sound: new Set() }, true)
}

interface Walk {
  readonly request: Request
  readonly schema: GraphQLSchema
  /** Fragments that were checked, and whether at the root; there is nothing new to find in them. */
  readonly sound: Set<string>
}

function checkSet(set: SelectionSetNode, type: GraphQLNamedType, walk: Walk, isRoot: boolean): void {
  const { request, schema } = walk
  for (const selection of set.selections) {
    if (isSkipped(selection, request)) continue
    if (selection.kind === Kind.FIELD) {
      const definition = fieldDefinition(selection.name.value, type, schema)
      if (!definition) continue
      const problems: Parameters<typeof readArguments>[3] = []
      readArguments(selection, definition, request.variables, problems)
      if (problems.length > 0) throw new QueryRefusedError(problems)
      if (selection.selectionSet) checkSet(selection.selectionSet, getNamedType(definition.type), walk, false)
      continue
    }
    const fragment = fragmentOf(selection, request.operation)
    if (!fragment) continue
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const spread = `${selection.name.value} ${isRoot}`
      if (walk.sound.has(spread)) continue
      walk.sound.add(spread)
    }
    const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type
    if (!condition || !(isObjectType(condition) || isInterfaceType(condition))) continue
    checkSet(fragment.selectionSet, condition, walk, isRoot)
    if (isRoot && condition !== type) throw cannotMerge(condition, schema)
  }
}

/** Nowhere but at the root is a fragment of a type that cannot be there an error: it is not known there what can be. */
function cannotMerge(type: GraphQLNamedType, schema: GraphQLSchema): QueryRefusedError {
  const concrete = isAbstractType(type) ? schema.getPossibleTypes(type)[0] : type
  return unmergeable(concrete?.name ?? type.name)
}

/** Two fields of one name that select of different types. */
export function unmergeable(type: string): QueryRefusedError {
  const message = `invalid query: can not merge fields because type \`${type}\` showed up unexpectedly`
  return new QueryRefusedError([{ message }])
}
