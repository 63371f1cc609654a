import { type DocumentNode, type FieldDefinitionNode, Kind, type ObjectTypeDefinitionNode, print } from 'graphql'
import { parseExpression } from './aggregate-expression.ts'
import { snake } from './names.ts'
import {
  argument,
  describeDefinition,
  directive,
  idTypeOf,
  implementationsOf,
  isAggregateFunction,
  isDerived,
  isDimension,
  SCALARS,
  type SchemaNames,
  shapeOf,
  textArgument,
} from './schema-text.ts'

type TypeNode =
  | ObjectTypeDefinitionNode
  | (DocumentNode['definitions'][number] & { kind: Kind.INTERFACE_TYPE_DEFINITION })

/**
 * Everything that keeps a schema from being indexed, as sentences. Where graph-node has a text for it, so have we.
 * @see graphprotocol/graph-node graph/src/schema/mod.rs, `SchemaValidationError`
 */
export function schemaProblems(document: DocumentNode, names: SchemaNames): string[] {
  const { objects, interfaces } = names
  const types = [...objects.values(), ...interfaces.values()]
  const entities = [...objects.values()].filter((node) => directive(node, 'entity'))
  const aggregations = [...objects.values()].filter((node) => directive(node, 'aggregation'))
  return [
    ...definitionProblems(document),
    ...undirectedProblems(names),
    ...reservedProblems(names),
    ...collisions(
      [...entities, ...aggregations].map((node) => node.name.value),
      (one, other, table) => `Types \`${one}\` and \`${other}\` would share the table \`${table}\``,
    ),
    ...types.flatMap((node) => [...fieldProblems(node, names), ...interfaceProblems(node, names)]),
    ...entities.flatMap(entityProblems),
    ...[...interfaces.keys()].flatMap((name) => sharedIdProblems(name, names)),
    ...aggregations.flatMap((node) => aggregationProblems(node, names)),
  ]
}

// ── the document ────────────────────────────────────────────────────────────────────────────────────────────────────────

function definitionProblems({ definitions }: DocumentNode): string[] {
  const allowed: readonly string[] = [
    Kind.OBJECT_TYPE_DEFINITION,
    Kind.INTERFACE_TYPE_DEFINITION,
    Kind.ENUM_TYPE_DEFINITION,
    // Declarations of the directives and scalars that are known anyway; some editors want them in the file.
    Kind.DIRECTIVE_DEFINITION,
    Kind.SCALAR_TYPE_DEFINITION,
  ]
  const seen = new Set<string>()
  return definitions.flatMap((node) => {
    if (!allowed.includes(node.kind)) return [`A schema cannot hold the ${describeDefinition(node)}`]
    if (node.kind === Kind.DIRECTIVE_DEFINITION || !('name' in node) || !node.name) return []
    const name = node.name.value
    if (seen.has(name)) return [`The type \`${name}\` is defined twice`]
    seen.add(name)
    return []
  })
}

function undirectedProblems({ objects }: SchemaNames): string[] {
  const missing = [...objects.values()]
    .filter((node) => !directive(node, 'entity') && !directive(node, 'aggregation'))
    .map((node) => `\`${node.name.value}\``)
  return missing.length > 0 ? [`@entity directive missing on the following types: ${missing.join(', ')}`] : []
}

const RESERVED = ['Boolean', 'ID', 'Int', 'BigDecimal', 'String', 'Bytes', 'BigInt', 'Query', 'Subscription']

function reservedProblems({ objects, interfaces, enums }: SchemaNames): string[] {
  const names = [...objects.keys(), ...interfaces.keys(), ...enums.keys()]
  const generated = new Set(
    [...objects.keys(), ...interfaces.keys()].flatMap((name) => [`${name}_filter`, `${name}_orderBy`]),
  )
  const taken = names.filter((name) => RESERVED.includes(name) || generated.has(name)).map((name) => `\`${name}\``)
  return taken.length > 0 ? [`The following type names are reserved: ${taken.join(', ')}`] : []
}

function collisions(
  names: readonly string[],
  describe: (one: string, other: string, same: string) => string,
): string[] {
  const seen = new Map<string, string>()
  return names.flatMap((name) => {
    const same = snake(name)
    const other = seen.get(same)
    if (other !== undefined && other !== name) return [describe(other, name, same)]
    seen.set(same, name)
    return []
  })
}

// ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Columns that graph-node itself puts into each table. */
const TAKEN_COLUMNS = ['vid', 'block_range', 'causality_region']

function fieldProblems(node: TypeNode, names: SchemaNames): string[] {
  const type = node.name.value
  const fields = node.fields ?? []
  const stored = fields.filter((field) => !isDerived(field)).map((field) => field.name.value)
  const twice = fields.map((field) => field.name.value).filter((name, at, all) => all.indexOf(name) !== at)
  return [
    ...idProblems(node, names),
    ...twice.map((name) => `Type \`${type}\` has the field \`${name}\` twice`),
    ...stored
      .filter((name) => TAKEN_COLUMNS.includes(snake(name)))
      .map((name) => `Type \`${type}\` cannot have a field \`${name}\`: its column belongs to the indexer`),
    ...collisions(
      stored,
      (one, other, column) =>
        `Fields \`${one}\` and \`${other}\` of type \`${type}\` would share the column \`${column}\``,
    ),
    ...fields.flatMap((field) => typeProblems(type, field, names)),
    ...fields.filter(isDerived).flatMap((field) => derivedProblems(type, field, names)),
  ]
}

