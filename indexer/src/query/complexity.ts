import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { fieldDefinition } from './check-fields.ts'
import { fragmentOf } from './collect.ts'
import type { Operation } from './document.ts'

const maxDepth = 255
const limit = 2n ** 64n

/**
 * Says what is wrong with the size of a query: it is too deep, or the count of what it may return overflows. There is no
 * other limit. The count ends without a word where a field is unknown; that is told later.
 * @see graphprotocol/graph-node graphql/src/execution/query.rs `complexity_inner`
 */
export function sizeProblem(operation: Operation, schema: GraphQLSchema): string | undefined {
  const query = schema.getQueryType()
  if (!query) return undefined
  const size = sizeOf(operation.node.selectionSet, query, 0, { operation, schema, fragments: new Map() })
  if (size === 'deep') return `query has a depth that exceeds the limit of \`${maxDepth}\``
  return size === 'overflow' ? tooLarge : undefined
}

const tooLarge =
  'query potentially returns `18446744073709551615` entities or more and thereby exceeds the limit of `0` entities. ' +
  'Possible solutions are reducing the depth of the query, querying fewer relationships or using `first` to return smaller collections'

/** How many entities there may be; or why that is not known. */
type Size = bigint | 'deep' | 'overflow' | 'invalid'

interface Counting {
  readonly operation: Operation
  readonly schema: GraphQLSchema
  /** By name and depth, so that fragments which double at every step are counted once. */
  readonly fragments: Map<string, Size>
}

function sizeOf({ selections }: SelectionSetNode, type: GraphQLNamedType, depth: number, counting: Counting): Size {
  if (depth >= maxDepth) return 'deep'
  let total = 0n
  for (const selection of selections) {
    const size =
      selection.kind === Kind.FIELD
        ? sizeOfField(selection, type, depth, counting)
        : sizeOfFragment(selection, type, depth, counting)
    if (typeof size === 'string') return size
    total += size
    if (total >= limit && !isSingle(selection, type, counting)) return 'overflow'
    total = BigInt.asUintN(64, total)
  }
  return total
}

/** What single fields lead to is added without a look at whether it fits. */
function isSingle(node: SelectionNode, type: GraphQLNamedType, { schema }: Counting): boolean {
  const definition = node.kind === Kind.FIELD ? fieldDefinition(node.name.value, type, schema) : undefined
  return definition !== undefined && !isListType(getNullableType(definition.type))
}

function sizeOfField(node: FieldNode, type: GraphQLNamedType, depth: number, counting: Counting): Size {
  if (!node.selectionSet) return 0n
  const definition = fieldDefinition(node.name.value, type, counting.schema)
  if (!definition) return 'invalid'
  const below = sizeOf(node.selectionSet, getNamedType(definition.type), depth + 1, counting)
  if (typeof below === 'string' || !isListType(getNullableType(definition.type))) return below
  const total = firstOf(node) * (below + 1n)
  return total >= limit ? 'overflow' : total
}

function sizeOfFragment(
  selection: Exclude<SelectionSetNode['selections'][number], FieldNode>,
  type: GraphQLNamedType,
  depth: number,
  counting: Counting,
): Size {
  const fragment = fragmentOf(selection, counting.operation)
  const condition = fragment?.typeCondition ? counting.schema.getType(fragment.typeCondition.name.value) : type
  if (!fragment || !condition) return 'invalid'
  if (selection.kind === Kind.INLINE_FRAGMENT) return sizeOf(fragment.selectionSet, condition, depth + 1, counting)
  const key = `${selection.name.value} ${depth}`
  const size = counting.fragments.get(key) ?? sizeOf(fragment.selectionSet, condition, depth + 1, counting)
  counting.fragments.set(key, size)
  return size
}

/** graph-node counts in 64 bits without a sign, so that a negative `first` is a very large one. */
function firstOf(node: FieldNode): bigint {
  const first = node.arguments?.find(({ name }) => name.value === 'first')?.value
  return first?.kind === Kind.INT ? BigInt.asUintN(64, BigInt(first.value)) : 100n
}
