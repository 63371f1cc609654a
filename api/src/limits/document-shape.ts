/**
 * What a document would grow to, before anything grows: fragments are counted wherever they are spread, by remembering the
 * size of each, so that a document that doubles twenty times over is refused in microseconds.
 */
import type { DocumentNode, FragmentDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql'
import { DocumentTooLargeError } from '../errors.ts'

export interface ShapeLimits {
  /** Levels of fields below the root. */
  readonly maxDepth: number
  /** The same within `__schema` and `__type`, where clients' own introspection goes deep. */
  readonly maxIntrospectionDepth: number
  readonly maxFields: number
}

interface Size {
  readonly depth: number
  readonly introspectionDepth: number
  readonly fields: number
}

/** @throws DocumentTooLargeError */
export function checkShape(document: DocumentNode, limits: ShapeLimits): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') {
      fragments.set(definition.name.value, definition)
    }
  }
  const measure = measurer(fragments)
  for (const definition of document.definitions) {
    if (definition.kind !== 'OperationDefinition' && definition.kind !== 'FragmentDefinition') {
      continue
    }
    const { depth, introspectionDepth, fields } = measure(definition.selectionSet)
    if (depth > limits.maxDepth) {
      throw new DocumentTooLargeError('QUERY_TOO_DEEP', limits.maxDepth)
    }
    if (introspectionDepth > limits.maxIntrospectionDepth) {
      throw new DocumentTooLargeError('QUERY_TOO_DEEP', limits.maxIntrospectionDepth)
    }
    if (fields > limits.maxFields) {
      throw new DocumentTooLargeError('QUERY_TOO_LARGE', limits.maxFields)
    }
  }
}

const nothing: Size = { depth: 0, introspectionDepth: 0, fields: 0 }

function measurer(fragments: ReadonlyMap<string, FragmentDefinitionNode>): (set: SelectionSetNode) => Size {
  const known = new Map<string, Size>()
  const measureSet = (set: SelectionSetNode): Size => set.selections.map(measureSelection).reduce(together, nothing)
  const measureSelection = (selection: SelectionNode): Size => {
    if (selection.kind === 'InlineFragment') {
      return measureSet(selection.selectionSet)
    }
    if (selection.kind === 'FragmentSpread') {
      return measureFragment(selection.name.value)
    }
    const below = selection.selectionSet ? measureSet(selection.selectionSet) : nothing
    const fields = 1 + below.fields
    // Only the names matter here: a client that calls another field so finds out at validation.
    return selection.name.value === '__schema' || selection.name.value === '__type'
      ? { depth: 1, introspectionDepth: 1 + Math.max(below.depth, below.introspectionDepth), fields }
      : { depth: 1 + below.depth, introspectionDepth: below.introspectionDepth, fields }
  }
  const measureFragment = (name: string): Size => {
    const size = known.get(name)
    if (size !== undefined) {
      return size
    }
    const fragment = fragments.get(name)
    known.set(name, nothing) // a fragment that contains itself ends here; validation will say so
    const measured = fragment ? measureSet(fragment.selectionSet) : nothing
    known.set(name, measured)
    return measured
  }
  return measureSet
}

function together(one: Size, other: Size): Size {
  return {
    depth: Math.max(one.depth, other.depth),
    introspectionDepth: Math.max(one.introspectionDepth, other.introspectionDepth),
    fields: one.fields + other.fields,
  }
}
