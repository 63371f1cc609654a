import type { FieldNode, GraphQLField, OperationDefinitionNode } from 'graphql'
import { type GraphQLInputType, type GraphQLSchema, isInputType, Kind, typeFromAST } from 'graphql'
import type { QueryProblem } from '../errors.ts'
import { coerce } from './coerce.ts'
import { problemAt } from './document.ts'
import { debugValue, type QueryValue, type Variables, valueOfJson, valueOfNode } from './query-value.ts'

export type Arguments = ReadonlyMap<string, QueryValue>

const nowhere = [{ line: 0, column: 0 }]

/**
 * Checks what was sent for the variables that the operation declares; what it does not declare is dropped.
 * @param problems - gets one entry for each that is missing or does not fit
 */
export function readVariables(
  operation: OperationDefinitionNode,
  json: Readonly<Record<string, unknown>>,
  schema: GraphQLSchema,
  problems: QueryProblem[],
): Variables {
  const variables = new Map<string, QueryValue>()
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value
    if (variables.has(name)) continue
    const type = typeFromAST(schema, definition.type)
    if (!isInputType(type)) {
      problems.push(problemAt(definition, `Variable \`${name}\` must have an input type`))
      continue
    }
    const isGiven = Object.hasOwn(json, name) && json[name] !== undefined
    if (!isGiven && definition.defaultValue === undefined) {
      if (definition.type.kind === Kind.NON_NULL_TYPE) {
        problems.push(problemAt(definition, `No value provided for required variable \`${name}\``))
      }
      continue
    }
    const value = isGiven
      ? valueOfJson(json[name])
      : definition.defaultValue && valueOfNode(definition.defaultValue, new Map())
    const coerced = value && coerce(value, type)
    if (coerced !== undefined) variables.set(name, coerced)
    else if (value) problems.push(problemAt(definition, invalidArgument(name, value)))
  }
  return variables
}

/**
 * Checks the arguments that a field's definition knows; others are ignored, and of two with one name the first counts.
 * @returns those given, null included; none if there was a problem
 */
export function readArguments(
  node: FieldNode,
  definition: Pick<GraphQLField<unknown, unknown>, 'args'>,
  variables: Variables,
  problems: QueryProblem[],
): Arguments {
  const values = new Map<string, QueryValue>()
  for (const { name, type, defaultValue } of definition.args) {
    const given = node.arguments?.find((argument) => argument.name.value === name)?.value
    const isAbsent = given === undefined || (given.kind === Kind.VARIABLE && !variables.has(given.name.value))
    if (isAbsent) {
      if (isRequired(type) && defaultValue === undefined) {
        problems.push({ message: `No value provided for required argument: \`${name}\``, locations: nowhere })
      }
      continue
    }
    const value = valueOfNode(given, variables)
    const coerced = coerce(value, type)
    if (coerced !== undefined) values.set(name, coerced)
    else problems.push(invalidArgumentProblem(name, value))
  }
  return values
}

export function invalidArgumentProblem(name: string, value: QueryValue): QueryProblem {
  return { message: invalidArgument(name, value), locations: nowhere }
}

function invalidArgument(name: string, value: QueryValue): string {
  return `Invalid value provided for argument \`${name}\`: ${debugValue(value)}`
}

function isRequired(type: GraphQLInputType): boolean {
  return 'ofType' in type && String(type).endsWith('!')
}