function idProblems(node: TypeNode, { interfaces }: SchemaNames): string[] {
  const type = node.name.value
  const id = node.fields?.find((field) => field.name.value === 'id')
  if (!id) return interfaces.has(type) ? [] : [`Type ${type} is missing an \`id\` field`]
  const { name, isList, isNonNull } = shapeOf(id.type)
  const isId = ['ID', 'String', 'Bytes', 'Int8'].includes(name) && !isList && isNonNull
  return isId ? [] : [`Entity type ${type} uses illegal type ${print(id.type).replace('!', '')} for id column`]
}

function typeProblems(type: string, field: FieldDefinitionNode, names: SchemaNames): string[] {
  const { name, depth } = shapeOf(field.type)
  const where = `Type \`${type}\`, field \`${field.name.value}\``
  if (depth > 1) return [`${where}: lists of lists are not supported`]
  const target = names.objects.get(name)
  const isKnown = SCALARS.has(name) || names.enums.has(name) || names.interfaces.has(name) || target !== undefined
  if (!isKnown) return [`${where}: type \`${name}\` is not defined`]
  return target && directive(target, 'aggregation')
    ? [`${where}: an aggregation (\`${name}\`) cannot be referred to`]
    : []
}

function derivedProblems(type: string, field: FieldDefinitionNode, names: SchemaNames): string[] {
  const problem = derivedProblem(type, field, names)
  return problem === null
    ? []
    : [`Field \`${field.name.value}\` in type \`${type}\` has invalid @derivedFrom: ${problem}`]
}

function derivedProblem(type: string, field: FieldDefinitionNode, names: SchemaNames): string | null {
  const derived = directive(field, 'derivedFrom')
  const back = derived && textArgument(derived, 'field')
  if (back === undefined) return 'the @derivedFrom directive must have a `field` argument'
  const { name } = shapeOf(field.type)
  const target = names.objects.get(name) ?? names.interfaces.get(name)
  if (!target) return `type must be an existing entity or interface, not \`${name}\``
  const targetField = target.fields?.find((candidate) => candidate.name.value === back)
  if (!targetField) return `field \`${back}\` does not exist on type \`${name}\``
  if (isDerived(targetField)) return `field \`${back}\` on type \`${name}\` is itself derived`
  const pointsTo = shapeOf(targetField.type).name
  const allowed = [type, ...interfacesOf(type, names).filter((one) => declares(one, field.name.value, names))]
  if (allowed.includes(pointsTo)) return null
  const texts = allowed.flatMap((one) => [one, `${one}!`, `[${one}!]`, `[${one}!]!`])
  return `field \`${back}\` on type \`${name}\` must have one of the following types: ${texts.join(', ')}`
}

/** Only of an interface that has the derived field as well, a type derives what refers to the interface. */
function declares(name: string, field: string, { interfaces }: SchemaNames): boolean {
  return interfaces.get(name)?.fields?.some((one) => one.name.value === field) ?? false
}

// ── entities and interfaces ─────────────────────────────────────────────────────────────────────────────────────────────

function entityProblems(node: ObjectTypeDefinitionNode): string[] {
  const entity = directive(node, 'entity')
  if (!entity) return []
  const type = node.name.value
  const isTimeseries = argument(entity, 'timeseries') === true
  const problems: string[] = []
  if (isTimeseries && argument(entity, 'immutable') === false) {
    problems.push(`Type \`${type}\` is a timeseries, so it cannot be mutable`)
  }
  if (argument(entity, 'skipDuplicates') === true && argument(entity, 'immutable') !== true && !isTimeseries) {
    problems.push(`Type \`${type}\` has skipDuplicates, which needs \`immutable: true\``)
  }
  return isTimeseries ? [...problems, ...timeProblems(node, 'Timeseries')] : problems
}

/** What timeseries and aggregations share: `id: Int8!` and `timestamp: Timestamp!`. */
function timeProblems(node: ObjectTypeDefinitionNode, what: 'Timeseries' | 'Aggregation'): string[] {
  const type = node.name.value
  const typeTexts = new Map(node.fields?.map((field) => [field.name.value, print(field.type)]))
  const timestamp = typeTexts.get('timestamp')
  const problems: string[] = []
  if (typeTexts.has('id') && typeTexts.get('id') !== 'Int8!')
    problems.push(`${what} ${type} must have an \`id\` of type Int8!`)
  if (timestamp === undefined) problems.push(`${what} ${type} is missing a \`timestamp\` field`)
  else if (timestamp !== 'Timestamp!') problems.push(`${what} ${type} must have a \`timestamp\` of type Timestamp!`)
  return problems
}

