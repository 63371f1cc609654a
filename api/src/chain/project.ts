/**
 * What a client selected, cut down to what the chain can answer: the heart of the gateway.
 *
 *   { tokens { n: name metadata { image } ...Sold } }         what the client sends
 *   { tokens { n: name _k_id: id lastSalePrice } }            what the subgraph is asked
 *   tokens → metadata, by _k_id                               what is attached afterwards (`attach.ts`)
 *
 * `@skip` and `@include` are settled here, fragments are inlined wherever their condition is certain, fields of the same
 * response key are merged, and fields that are not the chain's make way for the keys they need.
 */
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLNamedType,
  GraphQLObjectType,
  GraphQLSchema,
  SelectionSetNode,
} from 'graphql'
import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
} from 'graphql'

/** One object type's, or one interface's, part of an upstream document. */
export interface ChainSelection {
  readonly type: GraphQLCompositeType
  /** By response key. */
  readonly fields: ReadonlyMap<string, ChainField>
  /** Selections that only hold for some of an abstract type's objects, by type condition. */
  readonly fragments: ReadonlyMap<string, ChainSelection>
  /** Paths of the hidden keys, such as `id` or `collection.id`. */
  readonly keys: ReadonlySet<string>
  /** The gateway's own fields on this type: answered from the hidden keys. */
  readonly sites: readonly Site[]
  /** Whether there is any site here or below. */
  readonly hasSites: boolean
}

export interface ChainField {
  readonly node: FieldNode
  readonly selection?: ChainSelection
}

/** A place in the operation where a chain object meets something that is not the chain's. */
export interface Site {
  readonly responseKey: string
  readonly parent: GraphQLNamedType
  readonly field: GraphQLField<unknown, unknown>
  readonly nodes: readonly FieldNode[]
  /** Response keys from the operation's root to this field, both included. */
  readonly path: readonly string[]
}

export interface ProjectEnv {
  /** The gateway's schema. */
  readonly schema: GraphQLSchema
  /** The subgraph's own: a field that is not in it is the gateway's. */
  readonly chainSchema: GraphQLSchema
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>
  /** Coerced; only those in `@skip` and `@include` are read. */
  readonly variableValues: Readonly<Record<string, unknown>>
}

/** On a field the gateway adds to a chain type: the paths of the chain fields it is computed from. */
export interface ChainKeysExtension {
  readonly chainKeys: readonly string[]
}

/**
 * Projects merged selection sets of a chain type.
 * @param path - response keys from the operation's root to the object the sets belong to
 */
export function project(
  env: ProjectEnv,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  path: readonly string[],
): ChainSelection {
  const collected = collect(env, type, selectionSets)
  const fields = new Map<string, ChainField>()
  const keys = new Set<string>()
  const sites: Site[] = []
  for (const [responseKey, nodes] of collected.fields) {
    const [node] = nodes
    if (node === undefined) {
      continue
    }
    if (node.name.value === '__typename') {
      continue // answered here: from the schema, or for abstract types from the type every such selection asks for
    }
    const field = fieldOf(type, node.name.value)
    if (field === undefined || isChainField(env, type, node.name.value)) {
      fields.set(responseKey, { node, ...below(env, field, nodes, [...path, responseKey]) })
    } else {
      chainKeysOf(field).forEach((key) => {
        keys.add(key)
      })
      sites.push({ responseKey, parent: type, field, nodes, path: [...path, responseKey] })
    }
  }
  const fragments = new Map<string, ChainSelection>()
  for (const [condition, sets] of collected.fragments) {
    fragments.set(condition.name, project(env, condition, sets, path))
  }
  const hasSites =
    sites.length > 0 ||
    [...fields.values()].some((field) => field.selection?.hasSites) ||
    [...fragments.values()].some((fragment) => fragment.hasSites)
  return { type, fields, fragments, keys, sites, hasSites }
}

/** The fields of a selection set by response key, without those a directive turns off. */
export function collectFields(
  env: ProjectEnv,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): ReadonlyMap<string, readonly FieldNode[]> {
  return collect(env, type, selectionSets).fields
}

/** Whether the subgraph knows this field. */
export function isChainField({ chainSchema }: ProjectEnv, type: GraphQLNamedType, fieldName: string): boolean {
  const chainType = chainSchema.getType(type.name)
  return isObjectType(chainType) || isInterfaceType(chainType) ? fieldName in chainType.getFields() : false
}

function below(
  env: ProjectEnv,
  field: GraphQLField<unknown, unknown> | undefined,
  nodes: readonly FieldNode[],
  path: readonly string[],
): { selection?: ChainSelection } {
  const type = field && getNamedType(field.type)
  if (!isCompositeType(type)) {
    return {}
  }
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  return { selection: project(env, type, sets, path) }
}

interface Collected {
  readonly fields: Map<string, FieldNode[]>
  readonly fragments: Map<GraphQLCompositeType, SelectionSetNode[]>
}

function collect(env: ProjectEnv, type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Collected {
  const into: Collected = { fields: new Map(), fragments: new Map() }
  const spread = new Set<string>()
  for (const set of sets) {
    collectInto(env, type, set, into, spread)
  }
  return into
}

/** `spread` keeps a fragment that is spread twice at one place from being read twice. */
function collectInto(
  env: ProjectEnv,
  type: GraphQLCompositeType,
  set: SelectionSetNode,
  into: Collected,
  spread: Set<string>,
): void {
  for (const selection of set.selections) {
    if (!isSelected(selection, env.variableValues)) {
      continue
    }
    if (selection.kind === 'Field') {
      push(into.fields, selection.alias?.value ?? selection.name.value, selection)
      continue
    }
    const fragment = selection.kind === 'FragmentSpread' ? env.fragments[selection.name.value] : selection
    if (fragment === undefined || (selection.kind === 'FragmentSpread' && spread.has(selection.name.value))) {
      continue
    }
    if (selection.kind === 'FragmentSpread') {
      spread.add(selection.name.value)
    }
    const condition = fragment.typeCondition ? env.schema.getType(fragment.typeCondition.name.value) : type
    if (!isCompositeType(condition)) {
      continue
    }
    if (isImplied(env.schema, type, condition)) {
      collectInto(env, type, fragment.selectionSet, into, spread)
    } else if (isAbstractType(type)) {
      push(into.fragments, condition, fragment.selectionSet)
    }
  }
}

function isSelected(node: FieldNode | SelectionSetNode['selections'][number], variables: ProjectEnv['variableValues']) {
  if (!node.directives?.length) {
    return true
  }
  return (
    getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
    getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false
  )
}

/** Whether every object of `type` also satisfies the condition. */
function isImplied(schema: GraphQLSchema, type: GraphQLCompositeType, condition: GraphQLCompositeType): boolean {
  return (
    type === condition ||
    (isAbstractType(condition) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(condition, type))
  )
}

function fieldOf(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined
}

function chainKeysOf(field: GraphQLField<unknown, unknown>): readonly string[] {
  const keys: unknown = field.extensions.chainKeys
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []
}

function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const items = map.get(key)
  if (items) {
    items.push(item)
  } else {
    map.set(key, [item])
  }
}
