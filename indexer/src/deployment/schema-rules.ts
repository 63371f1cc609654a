import {
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  print,
} from 'graphql'
import { aggregationProblems, timestampProblem } from './aggregation-rules.ts'
import { fulltextProblems } from './fulltext-rules.ts'
import {
  argument,
  argumentNode,
  baseOf,
  directive,
  isDerived,
  nodesByName,
  SCALARS,
  typeOfField,
} from './schema-text.ts'
import { tableProblem } from './table-rules.ts'

/**
 * Everything that keeps a schema from being indexed, in graph-node's words and order, which stops where we do: at what an interface
 * is not, before the rest is looked at, and at what Postgres would not make tables of, after it.
 * @see graphprotocol/graph-node graph/src/schema/mod.rs `SchemaValidationError`, graph/src/schema/input/mod.rs `validations`
 */
export function schemaProblems(document: DocumentNode): string[] {
  const all = partsOf(document)
  const unsatisfied = interfaceProblem(all)
  if (unsatisfied !== null) return [unsatisfied]
  const { schemaType, entities, aggregations } = all
  const problems = [
    ...undirectedProblems(all),
    ...firstOf(
      entities.flatMap((node) => (node.fields ?? []).filter(isDerived).map((field) => ({ node, field }))),
      (one) => derivedProblem(one.node, one.field, all),
    ),
    ...(schemaType?.fields?.length ? ['_Schema_ type is only for @fulltext and must not have any fields'] : []),
    ...(schemaType?.directives?.some(({ name }) => name.value !== 'fulltext')
      ? ['The _Schema_ type only allows @fulltext directives']
      : []),
    ...reservedProblems(all),
    ...firstOf([...all.interfaces.keys()].sort(), (name) => sharedIdProblem(name, all)),
    ...entities.flatMap((node) => entityProblem(node) ?? []),
    ...entities.flatMap((node) => idProblem(node) ?? []),
    ...[...all.objects, ...all.interfaces.values()].flatMap((node) => fieldProblems(node, all)),
    ...(schemaType ? fulltextProblems(schemaType, entities) : []),
    ...aggregations.flatMap((node) => aggregationProblems(node, entities)),
  ]
  if (problems.length > 0) return problems
  const refused = tableProblem({ ...all, enums: [...all.enums.values()] })
  return refused === null ? [] : [refused]
}

// ── what is in the document ─────────────────────────────────────────────────────────────────────────────────────────────

interface Parts {
  /** All of them, `_Schema_` too. */
  readonly objects: readonly ObjectTypeDefinitionNode[]
  readonly entities: readonly ObjectTypeDefinitionNode[]
  readonly aggregations: readonly ObjectTypeDefinitionNode[]
  readonly interfaces: ReadonlyMap<string, InterfaceTypeDefinitionNode>
  readonly enums: ReadonlyMap<string, EnumTypeDefinitionNode>
  readonly schemaType: ObjectTypeDefinitionNode | undefined
  /** Of everything that is defined, scalars and unions among it. */
  readonly names: ReadonlySet<string>
}

function partsOf({ definitions }: DocumentNode): Parts {
  const objects = definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION)
  const named = definitions.filter(
    (node) => node.kind !== Kind.DIRECTIVE_DEFINITION && node.kind.endsWith('TypeDefinition') && 'name' in node,
  )
  return {
    objects,
    entities: objects.filter((node) => directive(node, 'entity')),
    aggregations: objects.filter((node) => directive(node, 'aggregation')),
    interfaces: nodesByName(definitions.filter((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION)),
    enums: nodesByName(definitions.filter((node) => node.kind === Kind.ENUM_TYPE_DEFINITION)),
    schemaType: objects.find(({ name }) => name.value === '_Schema_'),
    names: new Set(named.map((node) => ('name' in node && node.name ? node.name.value : ''))),
  }
}

/** @returns as in `Interface … not defined`: the first that a type is not what it says to be */
function interfaceProblem({ objects, interfaces }: Parts): string | null {
  for (const node of objects) {
    for (const { name } of node.interfaces ?? []) {
      const like = interfaces.get(name.value)
      if (like === undefined) return `Interface \`${name.value}\` not defined`
      const lacking = (like.fields ?? []).filter(
        (field) =>
          !node.fields?.some((own) => own.name.value === field.name.value && print(own.type) === print(field.type)),
      )
      if (lacking.length > 0) {
        return `Entity type \`${node.name.value}\` does not satisfy interface \`${name.value}\` because it is missing the following fields: ${lacking.map(printField).join(', ')}`
      }
    }
  }
  return null
}

function printField(field: FieldDefinitionNode): string {
  const { description: _, ...bare } = field
  return print(bare)
}

function undirectedProblems({ objects, entities, aggregations, schemaType }: Parts): string[] {
  const missing = objects.filter(
    (node) => node !== schemaType && !entities.includes(node) && !aggregations.includes(node),
  )
  if (missing.length === 0) return []
  return [`@entity directive missing on the following types: \`${missing.map(({ name }) => name.value).join(', ')}\``]
}

const RESERVED = ['Boolean', 'ID', 'Int', 'BigDecimal', 'String', 'Bytes', 'BigInt', 'Query', 'Subscription']

