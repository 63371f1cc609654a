import { type ConstDirectiveNode, type ConstValueNode, Kind, type ObjectTypeDefinitionNode } from 'graphql'
import { pluralField, singularField } from './names.ts'
import { argumentNode, baseOf } from './schema-text.ts'

const LANGUAGES = 'simple da nl en fi fr de hu it no pt ro ru es sv tr'.split(' ')
const ALGORITHMS = ['rank', 'proximityRank']

/**
 * What is wrong with the searches that `_Schema_` declares, in graph-node's words.
 * @see graphprotocol/graph-node graph/src/schema/input/mod.rs `validate_fulltext_directives`
 */
export function fulltextProblems(
  schemaType: ObjectTypeDefinitionNode,
  entities: readonly ObjectTypeDefinitionNode[],
): string[] {
  const all = (schemaType.directives ?? []).filter(({ name }) => name.value === 'fulltext')
  return all.flatMap((one) =>
    [
      nameProblem(one, all, entities),
      wordProblem(one, 'language', LANGUAGES),
      wordProblem(one, 'algorithm', ALGORITHMS),
      includeProblem(argumentNode(one, 'include'), entities),
    ].filter((problem) => problem !== null),
  )
}

function nameProblem(
  search: ConstDirectiveNode,
  all: readonly ConstDirectiveNode[],
  entities: readonly ObjectTypeDefinitionNode[],
): string | null {
  const name = textOf(argumentNode(search, 'name'))
  if (name === undefined) return 'Fulltext directive name undefined'
  const fields = entities.flatMap((type) => type.fields ?? []).map((field) => field.name.value)
  if (fields.some((field) => [field, singularField(field), pluralField(field)].includes(name))) {
    return `Fulltext directive name overlaps with an existing entity field or a top-level query field: ${name}`
  }
  const same = all.filter((one) => textOf(argumentNode(one, 'name')) === name)
  return same.length > 1 ? `Fulltext directive name overlaps with type: ${name}` : null
}

function wordProblem(search: ConstDirectiveNode, name: string, known: readonly string[]): string | null {
  const given = argumentNode(search, name)
  if (given?.kind !== Kind.ENUM) return `Fulltext ${name} is undefined`
  return known.includes(given.value) ? null : `Fulltext ${name} is invalid: ${given.value}`
}

const INCOMPLETE = "Fulltext 'include' object must contain 'entity' (String) and 'fields' (List) attributes"

function includeProblem(
  include: ConstValueNode | undefined,
  entities: readonly ObjectTypeDefinitionNode[],
): string | null {
  if (include?.kind !== Kind.LIST || include.values.length === 0) {
    return "Fulltext directive requires an 'include' list"
  }
  for (const one of include.values) {
    if (one.kind !== Kind.OBJECT) return "Fulltext 'include' list must contain an object"
    const [entity, fields] = ['entity', 'fields'].map((key) => memberOf(one, key))
    if (entity?.kind !== Kind.STRING || fields?.kind !== Kind.LIST) return INCOMPLETE
    const type = entities.find(({ name }) => name.value === entity.value)
    if (type === undefined) return 'Fulltext directive includes an entity not found on the subgraph schema'
    for (const field of fields.values) {
      if (field.kind !== Kind.OBJECT) return INCOMPLETE
      const name = textOf(memberOf(field, 'name'))
      if (name === undefined) return "Fulltext include field must have a 'name' attribute"
      const isText = type.fields?.some((own) => own.name.value === name && ['String', 'ID'].includes(baseOf(own.type)))
      if (!isText) return `Fulltext entity field, ${name}, not found or not a string`
    }
  }
  return null
}

function memberOf(node: ConstValueNode, key: string): ConstValueNode | undefined {
  return node.kind === Kind.OBJECT ? node.fields.find(({ name }) => name.value === key)?.value : undefined
}

function textOf(node: ConstValueNode | undefined): string | undefined {
  return node?.kind === Kind.STRING ? node.value : undefined
}
