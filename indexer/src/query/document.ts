import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  parseValue,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import { checkSyntax, QuerySyntaxError } from './syntax.ts'
import { placeOf } from './token.ts'

/** The one operation of a document, with the fragments it may spread. */
export interface Operation {
  readonly node: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Why it will not be run, whatever it selects; told once its variables are found to be right. */
  readonly refusal?: string
}

type Located = { readonly loc?: OperationDefinitionNode['loc'] }

const parsed = new LRUCache<string, Operation>({
  maxSize: 4_000_000,
  sizeCalculation: (_, text) => text.length + 1_000,
})

/**
 * Reads a document. A name for the operation is neither needed nor heeded, so there may be only one.
 * @throws {@link QueryRefusedError} for bad syntax, and no or several operations
 */
export function readDocument(text: string): Operation {
  const known = parsed.get(text)
  if (known) return known
  const operation = operationOf(parseText(text))
  parsed.set(text, operation)
  return operation
}

/** A message with the place of a node in the query's text. */
export function problemAt(node: Located, message: string): QueryProblem {
  if (!node.loc) return { message }
  return { message, locations: [placeOf(node.loc.source.body, node.loc.start)] }
}

function operationOf(document: DocumentNode): Operation {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION)
  const [node] = operations
  if (node === undefined || operations.length > 1) throw refusal('Operation name required')
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const reason = unsupported(node) ?? badSpread(node.selectionSet, fragments, [], new Set())
  return { node, fragments, ...(reason !== undefined && { refusal: reason }) }
}

function unsupported({ operation }: OperationDefinitionNode): string | undefined {
  if (operation === OperationTypeNode.MUTATION) return 'Not supported: Mutations are not supported'
  if (operation === OperationTypeNode.SUBSCRIPTION) return 'Not supported: Subscriptions are not supported'
  return undefined
}

/**
 * Fragments that are not there, or that spread themselves.
 * @param path - the fragments around the selections @param done - fragments known to be sound
 */
function badSpread(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  path: readonly string[],
  done: Set<string>,
): string | undefined {
  for (const selection of selections) {
    if (selection.kind !== Kind.FRAGMENT_SPREAD) {
      const below = selection.selectionSet && badSpread(selection.selectionSet, fragments, path, done)
      if (below !== undefined) return below
      continue
    }
    const name = selection.name.value
    if (path.includes(name)) return `query has fragment cycle including \`${name}\``
    const fragment = fragments.get(name)
    if (!fragment) return `fragment \`${name}\` is not defined`
    if (done.has(name)) continue
    const within = badSpread(fragment.selectionSet, fragments, [...path, name], done)
    if (within !== undefined) return within
    done.add(name)
  }
  return undefined
}

/** The parser sees only what graph-node's would take; of that it refuses control characters within a string, in its own words. */
function parseText(text: string): DocumentNode {
  checkSyntax(text)
  try {
    return text.includes('\\b') ? withBackspaces(parse(text)) : parse(text)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const { message, locations } = error
    throw new QuerySyntaxError([{ message, ...(locations && { locations }) }])
  }
}

/** Of the escapes of a string graph-node takes one for another letter: `\b` is U+0010. */
function withBackspaces(document: DocumentNode): DocumentNode {
  return visit(document, {
    StringValue: (node) => {
      if (!node.value.includes('\b') || node.block || !node.loc) return undefined
      const { source, start, end } = node.loc
      const text = source.body
        .slice(start, end)
        .replace(/\\(.)/gs, (same, letter) => (letter === 'b' ? '\\u0010' : same))
      const value = parseValue(text)
      return value.kind === Kind.STRING ? { ...node, value: value.value } : undefined
    },
  })
}

function refusal(message: string): QueryRefusedError {
  return new QueryRefusedError([{ message }])
}
