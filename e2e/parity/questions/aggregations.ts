import { type Collection, wholeRow } from '../api.ts'
import type { Question } from '../question.ts'

/** Buckets, with and without the open one, in every order, at some blocks. */
export function aggregations(collection: Collection, blocks: readonly number[]): Question[] {
  const { field, kind, orders } = collection
  if (kind !== 'aggregation') return []
  const row = wholeRow(collection)
  const of = (args: string) => ({ name: `aggregation/${field}(${args})`, query: `{ ${field}(${args}) { ${row} } }` })
  return ['hour', 'day'].flatMap((interval) => [
    of(`interval: ${interval}, first: 1000`),
    ...['include', 'exclude'].map((current) => of(`interval: ${interval}, current: ${current}`)),
    ...blocks.map((number) => of(`interval: ${interval}, current: include, block: { number: ${number} }`)),
    ...orders.map((order, at) =>
      of(`interval: ${interval}, orderBy: ${order}, orderDirection: ${at % 2 === 0 ? 'desc' : 'asc'}`),
    ),
    of(`interval: ${interval}, first: 2, skip: 1`),
    of(`interval: ${interval}, where: { timestamp_gt: 1700000000000000 }`),
    of(`interval: ${interval}, where: { or: [] }`),
    of(`interval: ${interval}, where: { nope: 1 }`),
  ])
}
