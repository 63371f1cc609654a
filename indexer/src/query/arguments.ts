import {
  type FieldNode,
  type GraphQLField,
  GraphQLFloat,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLSchema,
  type GraphQLType,
  getNullableType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
} from 'graphql'
import { type QueryProblem, QueryRefusedError } from '../errors.ts'
import { coerce } from './coerce.ts'
import { problemAt } from './document.ts'
import { debugValue, type QueryValue, type Variables, valueOfJson, valueOfNode } from './query-value.ts'

export type Arguments = ReadonlyMap<string, QueryValue>

const nowhere = [{ line: 0, column: 0 }]

/**
 * Checks what was sent for the variables that the operation declares; what it does not declare is dropped.
 * @throws {@link QueryRefusedError} with all that are missing, or with the first that does not fit
 */
export function readVariables(
  operation: OperationDefinitionNode,
  json: Readonly<Record<string, unknown>>,
  schema: GraphQLSchema,
): Variables {
  const problems: QueryProblem[] = []
  const variables = new Map<string, QueryValue>()
  // Of one that is declared twice, what was sent goes to the first declaration, and the last one counts.
  const sent = new Map(Object.entries(json))
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value
    const type = variableType(definition.type, schema)
    if (!isInputType(type)) {
      problems.push(problemAt(definition, `Variable \`${name}\` must have an input type`))
      continue
    }
    const given = sent.get(name)
    sent.delete(name)
    const isGiven = given !== undefined
    if (!isGiven && definition.defaultValue === undefined) {
      if (definition.type.kind === Kind.NON_NULL_TYPE) {
        problems.push(problemAt(definition, `No value provided for required variable \`${name}\``))
      }
      continue
    }
    const value = isGiven
      ? valueOfJson(given)
      : definition.defaultValue && valueOfNode(definition.defaultValue, new Map())
    if (!value) continue
    const coerced = coerce(value, type)
    if (coerced === undefined)
      throw new QueryRefusedError([problemAt(definition, invalidArgument(name, blamed(value, type)))])
    variables.set(name, coerced)
  }
  if (problems.length > 0) throw new QueryRefusedError(problems)
  return variables
}

/** A scalar that no field of the schema uses is a type of its own nevertheless. */
function variableType(node: TypeNode, schema: GraphQLSchema): GraphQLType | undefined {
  if (node.kind !== Kind.NAMED_TYPE) {
    const of = variableType(node.type, schema)
    if (!of) return undefined
    if (node.kind === Kind.LIST_TYPE) return new GraphQLList(of)
    return isNonNullType(of) ? of : new GraphQLNonNull(of)
  }
  return node.name.value === 'Float' ? GraphQLFloat : schema.getType(node.name.value)
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
    if (given === undefined) {
      if (isRequired(type) && defaultValue === undefined) {
        problems.push({ message: `No value provided for required argument: \`${name}\``, locations: nowhere })
      }
      continue
    }
    const value = valueOfNode(given, variables)
    const coerced = coerce(value, type)
    if (coerced !== undefined) values.set(name, coerced)
    else problems.push(invalidArgumentProblem(name, blamed(value, type)))
  }
  return values
}

/** Of a list that does not fit its type, the first element that does not. */
function blamed(value: QueryValue, type: GraphQLInputType): QueryValue {
  const list = getNullableType(type)
  if (!isListType(list) || value.kind !== 'List') return value
  const element = value.values.find((one) => coerce(one, list.ofType) === undefined)
  return element === undefined ? value : blamed(element, list.ofType)
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
