/** What an operation asks of the chain, worked out once per document and per choice of its conditional fields. */
import type { GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { getNamedType, isCompositeType, isObjectType, Kind, visit } from 'graphql'
import { LRUCache } from 'lru-cache'
import { printDocument, type Root, rootOf } from './document.ts'
import { type Lists, listsOf } from './lists.ts'
import { collectFields, isChainField, type ProjectEnv, project } from './project.ts'

export interface OperationPlan {
  /** The operation's root fields that are the chain's, in order. */
  readonly roots: readonly Root[]
  /** All of them as one document that also asks for its block. */
  readonly document: string
  /** What is asked of the chain below rows, by path; filled as the operation gets there. */
  readonly crossings: Map<string, CrossingPlan>
}

export interface CrossingPlan {
  readonly selection: ReturnType<typeof project>
  /** Path of the field the entities are found by, as their hidden key: `id`, or `owner.id` where that is an entity itself. */
  readonly keyPath: string
  /** Those within the entities. */
  readonly lists: readonly Lists[]
  readonly body: string
  readonly variables: ReadonlyMap<string, string>
}

/** Most documents have no conditional field and so one plan; one that has many choices must not fill the memory. */
const MAX_PLANS_PER_DOCUMENT = 64

/**
 * Remembers plans for as long as the parsed document lives (the server keeps those of recent texts).
 * @param chainSchema - the subgraph's own
 */
export function createPlanner(chainSchema: GraphQLSchema): (info: GraphQLResolveInfo) => OperationPlan {
  const hasMeta = chainSchema.getQueryType()?.getFields()._meta !== undefined
  const known = new WeakMap<OperationDefinitionNode, Remembered>()
  return (info) => {
    let remembered = known.get(info.operation)
    if (remembered === undefined) {
      remembered = { booleans: conditionVariables(info), plans: new LRUCache({ max: MAX_PLANS_PER_DOCUMENT }) }
      known.set(info.operation, remembered)
    }
    const choice = remembered.booleans.map((name) => (info.variableValues[name] === true ? 1 : 0)).join('')
    let plan = remembered.plans.get(choice)
    if (plan === undefined) {
      plan = planOperation(info, chainSchema, hasMeta)
      remembered.plans.set(choice, plan)
    }
    return plan
  }
}

interface Remembered {
  readonly booleans: readonly string[]
  readonly plans: LRUCache<string, OperationPlan>
}

function planOperation(info: GraphQLResolveInfo, chainSchema: GraphQLSchema, hasMeta: boolean): OperationPlan {
  const env: ProjectEnv = { ...info, chainSchema }
  const type = info.schema.getQueryType()
  const roots: Root[] = []
  if (info.operation.operation === 'query' && isObjectType(type)) {
    for (const [key, nodes] of collectFields(env, type, [info.operation.selectionSet])) {
      const field = nodes[0] && type.getFields()[nodes[0].name.value]
      if (nodes[0] && field && isChainField(env, type, field.name)) {
        const takesBlock = field.args.some(({ name }) => name === 'block')
        const below = getNamedType(field.type)
        const selection = isCompositeType(below) ? project(env, below, selectionSets(nodes), [key]) : undefined
        const lists = listsOf(nodes[0], field, selection)
        roots.push({ ...rootOf(key, nodes[0], info.operation, takesBlock, selection), lists })
      }
    }
  }
  return { roots, document: printDocument(roots, { pinned: false, askBlock: hasMeta }), crossings: new Map() }
}

export function selectionSets(nodes: GraphQLResolveInfo['fieldNodes']): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
}

/** Names of the variables that decide which fields an operation has, wherever in its fragments they stand. */
function conditionVariables({ operation, fragments }: GraphQLResolveInfo): string[] {
  const names = new Set<string>()
  for (const definition of [operation, ...Object.values(fragments)]) {
    visit(definition, {
      Directive: ({ name, arguments: args }) => {
        for (const { value } of name.value === 'skip' || name.value === 'include' ? (args ?? []) : []) {
          if (value.kind === Kind.VARIABLE) {
            names.add(value.name.value)
          }
        }
      },
    })
  }
  return [...names].sort()
}
