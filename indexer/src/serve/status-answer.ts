import { type GraphQLSchema, getNamedType } from 'graphql'
import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import { type Arguments, readArguments } from '../query/arguments.ts'
import { type CollectedField, collectFields, type Request } from '../query/collect.ts'
import { answerIntrospection } from '../query/introspection.ts'
import { type Plain, selectPlain } from '../query/plain.ts'
import { type Question, readRequest } from '../query/request.ts'

/** Looks up a field of Query. What is wrong with it, it throws as a QueryRefusedError. */
export type StatusRoot = (
  values: Arguments,
  /** Whether a field of what it yields is asked for; some are dear. */
  wants: (field: string) => boolean,
) => Promise<Plain>

export type StatusRoots = Readonly<Record<string, StatusRoot>>

/**
 * Answers a question in the dialect that subgraphs are asked in.
 * @returns JSON: the data, or all that is wrong
 * @throws QuerySyntaxError for a text that is no document
 */
export async function answerStatus(question: Question, schema: GraphQLSchema, roots: StatusRoots): Promise<string> {
  let request: Request
  try {
    request = readRequest(question, schema)
  } catch (error) {
    if (error instanceof QueryRefusedError && error.constructor === QueryRefusedError)
      return refused(error.facts.problems)
    throw error
  }
  const found = collectFields([request.operation.node.selectionSet], (condition) => condition === 'Query', request)
  const problems: QueryProblem[] = []
  const parts: string[] = []
  for (const [key, field] of found) {
    try {
      const json = await answerField(field, request, schema, roots)
      if (json !== undefined) parts.push(`${JSON.stringify(key)}:${json}`)
    } catch (error) {
      if (!(error instanceof QueryRefusedError)) throw error
      problems.push(...error.facts.problems)
    }
  }
  return problems.length > 0 ? refused(problems) : `{"data":{${parts.join(',')}}}`
}

/** @returns undefined for an object of which nothing is selected: it is left out */
async function answerField(
  { node, below }: CollectedField,
  request: Request,
  graphql: GraphQLSchema,
  roots: StatusRoots,
): Promise<string | undefined> {
  const name = node.name.value
  if (name === '__typename') return '"Query"'
  if (name === '__schema' || name === '__type') {
    return below.length === 0 ? undefined : answerIntrospection(node, below, request, { graphql }, [])
  }
  const definition = graphql.getQueryType()?.getFields()[name]
  const look = Object.hasOwn(roots, name) ? roots[name] : undefined
  if (!definition || !look) return 'null'
  const isScalar = /^(Bytes|JSONObject)$/.test(String(definition.type))
  if (!isScalar && below.length === 0) return undefined
  const selected = collectFields(below, (condition) => condition === getNamedType(definition.type).name, request)
  const names = new Set([...selected.values()].map((field) => field.node.name.value))
  const values = readArguments(node, definition, request.variables, [])
  return selectPlain(await look(values, (field) => names.has(field)), below, request)
}

function refused(problems: readonly QueryProblem[]): string {
  return JSON.stringify({ errors: problems })
}
