import { type Api, readApi } from './api.ts'
import { type Compared, compareAll, type Pair } from './compare.ts'
import type { Question } from './question.ts'
import { aggregations } from './questions/aggregations.ts'
import { dialect } from './questions/dialect.ts'
import { listings, pageBorders, samples } from './questions/entities.ts'
import { combinations, filters, longValues, wildcards } from './questions/filters.ts'
import { httpQuestions } from './questions/http.ts'
import { odds } from './questions/odds.ts'
import { operators } from './questions/operators.ts'
import { orders, pages } from './questions/orders.ts'
import { policies } from './questions/policies.ts'
import { searches } from './questions/searches.ts'
import { changes, documents, introspections, metas, nested, singles, times, typed } from './questions/shapes.ts'
import { statusQuestions } from './questions/status.ts'
import { syntaxQuestions } from './questions/syntax.ts'
import { type Random, seeded } from './random.ts'

export interface Block {
  readonly number: number
  readonly hash: string
}

/** Compares everything that two indexes of one build hold, at some blocks and at the head. */
export async function examineEntities(
  pair: Pair,
  blocks: readonly Block[],
  { isAgain = false, withHead = true }: { readonly isAgain?: boolean; readonly withHead?: boolean } = {},
): Promise<Compared[]> {
  const api = await readApi(pair.theirs).catch(() => null)
  // Whoever cannot say what can be asked says why.
  if (api === null)
    return await compareAll([{ name: 'schema/none', query: '{ __schema { queryType { name } } }' }], pair)
  const { collections } = api
  const questions: Question[] = []
  for (const collection of collections.filter(({ kind }) => kind === 'entity')) {
    const borders = await pageBorders(collection, pair.theirs)
    for (const block of [...(withHead ? [undefined] : []), ...blocks.map(({ number }) => number)]) {
      questions.push(...listings(collection, block, borders, isAgain))
    }
  }
  return await compareAll(questions, pair)
}

/** How many of the questions of one kind are asked, where a schema is large. */
export type Limits = { readonly perKind: number }

/** Compares what both answer to questions that follow from the schema and the rows. The same build gets the same questions. */
export async function examineQueries(pair: Pair, blocks: readonly Block[], limits: Limits): Promise<Compared[]> {
  const api = await readApi(pair.theirs).catch(() => null)
  if (api === null) return []
  const random = seeded(pair.entry)
  const groups = await questionsOf(api, pair, blocks, random)
  const chosen = groups.flatMap((group) => {
    const some = random.some(group, limits.perKind)
    return pair.isVariant ? some : [...some, ...untried(group, some, random)]
  })
  return await compareAll([...chosen, ...policies(api, blocks), ...statusQuestions], pair)
}

/** One question about each thing that some of a group do not try out. */
function untried(group: readonly Question[], some: readonly Question[], random: Random): Question[] {
  const tried = new Set(some.map(({ about }) => about).concat(undefined))
  return [...Map.groupBy(group, ({ about }) => about)].flatMap(([about, all]) =>
    tried.has(about) ? [] : (random.pick(all) ?? []),
  )
}

async function questionsOf(api: Api, pair: Pair, blocks: readonly Block[], random: Random): Promise<Question[][]> {
  const rows = await samples(api, pair.theirs)
  const { collections } = api
  const rowsOf = (field: string) => rows.get(field) ?? []
  const [first] = collections.filter(({ needs }) => needs.length === 0)
  return [
    collections.flatMap((one) => filters(one, rowsOf(one.field), random)),
    odds(collections),
    operators(collections, rowsOf),
    collections.flatMap(wildcards),
    collections.flatMap((one) => longValues(one, rowsOf(one.field))),
    collections.flatMap((one) => combinations(one, rowsOf(one.field), random, 6)),
    collections.flatMap(orders),
    collections.flatMap(pages),
    collections.flatMap((one) => singles(one, rowsOf(one.field), random)),
    collections.flatMap((one) => nested(one, api, random)),
    collections.flatMap((one) => documents(one, rowsOf(one.field))),
    collections.flatMap((one) =>
      aggregations(
        one,
        blocks.map(({ number }) => number),
      ),
    ),
    collections.flatMap(searches),
    collections.flatMap((one) => typed(one, api)),
    collections.flatMap((one) => changes(one, blocks)),
    first === undefined ? [] : times(first, blocks),
    introspections(api),
    dialect(api),
    metas(api, blocks),
    [...httpQuestions],
    [...syntaxQuestions],
  ]
}
