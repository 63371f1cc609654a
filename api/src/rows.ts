/**
 * Finds people's rows for values of the chain through Prisma: one query for all places of an operation that ask for the
 * same kind of row, with the columns they select between them.
 */
import { queryFromInfo } from '@pothos/plugin-prisma'
import type { GraphQLResolveInfo } from 'graphql'
import { getNamedType, isObjectType } from 'graphql'
import { keyText, type Lookup, type LookupRequest } from './chain/attach.ts'
import { isRecord } from './chain/names.ts'
import { selectionSets } from './chain/plan.ts'
import { collectFields, type Site } from './chain/project.ts'
import { WeaveError } from './errors.ts'
import type { RowThread } from './thread.ts'

type Row = Record<string, unknown>

/** What is read of a row: some columns, or (null) all of them and some relations. */
interface Selection {
  readonly columns: ReadonlySet<string> | null
  readonly include: Readonly<Record<string, unknown>>
}

export interface RowLookup extends Lookup {
  /**
   * Tells the Prisma plugin that this row has its relations loaded, where it could not know by itself: below a field of its
   * own (people → accounts → people) it takes what it planned there for all there is.
   */
  settle(row: unknown, context: object, info: GraphQLResolveInfo): void
}

export function rowLookup({ model, by, through }: Pick<RowThread, 'model' | 'by' | 'through'>): RowLookup {
  const columns = Object.keys(by)
  const related = new WeakSet<object>()
  return {
    settle: (row, context, info) => {
      if (isRecord(row) && related.has(row)) {
        queryFromInfo({ context, info })
      }
    },
    chainKeys: Object.values(by),
    load: async (request) => {
      const sites = [...request.keys.keys()].map((site) => ({ site, selection: selectionOf(site, request) }))
      const found = new Map<Site, ReadonlyMap<string, unknown>>()
      for (const group of compatible(sites)) {
        const keys = new Map(group.sites.flatMap((site) => [...(request.keys.get(site) ?? [])]))
        const rows = await findMany(request.context, model, {
          where: whereIn(columns, [...keys.values()]),
          ...readOf(group.selection, columns, through),
        })
        const byKey = new Map(
          rows.map((row) => [
            keyText(columns.map((column) => String(row[column]))),
            through === undefined ? row : row[through],
          ]),
        )
        for (const site of group.sites) {
          found.set(site, byKey)
        }
        if (Object.keys(group.selection.include).length > 0) {
          for (const row of byKey.values()) {
            if (isRecord(row)) {
              related.add(row)
            }
          }
        }
      }
      return found
    },
  }
}

/** Two columns or more: rows are asked for by the first, grouped by its value, so that a thousand keys stay one short query. */
function whereIn(columns: readonly string[], keys: readonly (readonly string[])[]): object {
  const [column, ...others] = columns
  if (column === undefined) {
    throw new WeaveError('A join needs at least one column. Correct api/src/weave.ts.')
  }
  if (others.length === 0) {
    return { [column]: { in: keys.map(([value]) => value) } }
  }
  const byFirst = Map.groupBy(keys, ([value]) => value)
  return {
    OR: [...byFirst].map(([value, group]) => ({
      [column]: value,
      ...whereIn(
        others,
        group.map(([, ...rest]) => rest),
      ),
    })),
  }
}

function readOf({ columns, include }: Selection, keyColumns: readonly string[], through: string | undefined): object {
  const keys = Object.fromEntries(keyColumns.map((column) => [column, true]))
  const hasInclude = Object.keys(include).length > 0
  const row = columns
    ? {
        select: {
          ...(through === undefined && keys),
          ...Object.fromEntries([...columns].map((column) => [column, true])),
        },
      }
    : { ...(hasInclude && { include }) }
  if (through === undefined) {
    return row
  }
  return { select: { ...keys, [through]: Object.keys(row).length > 0 ? row : true } }
}

function selectionOf(site: Site, { info, context }: LookupRequest): Selection {
  const columns = plainColumns(site, info)
  if (columns !== null) {
    return { columns, include: {} }
  }
  const here: GraphQLResolveInfo = {
    ...info,
    fieldName: site.field.name,
    fieldNodes: [...site.nodes],
    returnType: site.field.type,
    parentType: isObjectType(site.parent) ? site.parent : info.parentType,
    path: pathOf(site.path),
  }
  // Also tells the Prisma plugin what is loaded at this place, so that its fields below do not load it again.
  const query: unknown = queryFromInfo({ context, info: here })
  const include = isRecord(query) ? query.include : undefined
  return { columns: null, include: isRecord(include) ? include : {} }
}

/** The columns behind the selected fields; null if one of them needs more than columns. */
function plainColumns(site: Site, info: GraphQLResolveInfo): ReadonlySet<string> | null {
  const type = getNamedType(site.field.type)
  if (!isObjectType(type)) {
    return null
  }
  const columns = new Set<string>()
  const env = { ...info, chainSchema: info.schema }
  for (const [, [node]] of collectFields(env, type, selectionSets(site.nodes))) {
    const name = node?.name.value ?? ''
    if (name === '__typename') {
      continue
    }
    const { columns: declared, pothosPrismaVariant: exposed } = type.getFields()[name]?.extensions ?? {}
    const ofField: unknown = declared ?? (typeof exposed === 'string' ? [exposed] : null)
    if (!Array.isArray(ofField)) {
      return null
    }
    ofField.forEach((column) => {
      columns.add(String(column))
    })
  }
  // Prisma refuses an empty selection; whoever asks for the type's name alone gets every column.
  return columns.size > 0 ? columns : null
}

/** Joins selections into as few queries as can be: only relations that are asked for with different arguments part them. */
function compatible(sites: readonly { site: Site; selection: Selection }[]) {
  const groups: { sites: Site[]; selection: Selection }[] = []
  for (const { site, selection } of sites) {
    const group = groups.find((candidate) => agree(candidate.selection.include, selection.include))
    if (group === undefined) {
      groups.push({ sites: [site], selection })
      continue
    }
    group.sites.push(site)
    const [ours, theirs] = [group.selection, selection]
    group.selection = {
      columns: ours.columns && theirs.columns ? new Set([...ours.columns, ...theirs.columns]) : null,
      include: { ...ours.include, ...theirs.include },
    }
  }
  return groups
}

function agree(ours: Selection['include'], theirs: Selection['include']): boolean {
  return Object.entries(theirs).every(
    ([relation, query]) => ours[relation] === undefined || JSON.stringify(ours[relation]) === JSON.stringify(query),
  )
}

async function findMany(context: object, model: string, args: object): Promise<readonly Row[]> {
  const prisma: unknown = Reflect.get(context, 'prisma')
  const delegate = isRecord(prisma) ? prisma[model] : undefined
  if (!isDelegate(delegate)) {
    throw new WeaveError(`Prisma has no model ${model}. Correct api/src/weave.ts.`)
  }
  return delegate.findMany(args)
}

function isDelegate(value: unknown): value is { findMany(args: object): Promise<Row[]> } {
  return isRecord(value) && typeof value.findMany === 'function'
}

function pathOf(keys: readonly string[]): GraphQLResolveInfo['path'] {
  const [first = '', ...rest] = keys
  return rest.reduce<GraphQLResolveInfo['path']>((prev, key) => ({ prev, key, typename: undefined }), {
    prev: undefined,
    key: first,
    typename: undefined,
  })
}