function reservedProblems({ objects, interfaces, names }: Parts): string[] {
  const types = [...objects.map(({ name }) => name.value), ...interfaces.keys()]
  const generated = ['filter', 'orderBy'].flatMap((suffix) => types.map((name) => `${name}_${suffix}`))
  const taken = [...RESERVED, ...generated].filter((name) => names.has(name))
  return taken.length > 0 ? [`The following type names are reserved: \`${taken.join(', ')}\``] : []
}

// ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

function fieldProblems(
  node: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
  { objects, interfaces, enums }: Parts,
): string[] {
  return (node.fields ?? [])
    .map((field) => [field.name.value, baseOf(field.type)] as const)
    .filter(([, type]) => !SCALARS.has(type) && !enums.has(type) && !interfaces.has(type))
    .filter(([, type]) => !objects.some(({ name }) => name.value === type))
    .map(([field, type]) => `Type \`${node.name.value}\`, field \`${field}\`: type \`${type}\` is not defined`)
}

function derivedProblem(node: ObjectTypeDefinitionNode, field: FieldDefinitionNode, parts: Parts): string | null {
  const why = derivedReason(node, field, parts)
  return why && `Field \`${field.name.value}\` in type \`${node.name.value}\` has invalid @derivedFrom: ${why}`
}

function derivedReason(node: ObjectTypeDefinitionNode, field: FieldDefinitionNode, parts: Parts): string | null {
  const derived = directive(field, 'derivedFrom')
  const back = derived && argumentNode(derived, 'field')
  if (back === undefined) return 'the @derivedFrom directive must have a `field` argument'
  if (back.kind !== Kind.STRING) return 'the @derivedFrom `field` argument must be a string'
  const type = baseOf(field.type)
  const target = parts.objects.find(({ name }) => name.value === type) ?? parts.interfaces.get(type)
  if (target === undefined) return 'type must be an existing entity or interface'
  const leadsBack = target.fields?.find(({ name }) => name.value === back.value)
  if (leadsBack === undefined) return `field \`${back.value}\` does not exist on type \`${type}\``
  // Of an interface that has the derived field as well, a type derives what refers to the interface.
  const declaring = (node.interfaces ?? [])
    .map(({ name }) => name.value)
    .filter((name) => parts.interfaces.get(name)?.fields?.some((one) => one.name.value === field.name.value))
  const allowed = [node.name.value, ...declaring]
  // Whoever derives from an id takes what has the same one.
  if (back.value === 'id' || allowed.includes(baseOf(leadsBack.type))) return null
  const texts = allowed.flatMap((one) => [one, `${one}!`, `[${one}!]`, `[${one}!]!`])
  return `field \`${back.value}\` on type \`${type}\` must have one of the following types: ${texts.join(', ')}`
}

// ── entities ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function sharedIdProblem(name: string, { objects }: Parts): string | null {
  const implementations = objects.filter((node) => node.interfaces?.some((one) => one.name.value === name))
  const types = new Set(
    implementations
      .flatMap((node) => typeOfField(node, 'id') ?? [])
      .map((type) => baseOf(type))
      .map((type) => (type === 'ID' ? 'String' : type)),
  )
  if (types.size <= 1) return null
  return `Implementors of interface \`${name}\` use different id types \`${[...types].join(', ')}\`. They must all use the same type`
}

function entityProblem(node: ObjectTypeDefinitionNode): string | null {
  const entity = directive(node, 'entity')
  const type = node.name.value
  const flags: Record<string, boolean | undefined> = {}
  for (const name of ['timeseries', 'immutable', 'skipDuplicates']) {
    const value = entity && argument(entity, name)
    if (value !== undefined && typeof value !== 'boolean') {
      return `The \`${name}\` argument of the @entity directive must be a boolean`
    }
    flags[name] = value
  }
  const { timeseries = false, immutable = timeseries, skipDuplicates = false } = flags
  if (skipDuplicates && !immutable) {
    return `Entity type \`${type}\` has skipDuplicates: true but is not immutable; skipDuplicates requires immutable: true`
  }
  if (!timeseries) return null
  if (!immutable) return `Timeseries ${type} is marked as mutable, it must be immutable`
  const id = typeOfField(node, 'id')
  if (id === undefined) return `Type ${type} is missing an \`id\` field`
  if (baseOf(id) !== 'Int8') return `Timeseries \`${type}\` must have an \`id\` field of type \`Int8\``
  return timestampProblem(node)
}

/** What an id may be made of; graph-node does not mind one that is called optional. */
function idProblem(node: ObjectTypeDefinitionNode): string | null {
  const type = node.name.value
  const id = typeOfField(node, 'id')
  if (id === undefined) return `Type ${type} is missing an \`id\` field`
  if (['ID', 'String', 'Bytes', 'Int8'].includes(baseOf(id))) return null
  return `Entity type ${type} uses illegal type ${baseOf(id)} for id column`
}

function firstOf<T>(items: readonly T[], problemOf: (item: T) => string | null): string[] {
  for (const item of items) {
    const problem = problemOf(item)
    if (problem !== null) return [problem]
  }
  return []
}
