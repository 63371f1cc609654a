import { type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, print } from 'graphql'
import { parseExpression } from './aggregate-expression.ts'
import { argument, argumentNode, baseOf, directive, isAggregateFunction, typeOfField } from './schema-text.ts'

/**
 * What is wrong with an aggregation, in graph-node's words and order.
 * @param entities - among them its source
 * @see graphprotocol/graph-node graph/src/schema/input/mod.rs `validate_aggregations`
 */
export function aggregationProblems(
  node: ObjectTypeDefinitionNode,
  entities: readonly ObjectTypeDefinitionNode[],
): string[] {
  const type = node.name.value
  const fields = node.fields ?? []
  const untimed = timestampProblem(node)
  return [
    ...(untimed === null ? [] : [untimed]),
    ...fields
      .filter((field) => directive(field, 'derivedFrom'))
      .map(
        ({ name }) =>
          `Aggregation ${type} has a derived field ${name.value} but fields in aggregations can not be derived`,
      ),
    ...fields.flatMap((field) => resultProblem(type, field, entities) ?? []),
    ...sourceProblems(node, entities),
    ...intervalProblems(node),
  ]
}

/** What timeseries and aggregations share. */
export function timestampProblem(node: ObjectTypeDefinitionNode): string | null {
  const type = typeOfField(node, 'timestamp')
  if (type === undefined) return `Timeseries ${node.name.value} is missing a \`timestamp\` field`
  if (baseOf(type) === 'Timestamp') return null
  return `Type ${node.name.value} has a \`timestamp\` field of type ${baseOf(type)}, but it must be of type Timestamp`
}

const NUMERIC = ['Int', 'Int8', 'BigInt', 'BigDecimal']
const OTHER = ['Boolean', 'Bytes', 'String', 'ID', 'Timestamp']

function resultProblem(
  type: string,
  field: FieldDefinitionNode,
  entities: readonly ObjectTypeDefinitionNode[],
): string | null {
  const aggregate = directive(field, 'aggregate')
  const result = baseOf(field.type)
  if (aggregate === undefined || NUMERIC.includes(result)) return null
  const takesAny = ['first', 'last'].includes(String(argument(aggregate, 'fn')))
  if (takesAny && ['Bytes', 'String', 'ID'].includes(result)) return null
  if (OTHER.includes(result)) return takesAny ? notFirst(type, field) : notNumeric(type, field)
  if (takesAny && entities.some(({ name }) => name.value === result)) return null
  return `Type \`${type}\`, field \`${field.name.value}\`: type \`${result}\` is not defined`
}

function notFirst(type: string, { name }: FieldDefinitionNode): string {
  return `Aggregation '${type}', field '${name.value}': first/last aggregates must use a numeric, byte array, string or a reference type`
}

function notNumeric(type: string, { name }: FieldDefinitionNode): string {
  return `Aggregation ${type}, field${name.value}: aggregates must use a numeric type, one of Int, Int8, BigInt, and BigDecimal`
}

function sourceProblems(node: ObjectTypeDefinitionNode, entities: readonly ObjectTypeDefinitionNode[]): string[] {
  const type = node.name.value
  const aggregation = directive(node, 'aggregation')
  const given = aggregation && argumentNode(aggregation, 'source')
  if (given === undefined) return [`Aggregation ${type} is missing the \`source\` argument`]
  if (given.kind !== Kind.STRING) {
    return [`Aggregation ${type} has an invalid argument for \`source\`: it must be the name of a timeseries`]
  }
  const source = entities.find(({ name }) => name.value === given.value)
  if (source === undefined) {
    return [`Aggregaton ${type} uses ${given.value} as the source, but there is no timeseries of that name`]
  }
  const entity = directive(source, 'entity')
  if (entity === undefined || argument(entity, 'timeseries') !== true) {
    return [`Aggregation ${type} uses ${given.value} as the source, but that type is not a timeseries`]
  }
  const fields = (node.fields ?? []).filter(({ name }) => name.value !== 'id' && name.value !== 'timestamp')
  return [
    ...idProblems(node, source),
    ...fields.flatMap((field) =>
      directive(field, 'aggregate') ? aggregateProblems(type, field, source) : dimensionProblems(type, field, source),
    ),
    ...(fields.some((field) => directive(field, 'aggregate')) ? [] : [`Aggregation ${type} has no @aggregate fields`]),
  ]
}

function idProblems(node: ObjectTypeDefinitionNode, source: ObjectTypeDefinitionNode): string[] {
  const [wrong] = [source, node].flatMap((one) => wrongId(one) ?? [])
  if (wrong !== undefined) return [wrong]
  const [own, needed] = [node, source].map((one) => idKindOf(one))
  if (own === needed) return []
  const type = node.name.value
  return [
    `The type of the \`id\` field for aggregation ${type} must be ${needed}, the same as in the source, but is ${own}`,
  ]
}

