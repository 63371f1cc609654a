import { type ASTNode, type DocumentNode, Kind, parse, print, visit } from 'graphql'
import type { Question } from '../question.ts'

/** The question with one part less each, the largest parts first; none where it is no GraphQL. */
export function shorterQuestions(question: Question): Question[] {
  const document = parsed(question)
  if (document === null) return []
  const parts: ASTNode[] = []
  visit(document, {
    enter: (node, _key, parent) => {
      const isItem = Array.isArray(parent) && (node.kind === Kind.OBJECT || node.kind === Kind.STRING)
      if (isItem || removable.has(node.kind)) parts.push(node)
    },
  })
  const shorter = parts.map((part) =>
    written(
      question,
      without(document, (node) => node === part),
    ),
  )
  return shorter.filter(({ query = '' }) => query.length < (question.query?.length ?? 0))
}

/** The question without what names a field that is gone. */
export function fitted(question: Question, gone: ReadonlySet<string>): Question {
  const document = parsed(question)
  if (document === null || gone.size === 0) return question
  const names = [...gone]
  const isGone = (name: string) => names.some((one) => name === one || name.startsWith(`${one}_`))
  return written(
    question,
    without(
      document,
      (node) =>
        ((node.kind === Kind.FIELD || node.kind === Kind.OBJECT_FIELD) && isGone(node.name.value)) ||
        (node.kind === Kind.ARGUMENT && node.value.kind === Kind.ENUM && isGone(node.value.value)),
    ),
  )
}

const removable: ReadonlySet<string> = new Set([
  Kind.FIELD,
  Kind.ARGUMENT,
  Kind.OBJECT_FIELD,
  Kind.INLINE_FRAGMENT,
  Kind.DIRECTIVE,
])

function parsed({ query = '' }: Question): DocumentNode | null {
  try {
    return parse(query)
  } catch {
    return null
  }
}

/** What had a selection keeps one, and a variable that nobody uses any more is not declared. */
function without(document: DocumentNode, isGone: (node: ASTNode) => boolean): DocumentNode {
  const left: DocumentNode = visit(document, {
    enter: (node) => (isGone(node) ? null : undefined),
    SelectionSet: {
      leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [idField] }),
    },
  })
  const used = new Set<string>()
  visit(left, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  })
  return visit(left, { VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null) })
}

const idField = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: 'id' } } as const

function written(question: Question, document: DocumentNode): Question {
  const query = print(document)
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
  const { variables = {} } = question
  const used = Object.entries(variables).filter(([name]) => query.includes(`$${name}`))
  const { variables: _, ...others } = question
  return { ...others, query, ...(used.length > 0 ? { variables: Object.fromEntries(used) } : {}) }
}

/** All names in the question. */
export function wordsOf({ query = '' }: Question): ReadonlySet<string> {
  const words = query.match(/\w+/g) ?? []
  // The field of a filter is what is before the operator.
  return new Set(words.flatMap((word) => word.split('_').map((_, at, parts) => parts.slice(0, at + 1).join('_'))))
}
