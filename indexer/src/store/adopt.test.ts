import { expect, it } from 'vitest'
import { dice, hurtEveryTable } from '../../test/damage.ts'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { scratchDatabase } from '../../test/postgres.ts'
import { blockChanges, type PlainBlock } from '../../test/rows.ts'
import { adoptRows, findDifferences } from './adopt.ts'
import { createPostgres } from './postgres.ts'
import { sql } from './sql.ts'
import { openStore, type Store } from './store.ts'

const schemaText = `
  enum Kind { A B C }
  type Owner @entity(immutable: false) { id: ID!  name: String!  sum: BigDecimal  kinds: [Kind!]! }
  type Sale @entity(immutable: true) { id: Bytes!  price: BigInt! }
  type Trade @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  price: BigInt! }
  type Volume @aggregation(intervals: ["hour"], source: "Trade") {
    id: Int8!  timestamp: Timestamp!  sum: BigInt! @aggregate(fn: "sum", arg: "price", cumulative: true)
  }
`
const hour = 3_600

/** Two indexes of one build in one database, and what a block writes into one of them. */
async function twoIndexes() {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 6, statementTimeoutMs: 20_000 })
  const deployment = aDeployment(schemaText)
  const [running, beside] = [
    await openStore(postgres, deployment),
    await openStore(postgres, { ...deployment, id: 'QmBeside' }),
  ]
  const known = new Map([running, beside].map((store) => [store, new Set<string>()]))
  const kinds = ['A', 'B', 'C']
  return {
    postgres,
    running,
    beside,
    /** The owners among the first five that are there; what was hurt may not be. */
    present: async ({ layout }: Store): Promise<number[]> => {
      const rows =
        await postgres.run(sql`select substring(id from 2)::int4 as id from ${sql.ident(layout.schemaName, 'owner')}
        where block_to = 2147483647 and id ~ '^o[0-4]$' order by 1`)
      return rows.map(({ id }) => Number(id))
    },
    write: async (store: Store, number: number, owners: readonly number[] = [number % 5]) => {
      const block = { ...aBlockLink(number), timestamp: number * hour }
      const owner = (id: number) => ({
        id: `o${id}`,
        name: `after ${number}`,
        sum: `${number}.50`,
        kinds: [kinds[number % 3]],
      })
      const remove: PlainBlock['remove'] = number === 4 || number === 8 ? { Owner: [`o${(number - 1) % 5}`] } : {}
      const write = {
        Owner: [...owners, 100 + number].map(owner),
        Sale: [{ id: `0x${number.toString(16).padStart(4, '0')}`, price: number }],
        Trade: [{ id: String(number), timestamp: String(number * hour * 1_000_000), price: number }],
      }
      const changes = blockChanges(deployment.schema, { number, write, remove }, known.get(store) ?? new Set())
      const source = { template: 'Grown', address: `0x${number.toString(16).padStart(40, '0')}` as const, context: {} }
      await store.commit([{ ...changes, block, newSources: [source] }], [block], block)
    },
    /** All rows of all tables but for their places, and the data sources. */
    content: async ({ layout, number }: Store) => {
      const tables = [...layout.tables.values()].map(
        ({ ident, name }) => sql`select ${sql.literal(name)} as name, to_jsonb(t) - 'vid' as row from ${ident} t`,
      )
      const sources = sql`select 'sources' as name, to_jsonb(s) - array['sequence', 'deployment'] as row from heddle.sources s
        where deployment = ${sql.value(number)}`
      const rows = await postgres.run(sql`select name || ' ' || row::text as line
        from (${sql.join([...tables, sources], sql` union all `)}) as all_rows order by 1`)
      return rows.map(({ line }) => String(line))
    },
    [Symbol.asyncDispose]: async () => {
      await running.close()
      await beside.close()
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

it('finds what differs while the running index is written, and replaces that, and what was written since, and nothing else', async () => {
  const first = Number(process.env.HEDDLE_TEST_SEED ?? 1)
  const runs = Number(process.env.HEDDLE_TEST_RUNS ?? 2)
  for (let seed = first; seed < first + runs; seed++) {
    await using both = await twoIndexes()
    const { postgres, running, beside, write, present, content } = both
    for (let number = 1; number <= 12; number++) for (const store of [running, beside]) await write(store, number)
    expect(await content(running)).toEqual(await content(beside))
    const hurt = await postgres.transaction((transaction) =>
      hurtEveryTable(transaction, running.layout.schemaName, dice(seed)),
    )
    expect(hurt.map(({ table }) => table)).toEqual(['owner', 'sale', 'trade', 'volume_hour'])

    const there = await present(beside)
    const owners = (await present(running)).filter((id) => there.includes(id))
    const scope = { earliest: 0, withFiles: false }
    const found = await postgres.transaction(
      async (transaction) => {
        const differing = await findDifferences(transaction, running, beside, { at: 12, ...scope })
        // On other connections, while all that was read is still held: nobody waits for it.
        for (const number of [13, 14]) await write(running, number, owners)
        return differing
      },
      { isSnapshot: true },
    )
    expect({ seed, hurt, found: found.map(({ type }) => type) }).toEqual({
      ...{ seed, hurt },
      found: ['Owner', 'Sale', 'Trade', 'Volume/hour'],
    })

    for (const number of [13, 14]) await write(beside, number, owners)
    await write(beside, 15)
    const before = await placesOf(both)
    await postgres.transaction((transaction) => adoptRows(transaction, running, beside, { at: 14, ...scope }, 12))
    await write(running, 15)
    expect({ seed, hurt, rows: await content(running) }).toEqual({ seed, hurt, rows: await content(beside) })
    const after = await placesOf(both)
    // What was right lies where it lay.
    expect(before.filter((row) => after.includes(row)).length).toBeGreaterThan(before.length / 2)
  }
}, 120_000)

/** Where the rows of the running index lie. */
async function placesOf({ postgres, running }: Awaited<ReturnType<typeof twoIndexes>>): Promise<string[]> {
  const tables = [...running.layout.tables.values()].map(
    ({ ident, name }) => sql`select ${sql.literal(name)} || ctid::text || xmin::text as line from ${ident}`,
  )
  const rows = await postgres.run(sql.join(tables, sql` union all `))
  return rows.map(({ line }) => String(line))
}