function interfacesOf(type: string, names: SchemaNames): string[] {
  return (names.objects.get(type)?.interfaces ?? []).map((one) => one.name.value)
}

function interfaceProblems(node: TypeNode, { interfaces }: SchemaNames): string[] {
  const type = node.name.value
  const own = new Map(node.fields?.map((field) => [field.name.value, print(field.type)]))
  return (node.interfaces ?? []).flatMap((one) => {
    const name = one.name.value
    const node = interfaces.get(name)
    if (!node) return [`Interface \`${name}\` not defined`]
    const missing = (node.fields ?? [])
      .filter((field) => own.get(field.name.value) !== print(field.type))
      .map((field) => `${field.name.value}: ${print(field.type)}`)
    if (missing.length === 0) return []
    return [
      `Entity type \`${type}\` does not satisfy interface \`${name}\` because it is missing the following fields: ${missing.join(', ')}`,
    ]
  })
}

function sharedIdProblems(name: string, names: SchemaNames): string[] {
  const kinds = new Map(implementationsOf(name, names).map((type) => [type, idTypeOf(type, names)]))
  if (new Set(kinds.values()).size <= 1) return []
  const found = [...kinds].map(([type, kind]) => `${type} has ${kind}`).join(', ')
  return [`Implementations of \`${name}\` must share one type of id, but ${found}`]
}

// ── aggregations ────────────────────────────────────────────────────────────────────────────────────────────────────────

function aggregationProblems(node: ObjectTypeDefinitionNode, { objects }: SchemaNames): string[] {
  const type = node.name.value
  const aggregation = directive(node, 'aggregation')
  const sourceName = (aggregation && textArgument(aggregation, 'source')) ?? ''
  const source = objects.get(sourceName)
  const sourceEntity = source && directive(source, 'entity')
  const problems = [
    ...timeProblems(node, 'Aggregation'),
    ...intervalProblems(type, aggregation && argument(aggregation, 'intervals')),
  ]
  if (!source || !sourceEntity || argument(sourceEntity, 'timeseries') !== true) {
    return [...problems, `Aggregation ${type} needs a timeseries as its source, which \`${sourceName}\` is not`]
  }
  const fields = node.fields ?? []
  const sourceTypes = new Map((source.fields ?? []).map((field) => [field.name.value, field]))
  if (!fields.some((field) => directive(field, 'aggregate')))
    problems.push(`Aggregation ${type} has no @aggregate field`)
  for (const field of fields.filter(isDimension)) {
    const same = sourceTypes.get(field.name.value)
    if (!same || shapeOf(same.type).name !== shapeOf(field.type).name || shapeOf(field.type).isList) {
      problems.push(
        `Aggregation ${type}: \`${field.name.value}\` is neither an aggregate nor a dimension (a field of ${sourceName} with the same type)`,
      )
    }
  }
  return [...problems, ...fields.flatMap((field) => aggregateProblems(type, field, sourceTypes))]
}

function intervalProblems(type: string, intervals: unknown): string[] {
  const isGood =
    Array.isArray(intervals) && intervals.length > 0 && intervals.every((one) => one === 'hour' || one === 'day')
  return isGood ? [] : [`Aggregation ${type}: \`intervals\` must be a list of "hour" and "day"`]
}

const NUMERIC = ['Int', 'Int8', 'BigInt', 'BigDecimal']

function aggregateProblems(
  type: string,
  field: FieldDefinitionNode,
  source: ReadonlyMap<string, FieldDefinitionNode>,
): string[] {
  const aggregate = directive(field, 'aggregate')
  if (!aggregate) return []
  const where = `Aggregation ${type}, field \`${field.name.value}\``
  const fn = textArgument(aggregate, 'fn')
  if (!isAggregateFunction(fn)) return [`${where}: unknown aggregate function \`${fn ?? ''}\``]
  const arg = textArgument(aggregate, 'arg')
  if (arg === undefined) return fn === 'count' ? [] : [`${where}: \`${fn}\` needs an \`arg\``]
  const result = shapeOf(field.type).name
  const allowsAny = fn === 'first' || fn === 'last'
  if (!allowsAny && !NUMERIC.includes(result)) return [`${where}: \`${fn}\` must have a numeric type, not ${result}`]
  const simple = source.get(arg)
  const fromTypes = simple ? [shapeOf(simple.type).name] : []
  if (fromTypes.some((from) => NUMERIC.includes(from) && NUMERIC.indexOf(from) > NUMERIC.indexOf(result))) {
    return [`${where}: ${result} is too narrow for \`${arg}\``]
  }
  const usable = [...source.values()].filter((one) => simple === one || NUMERIC.includes(shapeOf(one.type).name))
  try {
    parseExpression(arg, new Set(usable.map((one) => one.name.value)))
    return []
  } catch (error) {
    return [`${where}: ${error instanceof Error ? error.message : String(error)}`]
  }
}
