import { type DirectiveNode, type FieldNode, Kind, type SelectionNode, type SelectionSetNode } from 'graphql'
import type { Operation } from './document.ts'
import { type Variables, valueOfNode } from './query-value.ts'

/** A field of the answer: the first node with its response key, and what all of them select below. */
export interface CollectedField {
  readonly node: FieldNode
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
  const found = new Map<string, { node: FieldNode; below: SelectionSetNode[] }>()
  const seen = new Set<SelectionSetNode>()
  for (const set of sets) collectInto(found, set, isOf, request, seen)
  return found
}

function collectInto(
  found: Map<string, { node: FieldNode; below: SelectionSetNode[] }>,
  set: SelectionSetNode,
  isOf: (condition: string) => boolean,
  request: Request,
  seen: Set<SelectionSetNode>,
): void {
  // A fragment spread twice adds nothing, and documents that double themselves at each spread stay small.
  if (seen.has(set)) return
  seen.add(set)
  for (const selection of set.selections) {
    if (isSkipped(selection, request.variables)) continue
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value
      const known = found.get(key)
      if (!known) found.set(key, { node: selection, below: selection.selectionSet ? [selection.selectionSet] : [] })
      else if (selection.selectionSet) known.below.push(selection.selectionSet)
      continue
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : request.operation.fragments.get(selection.name.value)
    if (!fragment) continue
    const condition = fragment.typeCondition?.name.value
    if (condition === undefined || isOf(condition)) collectInto(found, fragment.selectionSet, isOf, request, seen)
  }
}

/** A directive without a Boolean `if` counts as one with true. */
function isSkipped({ directives = [] }: SelectionNode, variables: Variables): boolean {
  if (directives.length === 0) return false
  return directives.some(
    (directive) =>
      (directive.name.value === 'skip' && isOn(directive, variables)) ||
      (directive.name.value === 'include' && !isOn(directive, variables)),
  )
}

function isOn(directive: DirectiveNode, variables: Variables): boolean {
  const node = directive.arguments?.find(({ name }) => name.value === 'if')
  const value = node && valueOfNode(node.value, variables)
  return value?.kind === 'Boolean' ? value.value : true
}
