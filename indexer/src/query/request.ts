import type { GraphQLSchema } from 'graphql'
import { QueryRefusedError } from '../errors.ts'
import { readVariables } from './arguments.ts'
import { checkArguments } from './check-arguments.ts'
import { checkFields } from './check-fields.ts'
import type { Request } from './collect.ts'
import { sizeProblem } from './complexity.ts'
import { readDocument } from './document.ts'

export interface Question {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  /** Which state answers fields that name no block; absent: the latest. */
  readonly at?: 'safe' | 'final'
}

/**
 * Reads a question and finds out whether it may be asked of a schema at all.
 * @throws {@link QueryRefusedError} with what is wrong: syntax, then variables, fragments, size, fields, arguments
 */
export function readRequest({ query, variables }: Question, schema: GraphQLSchema): Request {
  const operation = readDocument(query)
  const values = readVariables(operation.node, variables ?? {}, schema)
  const message = operation.refusal ?? sizeProblem(operation, schema)
  const problems = message === undefined ? checkFields(operation, schema) : [{ message }]
  if (problems.length > 0) throw new QueryRefusedError(problems)
  const request = { operation, variables: values }
  checkArguments(request, schema)
  return request
}
