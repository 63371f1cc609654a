/** How a join is declared: what `weave.ts` is written in. */
import type { Prisma, PrismaClient, PrismaTypes } from '../../prisma/index.ts'
import type { Crossing } from './chain/crossing.ts'

export type Thread = RowThread | EntitiesThread

/** From an entity to a row. */
export interface RowThread {
  readonly kind: 'row'
  readonly entity: string
  readonly field: string
  /** The GraphQL type of the row. */
  readonly type: string
  readonly description: string
  readonly model: string
  readonly by: Readonly<Record<string, string>>
  readonly through?: string
}

/** From a row to entities. */
export interface EntitiesThread extends Crossing {
  readonly kind: 'entities'
  readonly model: keyof PrismaTypes & string
  readonly field: string
  /** The chain type of the entities. */
  readonly type: string
  readonly description: string
  /** The columns and relations `keys` reads. */
  readonly select: object
  readonly keys: (row: unknown) => readonly string[]
}

/** The models of the Prisma client, as it names them. */
type Delegate = Uncapitalize<Prisma.ModelName> & keyof PrismaClient

/**
 * Declares a field of a chain type that is a row.
 * @param at - `Type.field`
 * @param options.by - the columns that identify a row (unique together), each with the path of the chain field it equals
 * @param options.through - if the field is not that row itself: the relation of it that is
 */
export function row(
  at: `${string}.${string}`,
  options: Omit<RowThread, 'kind' | 'entity' | 'field' | 'model'> & { readonly model: Delegate },
): Thread {
  const [entity = '', field = ''] = at.split('.')
  return { kind: 'row', entity, field, ...options }
}

/**
 * Declares a field of a row's type that is a list of entities.
 * @param options.keys - what their `by` is among, read from what `select` selects
 */
export function entities<Model extends Prisma.ModelName, const Select extends object>(
  model: Model,
  field: string,
  options: Omit<EntitiesThread, 'kind' | 'model' | 'field' | 'select' | 'keys'> & {
    readonly select: Select
    readonly keys: (row: Selected<Model, Select>) => readonly string[]
  },
): Thread {
  return {
    kind: 'entities',
    model,
    field,
    ...options,
    // `select` is what makes the row of that shape; the field is only ever resolved with it.
    keys: (selected) => options.keys(selected as Selected<Model, Select>),
  }
}

type Selected<Model extends Prisma.ModelName, Select> = Prisma.Result<
  PrismaClient[Uncapitalize<Model> & keyof PrismaClient],
  { select: Select },
  'findFirstOrThrow'
>
