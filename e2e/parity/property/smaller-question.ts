import { type ASTNode, type DocumentNode, Kind, parse, print, type ValueNode, visit } from 'graphql'
import type { Question } from '../question.ts'

/** The question with one part less each, or with one put more plainly, the largest parts first; none where it is no GraphQL. */
export function shorterQuestions(question: Question): Question[] {
  const document = parsed(question)
  if (document === null) return []
  const edits: Edit[] = [(node) => inlined(node, question.variables ?? {})]
  visit(document, {
    enter: (part, _key, parent) => {
      const isItem = Array.isArray(parent) && isValue(part)
      if (isItem || removable.has(part.kind)) edits.push((node) => (node === part ? null : undefined))
      for (const plain of plainer(part, document)) edits.push((node) => (node === part ? plain : undefined))
    },
  })
  return edits.map((edit) => written(question, edited(document, edit))).filter((one) => sizeOf(one) < sizeOf(question))
}

const sizeOf = ({ query, variables }: Question) => JSON.stringify([query, variables]).length

/** The question without what names a field that is gone. */
export function fitted(question: Question, gone: ReadonlySet<string>): Question {
  const document = parsed(question)
  if (document === null || gone.size === 0) return question
  const names = [...gone]
  const isGone = (name: string) => names.some((one) => name === one || name.startsWith(`${one}_`))
  return written(
    question,
    edited(document, (node) =>
      ((node.kind === Kind.FIELD || node.kind === Kind.OBJECT_FIELD) && isGone(node.name.value)) ||
      (node.kind === Kind.ARGUMENT && node.value.kind === Kind.ENUM && isGone(node.value.value))
        ? null
        : undefined,
    ),
  )
}

/** What is put in the place of a node: null for nothing, undefined where it stays. */
type Edit = (node: ASTNode) => ASTNode | null | undefined

const removable: ReadonlySet<string> = new Set([
  Kind.FIELD,
  Kind.ARGUMENT,
  Kind.OBJECT_FIELD,
  Kind.INLINE_FRAGMENT,
  Kind.FRAGMENT_SPREAD,
  Kind.DIRECTIVE,
])

const isValue = ({ kind }: ASTNode) => kind.endsWith('Value') || kind === Kind.VARIABLE

/** What says less in the same place: no alias, no name, a fragment where it is spread, one of several that are joined. */
function plainer(node: ASTNode, { definitions }: DocumentNode): ASTNode[] {
  switch (node.kind) {
    case Kind.FIELD:
      return node.alias === undefined ? [] : [{ ...node, alias: undefined }]
    case Kind.OPERATION_DEFINITION:
      return node.name === undefined ? [] : [{ ...node, name: undefined }]
    case Kind.FRAGMENT_SPREAD: {
      const found = definitions.find(
        (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === node.name.value,
      )
      if (found?.kind !== Kind.FRAGMENT_DEFINITION) return []
      const { typeCondition, selectionSet } = found
      return [{ kind: Kind.INLINE_FRAGMENT, directives: node.directives, typeCondition, selectionSet }]
    }
    case Kind.OBJECT: {
      const joined = node.fields.flatMap(({ value }) => (value.kind === Kind.LIST ? value.values : []))
      return joined.filter(({ kind }) => kind === Kind.OBJECT)
    }
    default:
      return []
  }
}

/** A variable as the value that is given for it; those that rely on a default stay. */
function inlined(node: ASTNode, variables: Readonly<Record<string, unknown>>): ASTNode | undefined {
  if (node.kind !== Kind.VARIABLE) return undefined
  const value = variables[node.name.value]
  return value === undefined ? undefined : literalOf(value)
}

/** Enums are taken as texts, too. */
function literalOf(value: unknown): ValueNode {
  if (value === null) return { kind: Kind.NULL }
  if (Array.isArray(value)) return { kind: Kind.LIST, values: value.map(literalOf) }
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([name, one]) => ({
      kind: Kind.OBJECT_FIELD as const,
      name: { kind: Kind.NAME as const, value: name },
      value: literalOf(one),
    }))
    return { kind: Kind.OBJECT, fields }
  }
  if (typeof value === 'boolean') return { kind: Kind.BOOLEAN, value }
  if (typeof value === 'number') return { kind: Number.isInteger(value) ? Kind.INT : Kind.FLOAT, value: String(value) }
  return { kind: Kind.STRING, value: String(value) }
}

function parsed({ query = '' }: Question): DocumentNode | null {
  try {
    return parse(query)
  } catch {
    return null
  }
}

/** What had a selection keeps one; variables and fragments that nobody uses any more are not declared. */
function edited(document: DocumentNode, edit: Edit): DocumentNode {
  const left: DocumentNode = visit(document, {
    enter: (node, key) => (key === 'variable' ? false : edit(node)),
    SelectionSet: {
      leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [idField] }),
    },
  })
  const used = new Set<string>()
  visit(left, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(`$${name.value}`),
    FragmentSpread: ({ name }) => void used.add(name.value),
  })
  return visit(left, {
    VariableDefinition: ({ variable }) => (used.has(`$${variable.name.value}`) ? undefined : null),
    FragmentDefinition: ({ name }) => (used.has(name.value) ? undefined : null),
  })
}

const idField = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'id' } } as const

function written(question: Question, document: DocumentNode): Question {
  const query = print(document)
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
  const { variables = {} } = question
  const used = Object.entries(variables).filter(([name]) => new RegExp(`\\$${name}\\b`).test(query))
  const { variables: _, ...others } = question
  return { ...others, query, ...(used.length > 0 ? { variables: Object.fromEntries(used) } : {}) }
}

/** All names in the question. */
export function wordsOf({ query = '' }: Question): ReadonlySet<string> {
  const words = query.match(/\w+/g) ?? []
  // The field of a filter is what is before the operator.
  return new Set(words.flatMap((word) => word.split('_').map((_, at, parts) => parts.slice(0, at + 1).join('_'))))
}
