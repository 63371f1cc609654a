/**
 * How long an operation's lists may get, known before anybody is asked: a list's `first` is checked wherever it stands, and
 * lists within lists multiply.
 */
import type { ArgumentNode, FieldNode, GraphQLField, ValueNode } from 'graphql'
import { isInterfaceType, isObjectType } from 'graphql'
import { QueryTooExpensiveError } from '../errors.ts'
import { readPage } from '../page.ts'
import type { ChainSelection } from './project.ts'

/**
 * Entities that an operation's answer could hold if every list were full. Three levels of a thousand are within it; what is
 * there in truth is bounded by the size of the answer (`limits/defaults.ts`).
 */
export const MAX_ENTITIES = 1_000_000_000

/** A field that is a list, or has lists below. */
export interface Lists {
  /** Names of fields, such as `tokens.transfers`. */
  readonly path: string
  readonly isList: boolean
  readonly first?: ValueNode
  readonly skip?: ValueNode
  readonly below: readonly Lists[]
}

/** The lists of a field and below it; empty if there are none. */
export function listsOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
  selection: ChainSelection | undefined,
  path: readonly string[] = [],
): Lists[] {
  const here = [...path, node.name.value]
  const below = selection ? listsBelow(selection, here) : []
  const isList = field?.args.some(({ name }) => name === 'first') === true
  return isList || below.length > 0 ? [{ path: here.join('.'), isList, ...pageOf(node.arguments ?? []), below }] : []
}

/** The lists that begin in a selection. */
export function listsBelow(selection: ChainSelection, path: readonly string[]): Lists[] {
  const fields = isObjectType(selection.type) || isInterfaceType(selection.type) ? selection.type.getFields() : {}
  return [
    ...[...selection.fields.values()].flatMap(({ node, selection: below }) =>
      listsOf(node, fields[node.name.value], below, path),
    ),
    ...[...selection.fragments.values()].flatMap((fragment) => listsBelow(fragment, path)),
  ]
}

/**
 * @param variables - coerced
 * @returns how many entities come back at most
 * @throws BadUserInputError if a list's page is out of bounds, QueryTooExpensiveError if there are too many of them
 */
export function measureLists(lists: readonly Lists[], variables: Readonly<Record<string, unknown>>): number {
  const count = lists.reduce((sum, each) => sum + measure(each, variables), 0)
  if (count > MAX_ENTITIES) {
    throw new QueryTooExpensiveError(MAX_ENTITIES)
  }
  return count
}

function measure({ path, isList, first, skip, below }: Lists, variables: Readonly<Record<string, unknown>>): number {
  const { take } = isList
    ? readPage({ first: numberOf(first, variables), skip: numberOf(skip, variables), of: path })
    : { take: 1 }
  return take * (1 + below.reduce((sum, each) => sum + measure(each, variables), 0))
}

function numberOf(value: ValueNode | undefined, variables: Readonly<Record<string, unknown>>): number | undefined {
  const found = value?.kind === 'Variable' ? variables[value.name.value] : value?.kind === 'IntValue' && value.value
  return typeof found === 'string' || typeof found === 'number' ? Number(found) : undefined
}

function pageOf(args: readonly ArgumentNode[]): Pick<Lists, 'first' | 'skip'> {
  const [first, skip] = ['first', 'skip'].map((wanted) => args.find(({ name }) => name.value === wanted)?.value)
  return { ...(first && { first }), ...(skip && { skip }) }
}
