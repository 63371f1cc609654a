import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type InlineFragmentNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Operation } from './document.ts'
import { type Variables, valueOfNode } from './query-value.ts'

/** A field of the answer: the first node with its response key, the others that have it too, and what all of them select below. */
export interface CollectedField {
  readonly node: FieldNode
  readonly others: readonly FieldNode[]
  readonly below: readonly SelectionSetNode[]
}

/** What a walk over selections needs to know about the query. */
export interface Request {
  readonly operation: Operation
  readonly variables: Variables
}

/**
 * Flattens selections for one type into fields by response key, in query order. The first of conflicting fields wins.
 * @param isOf - whether the type at hand is, or implements, a fragment's type
 */
export function collectFields(
  sets: readonly SelectionSetNode[],
  isOf: (condition: string) => boolean,
  request: Request,
): Map<string, CollectedField> {
  const found = new Map<string, Collecting>()
  const seen = new Set<SelectionSetNode>()
  for (const set of sets) collectInto(found, set, isOf, request, seen)
  return found
}

type Collecting = { node: FieldNode; others: FieldNode[]; below: SelectionSetNode[] }

function collectInto(
  found: Map<string, Collecting>,
  set: SelectionSetNode,
  isOf: (condition: string) => boolean,
  request: Request,
  seen: Set<SelectionSetNode>,
): void {
  // A fragment spread twice adds nothing, and documents that double themselves at each spread stay small.
  if (seen.has(set)) return
  seen.add(set)
  for (const selection of set.selections) {
    if (isSkipped(selection, request)) continue
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value
      const below = selection.selectionSet ? [selection.selectionSet] : []
      const known = found.get(key)
      if (known) {
        known.others.push(selection)
        known.below.push(...below)
      } else found.set(key, { node: selection, others: [], below })
      continue
    }
    const fragment = fragmentOf(selection, request.operation)
    if (!fragment) continue
    const condition = fragment.typeCondition?.name.value
    if (condition === undefined || isOf(condition)) collectInto(found, fragment.selectionSet, isOf, request, seen)
  }
}

/** What a spread or an inline fragment stands for. */
export function fragmentOf(
  selection: FragmentSpreadNode | InlineFragmentNode,
  { fragments }: Operation,
): FragmentDefinitionNode | InlineFragmentNode | undefined {
  return selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value)
}

/**
 * Whether directives leave a selection out. As in graph-node, those of a spread do not count, but those of the fragment's
 * definition do, and `__typename` is always told.
 */
export function isSkipped(selection: SelectionNode, { operation, variables }: Request): boolean {
  if (selection.kind === Kind.FIELD && selection.name.value === '__typename') return false
  const bearer = selection.kind === Kind.FIELD ? selection : fragmentOf(selection, operation)
  return (bearer?.directives ?? []).some(
    (directive) =>
      (directive.name.value === 'skip' && isOn(directive, variables)) ||
      (directive.name.value === 'include' && !isOn(directive, variables)),
  )
}

/** A directive without `if` counts as one with true, and one whose `if` is no Boolean as one with false. */
function isOn(directive: DirectiveNode, variables: Variables): boolean {
  const node = directive.arguments?.find(({ name }) => name.value === 'if')
  if (!node) return true
  const value = valueOfNode(node.value, variables)
  return value.kind === 'Boolean' && value.value
}