function wrongId(node: ObjectTypeDefinitionNode): string | null {
  const type = typeOfField(node, 'id')
  if (type === undefined) return `Type ${node.name.value} does not have an \`id\` field`
  if (idKindOf(node) !== undefined) return null
  return `Entity type ${node.name.value} uses illegal type ${baseOf(type)} for id column`
}

function idKindOf(node: ObjectTypeDefinitionNode): string | undefined {
  const type = typeOfField(node, 'id')
  const kind = type && baseOf(type)
  if (kind === 'ID') return 'String'
  return kind !== undefined && ['String', 'Bytes', 'Int8'].includes(kind) ? kind : undefined
}

function dimensionProblems(type: string, field: FieldDefinitionNode, source: ObjectTypeDefinitionNode): string[] {
  const name = field.name.value
  const same = typeOfField(source, name)
  if (same === undefined) {
    return [`Aggregation ${type} uses ${source.name.value} as the source, but that does not have a field ${name}`]
  }
  const [own, theirs] = [baseOf(field.type), baseOf(same)]
  return own === theirs
    ? []
    : [`Field ${name} in aggregation ${type} has type ${own} but its type in the source is ${theirs}`]
}

function aggregateProblems(type: string, field: FieldDefinitionNode, source: ObjectTypeDefinitionNode): string[] {
  const aggregate = directive(field, 'aggregate')
  if (aggregate === undefined) return []
  const where = `Field ${field.name.value} in aggregation ${type}`
  const named = argumentNode(aggregate, 'fn')
  if (named === undefined) return [`${where} is missing the \`fn\` argument`]
  const fn = named.kind === Kind.STRING || named.kind === Kind.ENUM ? named.value : undefined
  if (!isAggregateFunction(fn)) return [`${where} uses the unknown aggregation function \`${fn ?? print(named)}\``]
  const arg = argumentNode(aggregate, 'arg')
  if (arg === undefined) {
    if (fn === 'count') return []
    return [`${where} is missing the \`arg\` argument since the function ${fn} requires it`]
  }
  if (arg.kind !== Kind.STRING) return [`${where} has an invalid argument for \`arg\`: it must be a string`]
  const cumulative = argument(aggregate, 'cumulative')
  if (cumulative !== undefined && typeof cumulative !== 'boolean') {
    return [`${where} has an invalid value for \`cumulative\`. It needs to be a boolean`]
  }
  const problemOf = (name: string) => fieldProblem({ type, field, fn, arg: arg.value, source }, name)
  try {
    parseExpression(arg.value, (name) => {
      const problem = problemOf(name)
      if (problem !== null) throw new Error(problem)
    })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

interface Use {
  readonly type: string
  readonly field: FieldDefinitionNode
  readonly fn: string
  readonly arg: string
  readonly source: ObjectTypeDefinitionNode
}

/** Of a field that an expression names. */
function fieldProblem({ type, field, fn, arg, source }: Use, name: string): string | null {
  const where = `Field ${field.name.value} in aggregation ${type} has`
  const found = typeOfField(source, name)
  if (found === undefined) return `${where} \`arg\` ${arg} but the source type does not have such a field`
  const [from, to] = [baseOf(found), baseOf(field.type)]
  if (!NUMERIC.includes(from)) {
    const takesAny = fn === 'first' || fn === 'last'
    if (takesAny && (['Bytes', 'String', 'ID'].includes(from) || (from === to && !OTHER.includes(from)))) return null
    return `${where} arg \`${arg}\` but that is not a numeric field in ${source.name.value}`
  }
  if (!NUMERIC.includes(to)) return notNumeric(type, field)
  if (NUMERIC.indexOf(from) <= NUMERIC.indexOf(to)) return null
  return `${where} \`arg\` ${arg} of type ${from} but it is of the wider type ${to} in the source`
}

function intervalProblems(node: ObjectTypeDefinitionNode): string[] {
  const type = node.name.value
  const aggregation = directive(node, 'aggregation')
  const given = aggregation && argumentNode(aggregation, 'intervals')
  if (given === undefined) {
    return [`Aggregation ${type} is missing an \`intervals\` argument for the timeseries directive`]
  }
  if (given.kind !== Kind.LIST || given.values.length === 0 || given.values.some(({ kind }) => kind !== Kind.STRING)) {
    return [`Aggregation ${type} has an invalid argument for \`intervals\`: it must be a non-empty list of strings`]
  }
  return given.values
    .map((one) => (one.kind === Kind.STRING ? one.value : ''))
    .filter((one) => one !== 'hour' && one !== 'day')
    .map((one) => `Aggregation ${type}: the interval ${one} is not supported`)
}
