import { expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { scratchDatabase } from '../../test/postgres.ts'
import { blockChanges } from '../../test/rows.ts'
import { answer, queryable } from '../query/answer.ts'
import { apiSchema } from '../query/schema.ts'
import { createPostgres } from './postgres.ts'
import { historyOf, nextEarliest, wholeHistory } from './prune.ts'
import { sql } from './sql.ts'
import { openStore } from './store.ts'

const finality = 5
const schema = `
  type Token @entity(immutable: false) { id: ID! symbol: String! }
  type Sale @entity(immutable: true) { id: ID! }
`

/** A token written anew in every block, and a sale in each, with ten blocks of history. */
async function aScratch() {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 3 })
  const deployment = aDeployment(schema, { prune: 10, startBlock: 1 })
  const store = await openStore(postgres, deployment, { finality })
  const asked = queryable(deployment.id, apiSchema(deployment.schema), store.layout, postgres)
  const known = new Set<string>()
  return {
    store,
    write: async (from: number, to: number) => {
      for (let number = from; number <= to; number++) {
        const row = { id: 't', symbol: `at ${number}` }
        const changes = blockChanges(
          deployment.schema,
          { number, write: { Token: [row], Sale: [{ id: String(number) }] } },
          known,
        )
        await store.commit([changes], [aBlockLink(number)], aBlockLink(number))
      }
    },
    prune: async (at: number) => {
      while (await store.prune(at));
    },
    count: async (table: string) => {
      const [row] = await postgres.run(
        sql`select count(*)::int4 as n from ${sql.ident(store.layout.schemaName, table)}`,
      )
      return row?.n
    },
    ask: async (block: number) =>
      JSON.parse((await answer({ query: `{ tokens(block: { number: ${block} }) { symbol } }` }, asked)).body),
    async [Symbol.asyncDispose]() {
      await store.close()
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

it('leaves history alone until a fifth more has come together than is to be kept', () => {
  const history = { earliestBlock: 100, historyBlocks: 10 }
  expect(nextEarliest(112, history, finality)).toBeNull()
  expect(nextEarliest(113, history, finality)).toBe(103)
})

it('is refused where a reorg could need what it deletes', () => {
  expect(nextEarliest(1000, { earliestBlock: 0, historyBlocks: 5 }, finality)).toBeNull()
})

it('keeps everything where nobody said otherwise, and the least for `auto`', () => {
  expect([undefined, 'never' as const, 'auto' as const, 77].map((prune) => historyOf(prune, 500))).toEqual([
    wholeHistory,
    wholeHistory,
    500,
    77,
  ])
})

it('deletes old versions and says from where on there is something to see', async () => {
  await using scratch = await aScratch()
  await scratch.write(1, 30)
  await scratch.prune(30)

  expect((await scratch.store.progress()).earliestBlock).toBe(20)
  expect(await scratch.count('token')).toBe(11)
  expect(await scratch.ask(20)).toEqual({ data: { tokens: [{ symbol: 'at 20' }] } })
  expect(await scratch.ask(19)).toEqual({
    errors: [
      {
        message:
          'Failed to decode `block.number` value: `subgraph QmScratch only has data starting at block number 20 and data for block number 19 is therefore not available`',
      },
    ],
  })
})

it('keeps entities that never change', async () => {
  await using scratch = await aScratch()
  await scratch.write(1, 30)
  await scratch.prune(30)

  expect(await scratch.count('sale')).toBe(30)
})

it('keeps what a revert opens again', async () => {
  await using scratch = await aScratch()
  await scratch.write(1, 30)
  await scratch.prune(30)
  await scratch.store.revertTo(aBlockLink(25))

  expect(await scratch.ask(25)).toEqual({ data: { tokens: [{ symbol: 'at 25' }] } })
  expect((await scratch.store.progress()).earliestBlock).toBe(20)
})

it('indexes from the beginning where a revert goes further than what was kept', async () => {
  await using scratch = await aScratch()
  await scratch.write(1, 30)
  await scratch.prune(30)
  await scratch.store.revertTo(aBlockLink(15))

  expect(await scratch.store.progress()).toMatchObject({ block: null, earliestBlock: 0 })
  expect(await scratch.count('token')).toBe(0)
})
