import fc from 'fast-check'
import { type Api, type Collection, readApi } from './api.ts'
import { type Compared, compare, type Pair } from './compare.ts'
import type { Question } from './question.ts'
import { type Row, samples } from './questions/entities.ts'
import { filterValue } from './questions/filters.ts'
import { seeded } from './random.ts'

/** How a query is put together: only numbers, so that a query that differs can be made smaller piece by piece. */
interface Draw {
  readonly collection: number
  readonly first: number
  readonly skip: number
  readonly order: number | null
  readonly isDescending: boolean
  readonly filters: readonly { readonly field: number; readonly value: number }[]
  readonly isEither: boolean
  readonly fields: readonly number[]
  readonly below: readonly number[]
}

const draws: fc.Arbitrary<Draw> = fc.record({
  collection: fc.nat(999),
  first: fc.integer({ min: 1, max: 30 }),
  skip: fc.nat(5),
  order: fc.option(fc.nat(999)),
  isDescending: fc.boolean(),
  filters: fc.array(fc.record({ field: fc.nat(999), value: fc.nat(999) }), { maxLength: 3 }),
  isEither: fc.boolean(),
  fields: fc.array(fc.nat(999), { maxLength: 4 }),
  below: fc.array(fc.nat(999), { maxLength: 3 }),
})

/**
 * Asks random queries, filters and orders and rows within rows at once, until two answers differ or the time is up.
 * @returns the smallest query found that is answered differently, or one verdict that none was
 */
export async function examineAtRandom(pair: Pair, options: { runs: number; withinMs: number }): Promise<Compared> {
  const api = await readApi(pair.theirs)
  const rows = await samples(api, pair.theirs)
  let smallest: Compared | undefined
  const property = fc.asyncProperty(draws, async (draw) => {
    const compared = await compare(questionOf(draw, api, rows), pair)
    if (compared.verdict.kind !== 'different') return true
    smallest = compared
    return false
  })
  await fc.check(property, { numRuns: options.runs, seed: 1, interruptAfterTimeLimit: options.withinMs })
  return smallest ?? { entry: pair.entry, question: { name: 'random/queries' }, verdict: { kind: 'equal' } }
}

function questionOf(draw: Draw, api: Api, rows: ReadonlyMap<string, readonly Row[]>): Question {
  const listed = api.collections.filter(({ needs }) => needs.length === 0)
  const collection = at(listed, draw.collection)
  if (collection === undefined) return { name: 'random/queries', query: '{ _meta { block { number } } }' }
  const orders = collection.orders.filter((order) => !order.endsWith('__id'))
  const order = draw.order === null ? undefined : at(orders, draw.order)
  const args = [
    `first: ${draw.first}`,
    ...(draw.skip > 0 ? [`skip: ${draw.skip}`] : []),
    ...(order === undefined ? [] : [`orderBy: ${order}`]),
    ...(draw.isDescending ? ['orderDirection: desc'] : []),
    ...whereOf(draw, collection, rows.get(collection.field) ?? []),
  ]
  return {
    name: 'random/queries',
    query: `{ ${collection.field}(${args.join(', ')}) { id ${selectionOf(draw, collection, api)} } }`,
  }
}

function whereOf({ filters, isEither }: Draw, { where }: Collection, rows: readonly Row[]): string[] {
  const inputs = Object.values(where?.getFields() ?? {}).filter(({ name }) => name !== 'and' && name !== 'or')
  const conditions = filters.flatMap(({ field, value }) => {
    const input = at(inputs, field)
    const text = input && filterValue(input, rows, seeded(String(value)))
    return input === undefined || text === undefined ? [] : [`{ ${input.name}: ${text} }`]
  })
  if (conditions.length === 0) return []
  return [
    `where: ${conditions.length === 1 ? conditions[0] : `{ ${isEither ? 'or' : 'and'}: [${conditions.join(', ')}] }`}`,
  ]
}

function selectionOf({ fields, below }: Draw, collection: Collection, api: Api): string {
  const chosen = new Set(fields.flatMap((index) => at(collection.fields, index) ?? []))
  return [...chosen]
    .map(({ name, type, kind }) => {
      if (kind === 'leaf') return name
      const target = api.collections.find((one) => one.type === type)
      const names = new Set(
        below.flatMap((index) => at(target?.fields.filter((one) => one.kind === 'leaf') ?? [], index)?.name ?? []),
      )
      return `${name} { id ${[...names].join(' ')} }`
    })
    .join(' ')
}

function at<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)]
}
