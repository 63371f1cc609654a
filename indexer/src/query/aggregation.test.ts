import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ScratchIndex, scratchIndex } from '../../test/queryable.ts'

const schemaText = `
  type Coin @entity(immutable: false) { id: ID!  name: String! }
  type Point @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  coin: Coin!  price: BigInt! }
  type Stats @aggregation(intervals: ["hour"], source: "Point") {
    id: Int8!
    timestamp: Timestamp!
    coin: Coin!
    count: Int8! @aggregate(fn: "count")
    total: Int8! @aggregate(fn: "count", cumulative: true)
    sum: BigInt! @aggregate(fn: "sum", arg: "price")
    last: BigInt! @aggregate(fn: "last", arg: "price")
  }
`

/** A builder's blocks are twelve seconds apart; an hour is 300 of them. */
const hour = 300
const micros = (block: number) => String((1_700_000_000 + block * 12) * 1_000_000)
const point = (id: number, block: number, coin: string, price: number) => ({
  id,
  timestamp: micros(block),
  coin,
  price,
})

let index: ScratchIndex
beforeAll(async () => {
  index = await scratchIndex(
    schemaText,
    {
      number: 1,
      write: {
        Coin: ['a', 'b'].map((id) => ({ id, name: `Coin ${id}` })),
        Point: [point(1, 1, 'a', 5), point(2, 1, 'b', 7)],
      },
    },
    { number: 2, write: { Point: [point(3, 2, 'a', 6)] } },
    { number: hour, write: { Point: [point(4, hour, 'a', 1)] } },
    { number: 2 * hour, write: { Point: [point(5, 2 * hour, 'b', 2)] } },
  )
})
afterAll(() => index[Symbol.asyncDispose]())

const ask = async (args: string) => {
  const { data, errors } = await index.ask(
    `{ stats_collection(interval: hour${args}) { timestamp coin { name } count total sum last } }`,
  )
  if (errors) return errors
  return (
    data as { stats_collection: { coin: { name: string }; count: string; total: string; sum: string; last: string }[] }
  ).stats_collection.map(({ coin, count, total, sum, last }) => `${coin.name} ${count}/${total} ${sum} ${last}`)
}

it('gives the buckets that are full, latest first', async () => {
  expect(await ask('')).toEqual(['Coin a 1/3 1 1', 'Coin a 2/2 11 6', 'Coin b 1/1 7 7'])
})

it('filters by dimension and what it leads to, and orders by anything', async () => {
  expect(await ask(', where: { coin: "b" }')).toEqual(['Coin b 1/1 7 7'])
  expect(await ask(', where: { coin_: { name: "Coin a" } }, orderBy: sum, orderDirection: desc')).toEqual([
    'Coin a 2/2 11 6',
    'Coin a 1/3 1 1',
  ])
})

it('adds the bucket that is still filling if asked to, but not the one that was filling at an earlier block', async () => {
  expect(await ask(', current: include')).toEqual([
    'Coin b 1/2 2 2',
    'Coin a 1/3 1 1',
    'Coin a 2/2 11 6',
    'Coin b 1/1 7 7',
  ])
  expect(await ask(', current: include, where: { coin: "a" }, first: 1')).toEqual(['Coin a 1/3 1 1'])
  expect(await ask(', current: include, block: { number: 2 }')).toEqual([])
  expect(await ask(', current: include, block: { number: 3 }')).toEqual(await ask(', block: { number: 3 }'))
})

it('knows only the intervals that the schema declares', async () => {
  expect(await index.complain('{ stats_collection(interval: day) { id } }')).toEqual([
    'panic processing query: we only collect fields that are objects or interfaces',
  ])
})
