import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import type { BlockChanges, Change } from '../entity/change.ts'
import { type Entity, keyText } from '../entity/entity.ts'
import { idValue } from '../entity/ids.ts'
import { IndexerError } from '../errors.ts'
import { decodeEntity } from './codec.ts'
import { currentBlock } from './layout.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { sql } from './sql.ts'
import { openStore, type Store } from './store.ts'

const schemaText = `
  type Owner @entity(immutable: false) { id: ID!  value: Int }
  type Thing @entity(immutable: false) { id: Bytes!  value: Int }
  type Note @entity(immutable: true) { id: Int8!  value: Int }
`
const types = { Owner: ['o', 'p', "q'\\"], Thing: ['0x', '0x01', '0xff'] } as const

/** Everything that exists, by `type/id`. */
type State = ReadonlyMap<string, Entity>
type Model = { readonly number: number; readonly branch: number; readonly state: State }[]

/** What a block does: for each key a value to set, or null to remove. */
interface Deeds {
  readonly skip: number
  readonly puts: readonly { readonly type: 'Owner' | 'Thing'; readonly which: number; readonly value: number | null }[]
  readonly notes: number
}

const someDeeds: fc.Arbitrary<Deeds> = fc.record({
  skip: fc.nat(2),
  puts: fc.array(
    fc.record({
      type: fc.constantFrom('Owner' as const, 'Thing' as const),
      which: fc.nat(2),
      value: fc.option(fc.nat(3), { freq: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  notes: fc.nat(2),
})
const someActs = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('commit' as const),
        blocks: fc.array(someDeeds, { minLength: 1, maxLength: 5 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('revert' as const), back: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  ),
  { minLength: 6, maxLength: 12 },
)

let database: ScratchDatabase
beforeAll(async () => {
  database = await scratchDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
let count = 0

it('holds at every block what a naive model holds, through batches, reverts and restarts', async () => {
  const postgres = createPostgres(database.url, { max: 3 })
  await fc.assert(
    fc.asyncProperty(someActs, async (acts) => {
      count += 1
      const deployment = aDeployment(schemaText, { id: `QmProperty${count}` })
      let store = await openStore(postgres, deployment)
      let model: Model = []
      for (const [turn, act] of acts.entries()) {
        if (act.kind === 'restart') {
          await store.close()
          store = await openStore(postgres, deployment)
        } else if (act.kind === 'revert') {
          const target = model.at(-1 - act.back)
          await store.revertTo(target === undefined ? null : aBlockLink(target.number, target.branch))
          model = target === undefined ? [] : model.slice(0, model.indexOf(target) + 1)
        } else {
          const { batch, longer } = play(model, act.blocks, turn)
          await store.commit(batch, [], aBlockLink(1000))
          model = longer
        }
        await expectEqual(postgres, store, model)
      }
      await store.drop()
    }),
    { numRuns: 25 },
  )
  await postgres.end()
}, 90_000)

it('is in the state of some whole commit, whenever its connections are cut', async () => {
  const postgres = createPostgres(database.url, { max: 3, applicationName: 'victim' })
  const killer = createPostgres(database.url, { max: 1 })
  const deployment = aDeployment(schemaText, { id: 'QmFault' })
  let store = await openStore(postgres, deployment)
  let model: Model = []
  let cuts = 0
  const random = fc.sample(fc.array(someDeeds, { minLength: 1, maxLength: 40 }), { numRuns: 40, seed: 7 })
  const delays = fc.sample(fc.nat(12), { numRuns: 40, seed: 7 })
  for (const [turn, blocks] of random.entries()) {
    const { batch, longer } = play(model, blocks, turn)
    const last = longer.at(-1)
    const [outcome] = await Promise.allSettled([
      store.commit(batch, [], aBlockLink(1000)),
      afterMs(delays[turn] ?? 0).then(() => cut(killer)),
    ])
    if (outcome.status === 'rejected') {
      cuts += 1
      expect(outcome.reason).toBeInstanceOf(IndexerError)
      expect(outcome.reason).toMatchObject({ remedy: 'retry' })
      if (turn % 2 === 0) {
        await persist(() => store.close())
        store = await persist(() => openStore(postgres, deployment))
      }
    }
    const { block } = await persist(() => store.progress())
    const isThrough = block !== null && block.number === last?.number
    if (outcome.status === 'fulfilled') expect(isThrough || batch.length === 0).toBe(true)
    await persist(() => expectEqual(postgres, store, isThrough ? longer : model))
    await persist(() => store.commit(batch, [], aBlockLink(1000)))
    await persist(() => expectEqual(postgres, store, longer))
    model = longer
  }
  expect(cuts).toBeGreaterThan(5)
  await store.close()
  await Promise.all([postgres.end(), killer.end()])
}, 90_000)

/** Plays blocks on top of the model. */
function play(model: Model, blocks: readonly Deeds[], branch: number): { batch: BlockChanges[]; longer: Model } {
  const longer = [...model]
  const batch = blocks.map(({ skip, puts, notes }) => {
    const before = longer.at(-1)
    const number = (before?.number ?? -1) + 1 + skip
    const state = new Map(before?.state)
    const wanted = new Map(
      puts.map(({ type, which, value }) => [
        keyText(type, types[type][which] ?? ''),
        { type, value, id: types[type][which] ?? '' },
      ]),
    )
    const changes = [...wanted].flatMap(([key, { type, id, value }], order): Change[] => {
      const isThere = state.has(key)
      if (value === null) return state.delete(key) ? [{ kind: 'remove', type, id }] : []
      const entity: Entity = new Map([
        ['id', idValue(type === 'Owner' ? 'String' : 'Bytes', id)],
        ['value', { kind: 'Int', value }],
      ])
      state.set(key, entity)
      return [{ kind: isThere ? 'overwrite' : 'insert', type, id, entity, order }]
    })
    for (let n = 0; n < notes; n++) {
      const id = String(number * 10 + n)
      const entity: Entity = new Map([['id', idValue('Int8', id)]])
      state.set(keyText('Note', id), entity)
      changes.push({ kind: 'insert', type: 'Note', id, entity, order: 100 + n })
    }
    longer.push({ number, branch, state })
    return { block: aBlockLink(number, branch), changes, newSources: [] }
  })
  return { batch, longer }
}

async function expectEqual(postgres: Postgres, store: Store, model: Model): Promise<void> {
  const last = model.at(-1)
  const { block } = await store.progress()
  expect(block).toEqual(last === undefined ? null : aBlockLink(last.number, last.branch))
  const keys = [...model.flatMap(({ state }) => [...state.keys()])].map((key) => {
    const slash = key.indexOf('/')
    return { type: key.slice(0, slash), id: key.slice(slash + 1) }
  })
  expect(await store.read(keys)).toEqual(new Map(last?.state))
  const history = await readHistory(postgres, store)
  for (const { number, state } of model) {
    const then = history.filter(({ from, to }) => from <= number && number < to)
    expect(then.length, `nothing twice at block ${number}`).toBe(state.size)
    expect(new Map(then.map(({ key, entity }) => [key, entity]))).toEqual(state)
  }
}

async function readHistory(postgres: Postgres, { layout }: Store) {
  const tables = [...layout.tables.values()].map(async (table) => {
    const rows = await postgres.run(sql`select * from ${table.ident}`)
    return rows.map((row) => {
      const entity = decodeEntity(table, row)
      const id = entity.get('id')
      return {
        key: keyText(table.type.name, id === undefined || id.kind === 'Null' ? '' : String(id.value)),
        entity,
        from: Number(table.isVersioned ? row.block_from : row.block$),
        to: table.isVersioned ? Number(row.block_to) : currentBlock,
      }
    })
  })
  return (await Promise.all(tables)).flat()
}

async function cut(killer: Postgres): Promise<void> {
  await killer.run(sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`)
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Tries until Postgres lets us; cut connections are found one by one. */
async function persist<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (attempt === 20 || !(error instanceof IndexerError) || error.remedy !== 'retry') throw error
    }
  }
}
