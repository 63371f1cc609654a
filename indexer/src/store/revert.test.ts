import { describe, expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { scratchDatabase } from '../../test/postgres.ts'
import { blockChanges, type PlainBlock } from '../../test/rows.ts'
import { aSource } from '../../test/source.ts'
import type { Hex } from '../chain/block.ts'
import { type Settled, unsettled } from '../chain/finality.ts'
import type { BlockChanges } from '../entity/change.ts'
import { HandlerTrapError } from '../errors.ts'
import { createPostgres } from './postgres.ts'
import { sql } from './sql.ts'
import { openStore } from './store.ts'

const schemaText = `
  type Owner @entity(immutable: false) { id: ID!  name: String! }
  type Sale @entity(immutable: true) { id: ID!  price: BigInt! }
  type Trade @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  price: BigInt! }
  type Volume @aggregation(intervals: ["hour"], source: "Trade") {
    id: Int8!  timestamp: Timestamp!  sum: BigInt! @aggregate(fn: "sum", arg: "price", cumulative: true)
  }
  type Page @entity(immutable: false) { id: ID!  text: String! }
`
const hour = 3_600

const template = {
  ...aSource({ name: 'Page', eventHandlers: [] }).definition,
  isTemplate: true,
  fileHandler: { handler: 'handlePage', entities: ['Page'] },
}

const hexOf = (number: number, bytes: number): Hex => `0x${number.toString(16).padStart(2 * bytes, '0')}`

/** Blocks an hour apart, so that each of them completes a bucket. */
const timed = (number: number) => ({ ...aBlockLink(number), timestamp: number * hour })

async function anIndex() {
  const database = await scratchDatabase()
  const postgres = createPostgres(database.url, { max: 4 })
  const deployment = aDeployment(schemaText, { templates: [template] })
  const store = await openStore(postgres, deployment)
  const known = new Set<string>()
  const tables = async (): Promise<string[]> => {
    const rows = await postgres.run(sql`select schemaname || '.' || tablename as name from pg_tables
      where schemaname in ('heddle', ${sql.value(store.layout.schemaName)}) order by 1`)
    return rows.map(({ name }) => String(name))
  }
  return {
    store,
    postgres,
    tables,
    /** A block that writes to every table there is. */
    write: async (number: number, settled?: Settled) => {
      const plain: PlainBlock = {
        number,
        write: {
          Owner: [{ id: 'o', name: `after ${number}` }],
          Sale: [{ id: `s${number}`, price: number }],
          Trade: [{ id: String(number), timestamp: String(number * hour * 1_000_000), price: number }],
        },
      }
      const file = { template: 'Page', address: hexOf(number, 1), context: {} } as const
      const page = { id: `p${number}`, text: 'read' }
      const pages = blockChanges(deployment.schema, { number, write: { Page: [page] } }, known).changes
      const changes = {
        ...blockChanges(deployment.schema, plain, known),
        newSources: [{ template: 'Grown', address: hexOf(number, 20), context: {} }],
        files: { created: [file], handled: number > 1 ? [number - 1] : [] },
        errors: [
          new HandlerTrapError(
            'handleSale',
            { number, hash: aBlockLink(number).hash },
            { reason: 'no', chain: 'no', isDeterministic: true, position: null },
          ),
        ],
      }
      const block = timed(number)
      const ofFile = pages.map((one) => ({ ...one, region: 1 }))
      const all: BlockChanges = { ...changes, block, changes: [...changes.changes, ...ofFile] }
      await store.commit([all], [block], block, settled)
    },
    back: async (to: number) => {
      await store.revertTo(timed(to))
      for (const one of known) if (Number(/\d+$/.exec(one)?.[0] ?? 0) > to) known.delete(one)
    },
    /** Everything in every table, but for what counts how often something was done. */
    content: async () => {
      const found: Record<string, unknown> = {}
      for (const name of await tables()) {
        const [schema = '', table = ''] = name.split('.')
        const [row] =
          await postgres.run(sql`select coalesce(json_agg(row order by row::text), '[]')::text as rows from (
          select to_jsonb(t) - array['sequence', 'vid', 'created_at', 'reverts', 'head_number', 'head_hash', 'holder', 'seen_at', 'held_until']
            as row from ${sql.ident(schema, table)} t) all_rows`)
        found[name] = JSON.parse(String(row?.rows))
      }
      return found
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

describe('taking blocks back', () => {
  it('leaves every table as it was at that block: rows, buckets, sources, files and their rows, links, errors, health, progress', async () => {
    await using index = await anIndex()
    for (const number of [1, 2, 3]) await index.write(number)
    const before = await index.content()
    const filled = Object.entries(before).filter(([, rows]) => (rows as unknown[]).length > 0)
    for (const name of ['links', 'sources', 'file_sources', 'errors']) {
      expect(filled.map(([table]) => table)).toContain(`heddle.${name}`)
    }
    for (const name of ['owner', 'sale', 'trade', 'volume_hour', 'page']) {
      expect(filled.map(([table]) => table)).toContain(`${index.store.layout.schemaName}.${name}`)
    }
    for (const number of [4, 5, 6]) await index.write(number, { final: 3, safe: 4 })
    expect(await index.content()).not.toEqual(before)
    await index.store.revertTo(timed(3))
    const { final, safe } = await index.store.progress()
    expect([final, safe]).toEqual([3, 3])
    await index.postgres.run(sql`update heddle.deployments set final_number = null, safe_number = null`)
    expect(await index.content()).toEqual(before)
  })

  it('and indexing anew after that, as if the other blocks had never been', async () => {
    await using index = await anIndex()
    await using other = await anIndex()
    for (const number of [1, 2, 3, 4, 5]) await index.write(number)
    await index.back(2)
    for (const number of [3, 4]) await index.write(number)
    for (const number of [1, 2, 3, 4]) await other.write(number)
    expect(await index.content()).toEqual(await other.content())
  })

  it('leaves nothing but the deployment where all is taken back', async () => {
    await using index = await anIndex()
    const before = await index.content()
    for (const number of [1, 2]) await index.write(number, { final: 1, safe: 1 })
    await index.store.revertTo(null)
    expect(await index.content()).toEqual(before)
  })

  it('is one transaction: who reads meanwhile sees all of it or nothing', async () => {
    await using index = await anIndex()
    for (let number = 1; number <= 30; number++) await index.write(number)
    let isDone = false
    const reading = (async () => {
      const seen = new Set<string>()
      while (!isDone) {
        const [row] = await index.postgres.run(sql`select d.block_number, d.reverts, (select name from
          ${sql.ident(index.store.layout.schemaName, 'owner')} where block_to = 2147483647) as name,
          (select max(number) from heddle.links) as link, (select max(block_number) from heddle.sources) as source
          from heddle.deployments d`)
        seen.add([row?.block_number, row?.name, row?.link, row?.source].join(' '))
      }
      return seen
    })()
    for (let number = 29; number > 10; number--) await index.store.revertTo(timed(number))
    isDone = true
    for (const state of await reading) expect(state).toMatch(/^(\d+) after \1 \1 \1$/)
  })
})

describe('the final block', () => {
  it('moves on with the progress, never beyond it, and never back', async () => {
    await using index = await anIndex()
    const final = async () => (await index.store.progress()).final
    await index.write(1, { final: 9, safe: 9 })
    expect(await final()).toBe(1)
    await index.write(2, { final: null, safe: null })
    expect(await final()).toBe(1)
    await index.write(3, { final: 2, safe: 3 })
    expect(await index.store.progress()).toMatchObject({ final: 2, safe: 3 })
    await index.write(4, { final: 0, safe: 1 })
    expect(await index.store.progress()).toMatchObject({ final: 2, safe: 2 })
  })

  it('stays when another rule says what is final, but for what is not final by that one', async () => {
    await using index = await anIndex()
    const now = async () => {
      const { final, safe, finality } = await index.store.progress()
      return { final, safe, finality }
    }
    await index.store.settleBy('2', unsettled)
    expect(await now()).toEqual({ final: null, safe: null, finality: '2' })
    for (let number = 1; number <= 6; number++) await index.write(number, { final: number - 2, safe: null })
    await index.store.settleBy('2', { final: 1, safe: null })
    expect(await now()).toEqual({ final: 4, safe: null, finality: '2' })
    // More is final by it, but nobody knows yet whether our newest blocks are of the chain.
    await index.store.settleBy('latest', { final: 8, safe: 9 })
    expect(await now()).toEqual({ final: 4, safe: 6, finality: 'latest' })
    await index.write(7, { final: 7, safe: null })
    expect(await now()).toEqual({ final: 7, safe: null, finality: 'latest' })
    await index.store.settleBy('finalized', { final: 3, safe: 5 })
    expect(await now()).toEqual({ final: 3, safe: 5, finality: 'finalized' })
    await index.store.settleBy('1000', unsettled)
    expect(await now()).toEqual({ final: null, safe: null, finality: '1000' })
  })
})
