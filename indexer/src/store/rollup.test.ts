import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import type { BlockLink } from '../chain/block.ts'
import type { BlockChanges } from '../entity/change.ts'
import type { Value } from '../entity/value.ts'
import { layoutOf } from './layout.ts'
import { createPostgres } from './postgres.ts'
import { rollupStatement, rollupsOf } from './rollup.ts'
import { render, sql } from './sql.ts'
import { openStore } from './store.ts'

const schemaText = `
  type Sale @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  market: String!  price: BigDecimal!  amount: BigInt! }
  type Volume @aggregation(intervals: ["hour", "day"], source: "Sale") {
    id: Int8!  timestamp: Timestamp!  market: String!
    sum: BigDecimal! @aggregate(fn: "sum", arg: "price * amount")
    count: Int8! @aggregate(fn: "count")
    low: BigDecimal! @aggregate(fn: "min", arg: "price")
    high: BigDecimal! @aggregate(fn: "max", arg: "price")
    open: BigDecimal! @aggregate(fn: "first", arg: "price")
    close: BigDecimal! @aggregate(fn: "last", arg: "price")
    total: BigDecimal! @aggregate(fn: "sum", arg: "price", cumulative: true)
    highest: BigDecimal! @aggregate(fn: "max", arg: "price", cumulative: true)
    earliest: BigDecimal! @aggregate(fn: "first", arg: "price", cumulative: true)
    sales: Int8! @aggregate(fn: "count", cumulative: true)
  }
`
const hour = 3600
/** Midnight. */
const start = 1_700_006_400

