import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql'
import type { QueryProblem } from '../errors.ts'
import { fragmentOf } from './collect.ts'
import { type Operation, problemAt } from './document.ts'

/**
 * Finds fields that no type has. Nothing else is checked: unknown arguments and directives, unused variables and selections
 * on scalars are welcome.
 * @see graphprotocol/graph-node graphql/src/execution/query.rs `validate_fields`
 */
export function checkFields(operation: Operation, schema: GraphQLSchema): QueryProblem[] {
  const problems: QueryProblem[] = []
  const query = schema.getQueryType()
  if (query) checkSet(operation.node.selectionSet, query, { operation, schema, problems, sound: new Set() })
  return problems
}

interface Walk {
  readonly operation: Operation
  readonly schema: GraphQLSchema
  readonly problems: QueryProblem[]
  /** Fragments that were checked: spreading them again finds nothing new. */
  readonly sound: Set<string>
}

function checkSet({ selections }: SelectionSetNode, type: GraphQLNamedType, walk: Walk): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const below = fieldType(selection, type, walk.schema)
      if (below === undefined) {
        walk.problems.push(problemAt(selection, `Type \`${type.name}\` has no field \`${selection.name.value}\``))
      } else if (selection.selectionSet && hasFields(below)) checkSet(selection.selectionSet, below, walk)
      continue
    }
    const fragment = fragmentOf(selection, walk.operation)
    if (!fragment) continue
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      if (walk.sound.has(selection.name.value)) continue
      walk.sound.add(selection.name.value)
    }
    const condition = fragment.typeCondition ? walk.schema.getType(fragment.typeCondition.name.value) : type
    if (condition && hasFields(condition)) checkSet(fragment.selectionSet, condition, walk)
    else {
      const message = `Failed to resolve named type \`${fragment.typeCondition?.name.value}\``
      walk.problems.push(problemAt(fragment, message))
    }
  }
}

/** The type of a field by its name, `__typename` and those of introspection included; undefined if there is none. */
export function fieldType(
  { name }: FieldNode,
  type: GraphQLNamedType,
  schema: GraphQLSchema,
): GraphQLNamedType | undefined {
  if (name.value === '__typename') return schema.getType('String')
  const definition = fieldDefinition(name.value, type, schema)
  return definition && getNamedType(definition.type)
}

/** What introspection of graph-node's age does not have yet. */
const unborn: ReadonlySet<string> = new Set(['__Type.isOneOf'])

export function fieldDefinition(name: string, type: GraphQLNamedType, schema: GraphQLSchema) {
  if (type === schema.getQueryType()) {
    if (name === '__schema') return SchemaMetaFieldDef
    if (name === '__type') return TypeMetaFieldDef
  }
  if (!hasFields(type) || unborn.has(`${type.name}.${name}`)) return undefined
  const fields = type.getFields()
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

function hasFields(type: GraphQLNamedType) {
  return isObjectType(type) || isInterfaceType(type)
}
