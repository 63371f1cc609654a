import fc from 'fast-check'
import { type Collection, readApi, wholeRow } from '../api.ts'
import { type Compared, compare, type Pair } from '../compare.ts'
import type { Block } from '../examine.ts'
import { ask } from '../question.ts'
import { type Row, samples } from '../questions/entities.ts'
import type { Endpoint } from '../runtime.ts'
import { type Pool, poolOf } from './draw-literal.ts'
import { type Ground, questions } from './draw-query.ts'

export type RunOptions = {
  /** How many queries. */
  readonly runs: number
  readonly seed: number
  /** The search is cut short after this long. */
  readonly withinMs: number
}

/**
 * Asks random queries until two answers differ or the time is up.
 * @returns the smallest query found that is answered differently, or one verdict that none was
 */
export async function examineAtRandom(
  pair: Pair,
  blocks: readonly Block[],
  { runs, seed, withinMs }: RunOptions,
): Promise<Compared> {
  const ground = await groundOf(pair, blocks)
  let smallest: Compared | undefined
  const property = fc.asyncProperty(questions(ground), async (question) => {
    const compared = await compare(question, pair)
    if (compared.verdict.kind !== 'different') return true
    smallest = compared
    return false
  })
  await fc.check(property, { numRuns: runs, seed, interruptAfterTimeLimit: withinMs })
  return smallest ?? { entry: pair.entry, question: { name: 'property/queries' }, verdict: { kind: 'equal' } }
}

async function groundOf(pair: Pair, blocks: readonly Block[]): Promise<Ground> {
  const api = await readApi(pair.theirs)
  const rows = await samples(api, pair.theirs)
  const pools = new Map<string, Pool>()
  for (const collection of api.collections) {
    const { type, field, kind } = collection
    if (pools.has(type)) continue
    pools.set(type, poolOf(kind === 'aggregation' ? await buckets(collection, pair.theirs) : (rows.get(field) ?? [])))
  }
  return { api, pools, blocks }
}

/** Of either interval. */
async function buckets(collection: Collection, to: Endpoint): Promise<readonly Row[]> {
  const query = (interval: string) =>
    `{ ${collection.field}(interval: ${interval}, first: 50) { ${wholeRow(collection)} } }`
  const pages = ['hour', 'day'].map(async (interval) => {
    const { body } = await ask({ name: 'rows', query: query(interval) }, to)
    return (body as { data?: Record<string, Row[]> | null }).data?.[collection.field] ?? []
  })
  return (await Promise.all(pages)).flat()
}
