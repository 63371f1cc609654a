import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { QueryProblem } from '../errors.ts'
import { type Operation, problemAt } from './document.ts'

const maxDepth = 255
const overflow = 2n ** 64n

/**
 * Finds fields that no type has, queries too deep, and sizes that overflow graph-node's count. Nothing else is checked:
 * unknown arguments and directives, unused variables and selections on scalars are welcome.
 */
export function checkFields(operation: Operation, schema: GraphQLSchema): QueryProblem[] {
  const problems: QueryProblem[] = []
  const query = schema.getQueryType()
  const walk: Walk = { operation, schema, problems, sound: new Set(), hasNegativeFirst: false }
  if (query) checkSet(operation.node.selectionSet, query, 1, walk)
  if (problems.length > 0) return problems
  if (walk.hasNegativeFirst && query && sizeOf(operation.node.selectionSet, query, walk) >= overflow) {
    return [{ message: tooLarge }]
  }
  return []
}

const tooLarge =
  'query potentially returns `18446744073709551615` entities or more and thereby exceeds the limit of `0` entities. ' +
  'Possible solutions are reducing the depth of the query, querying fewer fields per relationship or using `first` to return smaller collections'

interface Walk {
  readonly operation: Operation
  readonly schema: GraphQLSchema
  readonly problems: QueryProblem[]
  /** Fragments that were checked, with the type they were spread on: spreading them again finds nothing new. */
  readonly sound: Set<string>
  hasNegativeFirst: boolean
}

function checkSet({ selections }: SelectionSetNode, type: GraphQLNamedType, depth: number, walk: Walk): void {
  if (depth > maxDepth) {
    const message = `query has a depth that exceeds the limit of \`${maxDepth}\``
    if (!walk.problems.some((problem) => problem.message === message)) walk.problems.push({ message })
    return
  }
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD) {
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.operation.fragments.get(selection.name.value)
      if (!fragment) continue
      const condition = fragment.typeCondition && walk.schema.getType(fragment.typeCondition.name.value)
      if (fragment.typeCondition && !condition) {
        // At the root, where nothing is fetched for it, a fragment on a type that is not there applies to nothing.
        if (depth > 1) {
          const message = `Failed to resolve named type \`${fragment.typeCondition.name.value}\``
          walk.problems.push(problemAt(fragment, message))
        }
        continue
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const spread = `${selection.name.value} on ${type.name} at ${depth}`
        if (walk.sound.has(spread)) continue
        walk.sound.add(spread)
      }
      checkSet(fragment.selectionSet, condition ?? type, depth, walk)
      continue
    }
    if (isNegativeFirst(selection)) walk.hasNegativeFirst = true
    const below = fieldType(selection, type, walk.schema)
    if (below === undefined) {
      walk.problems.push(problemAt(selection, `Type \`${type.name}\` has no field \`${selection.name.value}\``))
    } else if (selection.selectionSet && (isObjectType(below) || isInterfaceType(below))) {
      checkSet(selection.selectionSet, below, depth + 1, walk)
    }
  }
}

function fieldType({ name }: FieldNode, type: GraphQLNamedType, schema: GraphQLSchema): GraphQLNamedType | undefined {
  if (name.value === '__typename') return schema.getType('String')
  if (type === schema.getQueryType()) {
    if (name.value === '__schema') return schema.getType('__Schema')
    if (name.value === '__type') return schema.getType('__Type')
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined
  const field = type.getFields()[name.value]
  return field && getNamedType(field.type)
}

function isNegativeFirst(node: FieldNode): boolean {
  const first = node.arguments?.find(({ name }) => name.value === 'first')?.value
  return first?.kind === Kind.INT && first.value.startsWith('-')
}

/**
 * How many entities graph-node thinks a query may return: lists multiply. It counts in 64 bits without a sign, so that a
 * negative `first` makes the size of what lies above it overflow.
 */
function sizeOf({ selections }: SelectionSetNode, type: GraphQLNamedType, walk: Walk): bigint {
  let total = 0n
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD) {
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : walk.operation.fragments.get(selection.name.value)
      const condition = fragment?.typeCondition && walk.schema.getType(fragment.typeCondition.name.value)
      if (fragment) total += sizeOf(fragment.selectionSet, condition ?? type, walk)
      continue
    }
    if (selection.name.value.startsWith('__') || !(isObjectType(type) || isInterfaceType(type))) continue
    const field = type.getFields()[selection.name.value]
    if (!field) continue
    const below = selection.selectionSet ? sizeOf(selection.selectionSet, getNamedType(field.type), walk) : 0n
    total += isListType(getNullableType(field.type)) ? firstOf(selection) * (below + 1n) : below
  }
  return total
}

function firstOf(node: FieldNode): bigint {
  const first = node.arguments?.find(({ name }) => name.value === 'first')?.value
  return first?.kind === Kind.INT ? BigInt.asUintN(64, BigInt(first.value)) : 100n
}
