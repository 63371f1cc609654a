import { afterAll, beforeAll, expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { blockChanges, type PlainBlock } from '../../test/rows.ts'
import type { Deployment, Graft } from '../deployment/deployment.ts'
import { HandlerTrapError, InvalidDeploymentError } from '../errors.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { type Sql, sql } from './sql.ts'
import { openStore, type Store } from './store.ts'

const baseSchema = `
  enum Color { red green }
  type Token @entity(immutable: false) { id: ID!  color: Color!  colors: [Color!]!  supply: BigInt!  holder: Holder  old: Int }
  type Holder @entity(immutable: false) { id: Bytes! }
  type Note @entity(immutable: true) { id: ID!  text: String! }
  type Gone @entity(immutable: false) { id: ID! }
  type Tick @entity(timeseries: true) { id: Int8!  timestamp: Timestamp!  size: BigInt! }
  type Stats @aggregation(intervals: ["hour"], source: "Tick") {
    id: Int8!  timestamp: Timestamp!  sum: BigInt! @aggregate(fn: "sum", arg: "size")
  }
`
/** One colour and one field more, one type and one field fewer. */
const newSchema = baseSchema
  .replace('{ red green }', '{ blue red green }')
  .replace('old: Int', 'fresh: String')
  .replace(/type Gone .*/, 'type Fresh @entity(immutable: false) { id: ID! }')

let database: ScratchDatabase
let postgres: Postgres
beforeAll(async () => {
  database = await scratchDatabase()
  postgres = createPostgres(database.url, { max: 6 })
})
afterAll(async () => {
  await postgres.end()
  await database[Symbol.asyncDispose]()
})

let count = 0
function aBuild(schemaText: string, overrides: Partial<Deployment> = {}): Deployment {
  count += 1
  return aDeployment(schemaText, { id: `QmBuild${count}`, ...overrides })
}

async function write(store: Store, { schema }: Deployment, ...blocks: readonly PlainBlock[]): Promise<void> {
  const known = new Set<string>()
  for (const block of blocks) {
    const link = aBlockLink(block.number)
    await store.commit([blockChanges(schema, block, known)], [link], link)
  }
}

const token = (id: string, supply: number) => ({ id, color: 'green', colors: ['red', 'green'], supply: `${supply}` })

/** A base that changed a token at 3, 5 and 7, and made another at 6. */
async function aBase(): Promise<{ base: Deployment; store: Store } & AsyncDisposable> {
  const base = aBuild(baseSchema)
  const store = await openStore(postgres, base)
  await write(
    store,
    base,
    { number: 3, write: { Token: [token('a', 1)], Note: [{ id: 'n', text: 'first' }] } },
    { number: 5, write: { Token: [token('a', 2)] } },
    { number: 6, write: { Token: [token('b', 1)], Gone: [{ id: 'g' }], Note: [{ id: 'm', text: 'second' }] } },
    { number: 7, write: { Token: [token('a', 3)] } },
    { number: 20 },
  )
  return { base, store, [Symbol.asyncDispose]: () => store.close() }
}

const graftAt = (base: Deployment, block: number, schemaText = newSchema): Deployment =>
  aBuild(schemaText, { graft: { base: base.id, block } satisfies Graft })

async function openStoreOf(deployment: Deployment): Promise<{ readonly store: Store } & AsyncDisposable> {
  const store = await openStore(postgres, deployment, { finality: 10 })
  return { store, [Symbol.asyncDispose]: () => store.close() }
}

const linkAt = async (number: number) => aBlockLink(number)

async function rowsOf(store: Store, table: string): Promise<string[]> {
  const ident: Sql = sql.ident(store.layout.schemaName, table)
  const rows = await postgres.run(sql`select to_jsonb(stored) as row from ${ident} as stored order by vid`)
  return rows.map(({ row }) => {
    const { vid: _, ...fields } = JSON.parse(String(row))
    return JSON.stringify(fields)
  })
}

it('takes over what its base held at the block, with history, and what changed later is open again', async () => {
  await using it = await aBase()
  const next = graftAt(it.base, 6)
  const store = await openStore(postgres, next, { finality: 10 })
  await store.takeOver(linkAt)
  expect(await rowsOf(store, 'token')).toMatchInlineSnapshot(`
    [
      "{"id":"a","color":"green","fresh":null,"colors":["red","green"],"holder":null,"supply":1,"block_to":5,"block_from":3}",
      "{"id":"a","color":"green","fresh":null,"colors":["red","green"],"holder":null,"supply":2,"block_to":2147483647,"block_from":5}",
      "{"id":"b","color":"green","fresh":null,"colors":["red","green"],"holder":null,"supply":1,"block_to":2147483647,"block_from":6}",
    ]
  `)
  expect(await rowsOf(store, 'note')).toMatchInlineSnapshot(`
    [
      "{"id":"n","text":"first","block$":3}",
      "{"id":"m","text":"second","block$":6}",
    ]
  `)
  expect(await rowsOf(store, 'fresh')).toEqual([])
  expect(await store.progress()).toMatchObject({ block: aBlockLink(6), health: 'healthy', earliestBlock: 0 })
  await store.close()
})

it('goes on from the next block, and can be taken back to where it was grafted', async () => {
  await using it = await aBase()
  const next = graftAt(it.base, 5)
  const store = await openStore(postgres, next, { finality: 10 })
  await store.takeOver(linkAt)
  const before = await rowsOf(store, 'token')
  await write(store, next, { number: 6, write: { Fresh: [{ id: 'f' }] } })
  await store.revertTo(aBlockLink(5))
  expect(await rowsOf(store, 'token')).toEqual(before)
  expect(await rowsOf(store, 'fresh')).toEqual([])
  await store.close()
})

it('is taken over anew when a reorg reaches below the graft', async () => {
  await using it = await aBase()
  const next = graftAt(it.base, 5)
  const store = await openStore(postgres, next, { finality: 10 })
  await store.takeOver(linkAt)
  await store.revertTo(aBlockLink(4))
  expect((await store.progress()).block).toBeNull()
  expect(await rowsOf(store, 'token')).toEqual([])
  await it.store.revertTo(aBlockLink(3))
  await expect(store.takeOver(linkAt)).rejects.toMatchObject({ code: 'STORE_GRAFT_BASE_BEHIND', remedy: 'retry' })
  await write(it.store, it.base, { number: 5 })
  await store.takeOver(linkAt)
  expect(await rowsOf(store, 'token')).toHaveLength(1)
  await store.close()
})

it('takes over the data sources that its base had grown by then, but not the errors it had recorded', async () => {
  const base = aBuild(baseSchema, { features: ['nonFatalErrors'] })
  await using store = await openStoreOf(base)
  const grown = (address: `0x${string}`) => ({ template: 'Child', address, context: {} })
  for (const number of [2, 4, 20]) {
    const block = aBlockLink(number)
    const error = new HandlerTrapError('handle', block, {
      reason: `at ${number}`,
      isDeterministic: true,
      position: null,
    })
    const newSources = [grown(`0x${`${number}`.padStart(40, '0')}`)]
    await store.store.commit([{ block, changes: [], newSources, errors: [error] }], [block], block)
  }
  await using next = await openStoreOf(aBuild(baseSchema, { graft: { base: base.id, block: 4 } }))
  await next.store.takeOver(linkAt)
  expect((await next.store.sources()).map(({ createdAt, template }) => [createdAt, template])).toEqual([
    [2, 'Child'],
    [4, 'Child'],
  ])
  expect(await next.store.progress()).toMatchObject({ health: 'healthy', block: { number: 4 } })
  await next.store.revertTo(null)
  expect(await next.store.sources()).toEqual([])
})

it('does not take over blocks of another branch than the chain is on', async () => {
  await using it = await aBase()
  const store = await openStore(postgres, graftAt(it.base, 5), { finality: 10 })
  const other = async (number: number) => aBlockLink(number, 1)
  await expect(store.takeOver(other)).rejects.toMatchObject({ code: 'STORE_GRAFT_BASE_BEHIND' })
  expect(await rowsOf(store, 'token')).toEqual([])
  await store.close()
})

it('holds nothing until all is copied, and is taken over once', async () => {
  await using it = await aBase()
  const next = graftAt(it.base, 6)
  const store = await openStore(postgres, next, { finality: 10 })
  const note = store.layout.tables.get('Note')
  if (!note) throw new Error('no table')
  await postgres.run(sql`alter table ${note.ident} add constraint no check (text <> 'second')`)
  await expect(store.takeOver(linkAt)).rejects.toThrow('no')
  expect(await rowsOf(store, 'token')).toEqual([])
  expect((await store.progress()).block).toBeNull()
  await postgres.run(sql`alter table ${note.ident} drop constraint no`)
  await store.takeOver(linkAt)
  await store.takeOver(linkAt)
  expect(await rowsOf(store, 'token')).toHaveLength(3)
  await store.close()
})

async function problemsOf(deployment: Deployment, finality = 10): Promise<readonly string[]> {
  try {
    const store = await openStore(postgres, deployment, { finality })
    await store.close()
    return []
  } catch (error) {
    if (!(error instanceof InvalidDeploymentError)) throw error
    return error.facts.problems
  }
}

it('refuses a base that is not there, or not far enough', async () => {
  await using it = await aBase()
  const { id } = it.base
  const untouched = aBuild(baseSchema)
  await (await openStore(postgres, untouched)).close()
  expect(await problemsOf(graftAt(aBuild(baseSchema), 3))).toEqual([
    `the graft base is invalid: deployment not found: QmBuild${count - 1}`,
  ])
  expect(await problemsOf(graftAt(untouched, 3))).toEqual([
    `the graft base is invalid: failed to graft onto \`${untouched.id}\` since it has not processed any blocks`,
  ])
  expect(await problemsOf(graftAt(it.base, 21))).toEqual([
    `the graft base is invalid: failed to graft onto \`${id}\` at block 21 since it has only processed block 20`,
  ])
  expect(await problemsOf(graftAt(it.base, 11))).toEqual([
    `the graft base is invalid: failed to graft onto \`${id}\` at block 11 since it's only at block 20 which is within the reorg threshold of 10 blocks`,
  ])
  expect(await problemsOf(graftAt(it.base, 10))).toEqual([])
})

it('may be grafted onto a failed base before the block it failed at', async () => {
  await using it = await aBase()
  const failure = { message: 'boom', handler: 'handle', isDeterministic: true }
  await it.store.fail([failure], aBlockLink(21), aBlockLink(21))
  expect(await problemsOf(graftAt(it.base, 21))).toEqual([
    `the graft base is invalid: failed to graft onto \`${it.base.id}\` at block 21 since it's not healthy. You can graft it starting at block 20 backwards`,
  ])
  expect(await problemsOf(graftAt(it.base, 20))).toEqual([])
})

it('refuses a block whose history its base has pruned', async () => {
  await using it = await aBase()
  const ours = sql`number = ${sql.value(it.store.number)}`
  await postgres.run(sql`update heddle.deployments set earliest_block = 4 where ${ours}`)
  expect(await problemsOf(graftAt(it.base, 3))).toEqual([
    `the graft base is invalid: failed to graft onto \`${it.base.id}\` at block 3 since its earliest available block is 4`,
  ])
  expect(await problemsOf(graftAt(it.base, 4))).toEqual([])
})

it('refuses a schema that the rows do not fit, and says of each attribute why', async () => {
  await using it = await aBase()
  const schemaText = `
    enum Color { red }
    type Token @entity(immutable: true) {
      id: ID!  color: Color!  colors: [Color]!  supply: BigDecimal!  holder: Holder!  old: [Int!]  more: Int!
    }
    type Holder @entity(immutable: false) { id: ID! }
    type Note @entity(immutable: false) { id: ID!  text: Color! }
  `
  expect(
    (await problemsOf(graftAt(it.base, 6, schemaText))).join('\n').replaceAll(/sgd\d+/g, 'sgd…'),
  ).toMatchInlineSnapshot(`
    "The subgraph \`sgd…\` cannot be used as the graft base for \`sgd…\` because the schemas are incompatible:
        - the enum type "sgd…"."color" contains values not present in "sgd…"."color"
        - the enum type "sgd…"."color" contains values not present in "sgd…"."color"
        - The attribute Token.supply has type BigDecimal!, but its type in the source is BigInt!
        - The attribute Token.holder is non-nullable, but the corresponding attribute in the source is nullable
        - The attribute Token.old has type [Int!], but its type in the source is Int
        - The attribute Token.more is non-nullable, but there is no such attribute in the source
        - The attribute Holder.id has type ID!, but its type in the source is Bytes!
        - The attribute Note.text is an enum Color!, but its type in the source is String!
        - table token for entity type Token can not be made immutable since it contains at least one mutated entity. vid = 12884901988"
  `)
})

it('makes immutable entities mutable, and mutable ones immutable as long as none was changed', async () => {
  await using it = await aBase()
  const schemaText = `
    type Note @entity(immutable: false) { id: ID!  text: String! }
    type Gone @entity(immutable: true) { id: ID! }
  `
  const store = await openStore(postgres, graftAt(it.base, 6, schemaText), { finality: 10 })
  await store.takeOver(linkAt)
  expect(await rowsOf(store, 'note')).toMatchInlineSnapshot(`
    [
      "{"id":"n","text":"first","block_to":2147483647,"block_from":3}",
      "{"id":"m","text":"second","block_to":2147483647,"block_from":6}",
    ]
  `)
  expect(await rowsOf(store, 'gone')).toMatchInlineSnapshot(`
    [
      "{"id":"g","block$":6}",
    ]
  `)
  await store.close()
})