let database: ScratchDatabase
beforeAll(async () => {
  database = await scratchDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

let count = 0
async function scratch() {
  count += 1
  const deployment = aDeployment(schemaText, { id: `QmRollup${count}` })
  const postgres = createPostgres(database.url)
  const reopen = () => openStore(postgres, deployment)
  let store = await reopen()
  return {
    get store() {
      return store
    },
    async restart() {
      await store.close()
      store = await reopen()
    },
    async buckets(interval: 'hour' | 'day' = 'hour') {
      const table = sql.ident(store.layout.schemaName, `volume_${interval}`)
      const rows = await postgres.run(sql`select block$, extract(epoch from timestamp)::int4 as at, market,
        sum::float8::int4, count::int4, low::float8::int4, high::float8::int4, open::float8::int4, close::float8::int4,
        total::float8::int4, highest::float8::int4, earliest::float8::int4, sales::int4
        from ${table} order by timestamp, market`)
      return rows.map((row) => ({ ...row, at: (Number(row.at) - start) / hour }))
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await postgres.end()
    },
  }
}

function aBlock(number: number, hours: number): BlockLink {
  return { ...aBlockLink(number), timestamp: start + Math.round(hours * hour) }
}

/** A block some hours after midnight with sales of [market, price, amount]. */
function sales(number: number, hours: number, ...rows: [string, number, number][]): BlockChanges {
  const block = aBlock(number, hours)
  const timestamp: Value = { kind: 'Timestamp', value: BigInt(block.timestamp) * 1_000_000n }
  return {
    block,
    newSources: [],
    changes: rows.map(([market, price, amount], order) => {
      const id = (BigInt(number) << 32n) + BigInt(order)
      const entity = new Map<string, Value>([
        ['id', { kind: 'Int8', value: id }],
        ['timestamp', timestamp],
        ['market', { kind: 'String', value: market }],
        ['price', { kind: 'BigDecimal', value: { digits: BigInt(price), scale: 0 } }],
        ['amount', { kind: 'BigInt', value: BigInt(amount) }],
      ])
      return { kind: 'insert', type: 'Sale', id: String(id), entity, order }
    }),
  }
}

describe('a bucket', () => {
  it('appears with the first block of a later one, and belongs to that block', async () => {
    await using s = await scratch()
    await s.store.commit([sales(1, 0.1, ['a', 5, 1], ['b', 2, 2])], [], aBlock(9, 9))
    await s.store.commit([sales(2, 0.9, ['a', 3, 2])], [], aBlock(9, 9))
    expect(await s.buckets()).toEqual([])
    await s.store.commit([sales(3, 1.2)], [], aBlock(9, 9))
    const a = { sum: 11, count: 2, low: 3, high: 5, open: 5, close: 3, total: 8, highest: 5, earliest: 5, sales: 2 }
    const b = { sum: 4, count: 1, low: 2, high: 2, open: 2, close: 2, total: 2, highest: 2, earliest: 2, sales: 1 }
    expect(await s.buckets()).toEqual([
      { block$: 3, at: 0, market: 'a', ...a },
      { block$: 3, at: 0, market: 'b', ...b },
    ])
  })

  it('is the same whether its blocks were committed one by one or together', async () => {
    const blocks = [
      sales(1, 0.1, ['a', 5, 1]),
      sales(2, 1.5, ['a', 7, 1], ['b', 1, 1]),
      sales(3, 1.6, ['a', 2, 1]),
      sales(4, 5.5, ['b', 9, 1]),
      sales(5, 26, ['a', 1, 1]),
      sales(6, 49),
    ]
    await using together = await scratch()
    await together.store.commit(blocks, [], aBlock(9, 99))
    await using single = await scratch()
    for (const block of blocks) {
      await single.store.commit([block], [], aBlock(9, 99))
      await single.restart()
    }
    expect(await together.buckets()).toEqual(await single.buckets())
    expect(await together.buckets('day')).toEqual(await single.buckets('day'))
    expect((await together.buckets()).map(({ at, ...row }) => [at, Reflect.get(row, 'total')])).toEqual([
      [0, 5],
      [1, 14],
      [1, 1],
      [5, 10],
      [26, 15],
    ])
    expect((await together.buckets('day')).map(({ at, ...row }) => [at, Reflect.get(row, 'sales')])).toEqual([
      [0, 3],
      [0, 2],
      [24, 4],
    ])
  })

  it('goes with the block it belongs to, and comes back', async () => {
    await using s = await scratch()
    await s.store.commit([sales(1, 0.1, ['a', 5, 1]), sales(2, 1.5, ['a', 7, 1])], [], aBlock(9, 9))
    await s.store.commit([sales(3, 2.5)], [], aBlock(9, 9))
    const before = await s.buckets()
    await s.store.revertTo(aBlock(2, 1.5))
    expect(await s.buckets()).toHaveLength(1)
    await s.store.commit([sales(3, 2.5)], [], aBlock(9, 9))
    expect(await s.buckets()).toEqual(before)
  })
})

it('is summed up in one statement', () => {
  const schema = aDeployment(`
    type Sale @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  market: String!  price: BigDecimal! }
    type Volume @aggregation(intervals: ["hour"], source: "Sale") {
      id: Int8!  timestamp: Timestamp!  market: String!
      sum: BigDecimal! @aggregate(fn: "sum", arg: "price * 2")
    }`).schema
  const [rollup] = rollupsOf(layoutOf(schema, 'sgd1'))
  expect(rollup && render(rollupStatement(rollup, aBlock(7, 1.5)))).toMatchInlineSnapshot(`
    {
      "text": "insert into "sgd1"."volume_hour" (vid, block$, "id", "timestamp", "market", "sum")
        with complete as (select max(id) as id, date_trunc('hour', "timestamp", 'UTC') as "timestamp", "market" as "market", sum("price" * 2)::numeric as "sum" from "sgd1"."sale"
          where "timestamp" >= coalesce((select max("timestamp") from "sgd1"."volume_hour" where block$ = (select max(block$) from "sgd1"."volume_hour")) + '1 hour'::interval, '-infinity') and "timestamp" < $1::timestamptz
          group by date_trunc('hour', "timestamp", 'UTC'), "market")
        select 30064771072 + row_number() over (order by "timestamp", id),
          7, "id", "timestamp", "market", "sum" from (select * from complete) as rows",
      "values": [
        "2023-11-15T01:00:00.000000Z",
      ],
    }
  `)
})
