import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBlockLink, aDeployment } from '../../test/deployment.ts'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import type { Deployment } from '../deployment/deployment.ts'
import type { BlockChanges, Change } from '../entity/change.ts'
import type { Entity } from '../entity/entity.ts'
import type { Value } from '../entity/value.ts'
import { readGenesis, writeGenesis } from './chains.ts'
import { decodeTimestamp, encodeTimestamp } from './codec.ts'
import { readDeployments } from './deployments.ts'
import { nameDeployment } from './names.ts'
import { createPostgres, type Postgres } from './postgres.ts'
import { type Sql, sql } from './sql.ts'
import { openStore, type Store } from './store.ts'

const schemaText = `
  enum Color { red green blue }
  type Owner @entity(immutable: false) { id: ID!  name: String  things: [Thing!]! @derivedFrom(field: "owner") }
  type Thing @entity(immutable: false) {
    id: Bytes!  owner: Owner!  blockTo: Int  count: BigInt  price: BigDecimal  isNew: Boolean  seen: Timestamp  size: Int8
    color: Color  tags: [String!]  counts: [BigInt!]  friends: [Owner!]
  }
  type Note @entity(immutable: true) { id: Int8!  text: String! }
  type Once @entity(immutable: true, skipDuplicates: true) { id: ID!  text: String! }
`
const deployment = aDeployment(schemaText)

interface Scratch extends AsyncDisposable {
  readonly store: Store
  readonly postgres: Postgres
  readonly schema: Sql
  readonly url: string
}

/** A deployment in a database of its own. */
async function ownStore(): Promise<Scratch> {
  const database = await scratchDatabase()
  const scratch = await openScratch(database.url, deployment)
  return {
    ...scratch,
    async [Symbol.asyncDispose]() {
      await scratch[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

let shared: ScratchDatabase
beforeAll(async () => {
  shared = await scratchDatabase()
})
afterAll(() => shared[Symbol.asyncDispose]())

/** A deployment beside others, which is quicker and nearer to life. */
let count = 0
async function scratchStore(): Promise<Scratch> {
  count += 1
  return openScratch(shared.url, { ...deployment, id: `QmScratch${count}` })
}

async function openScratch(url: string, of: Deployment): Promise<Scratch> {
  const postgres = createPostgres(url, { max: 4 })
  const store = await openStore(postgres, of)
  return {
    store,
    postgres,
    schema: sql.ident(store.layout.schemaName),
    url,
    async [Symbol.asyncDispose]() {
      await store.close()
      await postgres.end()
    },
  }
}

const string = (value: string): Value => ({ kind: 'String', value })
const entity = (values: Record<string, Value>): Entity => new Map(Object.entries(values))
const owner = (id: string, name: string) => entity({ id: string(id), name: string(name) })
const note = (id: bigint, text: string) => entity({ id: { kind: 'Int8', value: id }, text: string(text) })

function put(kind: 'insert' | 'overwrite', type: string, id: string, value: Entity, order = 0): Change {
  return { kind, type, id, entity: value, order }
}

function blockOf(number: number, ...changes: Change[]): BlockChanges {
  return { block: aBlockLink(number), changes, newSources: [] }
}

async function write(store: Store, ...batch: BlockChanges[]): Promise<void> {
  const links = batch.map(({ block }) => block)
  await store.commit(batch, links, links.at(-1) ?? aBlockLink(0))
}

const ownerKey = { type: 'Owner', id: 'o' }
const readOwner = async (store: Store) => (await store.read([ownerKey])).get('Owner/o')

const stored = async ({ postgres, store }: Scratch) =>
  (await readDeployments(postgres)).find(({ number }) => number === store.number)

describe('values', () => {
  it('come back exactly as they were written', async () => {
    await using scratch = await scratchStore()
    const full = entity({
      id: { kind: 'Bytes', value: '0x00ff' },
      owner: string('a\tb\n"c"\\N, é 🧵'),
      blockTo: { kind: 'Int', value: -5 },
      count: { kind: 'BigInt', value: -(2n ** 300n) },
      price: { kind: 'BigDecimal', value: { digits: -1234567890123456789012345678901234n, scale: 40 } },
      isNew: { kind: 'Boolean', value: false },
      seen: { kind: 'Timestamp', value: 1_700_000_000_000_001n },
      size: { kind: 'Int8', value: -(2n ** 63n) },
      color: string('blue'),
      tags: { kind: 'List', value: ['', 'a,b', '{"x"}', 'null', 'NULL', '\\', '0xab', ' '].map(string) },
      counts: { kind: 'List', value: [{ kind: 'BigInt', value: 10n ** 40n }] },
      friends: { kind: 'List', value: [] },
    })
    const bare = entity({ id: { kind: 'Bytes', value: '0x' }, owner: string('') })
    await write(
      scratch.store,
      blockOf(1, put('insert', 'Thing', '0x00ff', full), put('insert', 'Thing', '0x', bare, 1)),
    )
    const found = await scratch.store.read([
      { type: 'Thing', id: '0x00ff' },
      { type: 'Thing', id: '0x' },
      { type: 'Thing', id: '0x01' },
    ])
    expect(found.get('Thing/0x00ff')).toEqual(full)
    expect(found.get('Thing/0x')).toEqual(bare)
    expect(found.size).toBe(2)
  })

  it('lose their NULs, which Postgres cannot hold', async () => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(1, put('insert', 'Owner', 'o', owner('o', 'a\0b'))))
    expect(await readOwner(scratch.store)).toEqual(owner('o', 'ab'))
  })

  it.each([
    ['1970-01-01', 0n],
    ['before the epoch', -1_000_000n],
    ['with a fraction before the epoch', -1n],
    ['long ago', -50_000_000_000_000_000n],
    ['far ahead', 300_000_000_000_000_000n],
  ])('keep times to the microsecond: %s', async (_, micros) => {
    await using scratch = await scratchStore()
    const [row] = await scratch.postgres.run(sql`select ${sql.value(encodeTimestamp(micros))}::timestamptz as at`)
    expect(decodeTimestamp(String(row?.at))).toBe(micros)
  })

  it('are found through derived fields', async () => {
    await using scratch = await scratchStore()
    const thing = entity({ id: { kind: 'Bytes', value: '0x01' }, owner: string('o') })
    await write(scratch.store, blockOf(1, put('insert', 'Thing', '0x01', thing)))
    expect(await scratch.store.readRelated('Owner', 'o', 'things')).toEqual([thing])
    expect(await scratch.store.readRelated('Owner', 'p', 'things')).toEqual([])
  })
})

describe('committing', () => {
  it('keeps every version, those that the batch itself made old too', async () => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(3, put('insert', 'Owner', 'o', owner('o', 'A'))))
    await write(
      scratch.store,
      blockOf(7, put('overwrite', 'Owner', 'o', owner('o', 'B'))),
      blockOf(9, put('overwrite', 'Owner', 'o', owner('o', 'C'))),
      blockOf(11, { kind: 'remove', type: 'Owner', id: 'o' }),
      blockOf(12, put('insert', 'Owner', 'o', owner('o', 'D'))),
    )
    const rows = await scratch.postgres.run(
      sql`select name, block_from, block_to from ${scratch.schema}.owner order by block_from`,
    )
    expect(rows.map(Object.values)).toEqual([
      ['A', 3, 7],
      ['B', 7, 9],
      ['C', 9, 11],
      ['D', 12, 2147483647],
    ])
  })

  it('moves progress to the last link, also when nothing happened on the way', async () => {
    await using scratch = await scratchStore()
    await scratch.store.commit([], [aBlockLink(4), aBlockLink(5)], aBlockLink(20))
    expect(await scratch.store.progress()).toMatchObject({
      block: aBlockLink(5),
      head: { number: 20 },
      health: 'healthy',
      isSynced: false,
      reverts: 0,
    })
    expect(await scratch.store.ancestors()).toEqual([aBlockLink(5), aBlockLink(4)])
    expect(await scratch.store.findLink({ hash: aBlockLink(4).hash })).toEqual(aBlockLink(4))
  })

  it('does nothing the second time', async () => {
    await using scratch = await scratchStore()
    const batch = blockOf(1, put('insert', 'Owner', 'o', owner('o', 'A')))
    await write(scratch.store, batch)
    await write(scratch.store, batch)
    expect(await scratch.postgres.run(sql`select count(*)::int4 as n from ${scratch.schema}.owner`)).toEqual([{ n: 1 }])
  })

  it('refuses blocks that are not new', async () => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(5))
    await expect(write(scratch.store, blockOf(4))).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
  })

  it('notices that a row to be closed is not there, and writes nothing', async () => {
    await using scratch = await scratchStore()
    await expect(
      write(scratch.store, blockOf(5, put('overwrite', 'Owner', 'o', owner('o', 'A')))),
    ).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect((await scratch.store.progress()).block).toBeNull()
  })

  it.each<[string, Change[]]>([
    ['an immutable entity again', [put('insert', 'Note', '1', note(1n, 'again'))]],
    ['an immutable entity over', [put('overwrite', 'Note', '1', note(1n, 'over'))]],
    ['an immutable entity away', [{ kind: 'remove', type: 'Note', id: '1' }]],
    ['a null too much', [put('insert', 'Note', '2', entity({ id: { kind: 'Int8', value: 2n } }))]],
    [
      'an unknown enum value',
      [
        put(
          'insert',
          'Thing',
          '0x01',
          entity({ id: { kind: 'Bytes', value: '0x01' }, owner: string('o'), color: string('pink') }),
        ),
      ],
    ],
    [
      'a null in a list',
      [
        put(
          'insert',
          'Thing',
          '0x01',
          entity({
            id: { kind: 'Bytes', value: '0x01' },
            owner: string('o'),
            tags: { kind: 'List', value: [{ kind: 'Null' }] },
          }),
        ),
      ],
    ],
  ])('refuses to write %s, and keeps all as it was', async (_, changes) => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(1, put('insert', 'Note', '1', note(1n, 'first'))))
    await expect(
      write(scratch.store, blockOf(2, put('insert', 'Owner', 'o', owner('o', 'A')), ...changes)),
    ).rejects.toMatchObject({ code: 'STORE_CONSTRAINT_BROKEN', remedy: 'fail' })
    expect((await scratch.store.progress()).block).toEqual(aBlockLink(1))
    expect(await readOwner(scratch.store)).toBeUndefined()
  })

  it('passes over duplicates where the schema says so', async () => {
    await using scratch = await scratchStore()
    const once = (text: string) => entity({ id: string('x'), text: string(text) })
    await write(scratch.store, blockOf(1, put('insert', 'Once', 'x', once('first'))))
    await write(
      scratch.store,
      blockOf(2, put('insert', 'Once', 'x', once('second'))),
      blockOf(3, put('overwrite', 'Once', 'x', once('third'))),
      blockOf(4, { kind: 'remove', type: 'Once', id: 'x' }),
    )
    expect((await scratch.store.read([{ type: 'Once', id: 'x' }])).get('Once/x')).toEqual(once('first'))
  })

  it('keeps data sources in order, with their context', async () => {
    await using scratch = await scratchStore()
    const sources = [1, 2, 3].map((n) => ({
      template: 'Collection',
      address: `0x0${n}` as const,
      context: { n: { type: 'Int', data: n }, big: { type: 'BigInt', data: '123456789012345678901' } } as const,
    }))
    const [first, ...later] = sources
    await scratch.store.commit(
      [
        { block: aBlockLink(1), changes: [], newSources: first === undefined ? [] : [first] },
        { block: aBlockLink(2), changes: [], newSources: later },
      ],
      [],
      aBlockLink(2),
    )
    expect(await scratch.store.sources()).toEqual(sources.map((each, i) => ({ ...each, createdAt: i === 0 ? 1 : 2 })))
    await scratch.store.revertTo(aBlockLink(1))
    expect(await scratch.store.sources()).toHaveLength(1)
  })
})

describe('reverting', () => {
  it('reopens the version that was current at the target block', async () => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(7, put('insert', 'Owner', 'o', owner('o', 'OLD'))), blockOf(8))
    await write(scratch.store, blockOf(9, put('overwrite', 'Owner', 'o', owner('o', 'NEW'))))
    await scratch.store.revertTo(aBlockLink(8))
    expect(await readOwner(scratch.store)).toEqual(owner('o', 'OLD'))
    expect(await scratch.store.progress()).toMatchObject({ block: aBlockLink(8), reverts: 1 })
  })

  it('brings back what was removed, and changes nothing the second time', async () => {
    await using scratch = await scratchStore()
    await write(
      scratch.store,
      blockOf(7, put('insert', 'Owner', 'o', owner('o', 'A'))),
      blockOf(8, { kind: 'remove', type: 'Owner', id: 'o' }),
    )
    for (let times = 0; times < 2; times++) {
      await scratch.store.revertTo({ number: 7, hash: aBlockLink(7).hash })
      expect(await readOwner(scratch.store)).toEqual(owner('o', 'A'))
      expect((await scratch.store.progress()).block).toEqual(aBlockLink(7))
    }
  })

  it('goes back to nothing', async () => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(0, put('insert', 'Note', '1', note(1n, 'x'))))
    await scratch.store.revertTo(null)
    expect((await scratch.store.progress()).block).toBeNull()
    expect(await scratch.store.read([{ type: 'Note', id: '1' }])).toEqual(new Map())
    await write(scratch.store, blockOf(0, put('insert', 'Note', '1', note(1n, 'y'))))
  })
})

describe('failing', () => {
  const failure = { message: 'boom', handler: 'handleTransfer', isDeterministic: true }

  it('moves progress to the failing block, and a restart takes it back to try again', async () => {
    await using scratch = await scratchStore()
    await write(scratch.store, blockOf(1))
    await scratch.store.fail([failure], aBlockLink(2), aBlockLink(9))
    expect(await scratch.store.progress()).toMatchObject({ block: aBlockLink(2), health: 'failed' })
    expect((await stored(scratch))?.errors).toEqual([
      { ...failure, isFatal: true, block: { number: 2, hash: aBlockLink(2).hash } },
    ])
    expect(await scratch.store.retryFailed()).toBe(true)
    expect(await scratch.store.progress()).toMatchObject({ block: aBlockLink(1), health: 'healthy' })
    expect(await scratch.store.retryFailed()).toBe(false)
  })

  it('leaves progress alone when the failure may pass, and heals once the block is through', async () => {
    await using scratch = await scratchStore()
    await scratch.store.fail([{ ...failure, isDeterministic: false }], aBlockLink(2), aBlockLink(9))
    expect(await scratch.store.progress()).toMatchObject({ block: null, health: 'failed' })
    await write(scratch.store, blockOf(1))
    expect((await scratch.store.progress()).health).toBe('failed')
    await write(scratch.store, blockOf(2))
    expect((await scratch.store.progress()).health).toBe('healthy')
  })
})

describe('a database', () => {
  it('is prepared by many at once', async () => {
    await using database = await scratchDatabase()
    const pools = [1, 2, 3].map(() => createPostgres(database.url))
    const stores = await Promise.all(
      pools.map((postgres, n) => openStore(postgres, aDeployment(schemaText, { id: `Qm${n}` }))),
    )
    const [postgres] = pools
    expect(postgres && (await readDeployments(postgres)).map(({ id }) => id).sort()).toEqual(['Qm0', 'Qm1', 'Qm2'])
    await Promise.all(stores.map((store) => store.close()))
    await Promise.all(pools.map((pool) => pool.end()))
  })

  it('keeps a second indexer off the same deployment', async () => {
    await using scratch = await ownStore()
    const other = createPostgres(scratch.url)
    await expect(openStore(other, deployment, { patienceMs: 0 })).rejects.toMatchObject({
      code: 'STORE_DEPLOYMENT_BUSY',
    })
    await scratch.store.close()
    const taken = await openStore(other, deployment)
    await taken.close()
    // It can have the lock back, but somebody else has been here in between.
    await expect(write(scratch.store, blockOf(1))).rejects.toMatchObject({ code: 'STORE_DEPLOYMENT_BUSY' })
    await other.end()
  })

  it('takes over from an indexer that was killed', async () => {
    await using database = await scratchDatabase()
    const file = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `const { createPostgres } = await import(${file('./postgres.ts')})
       const { openStore } = await import(${file('./store.ts')})
       const { aDeployment } = await import(${file('../../test/deployment.ts')})
       await openStore(createPostgres(${JSON.stringify(database.url)}), aDeployment(${JSON.stringify(schemaText)}))
       console.log('held')
       setInterval(() => undefined, 1000)`,
    ])
    await once(holder.stdout, 'data')
    const postgres = createPostgres(database.url)
    await expect(openStore(postgres, deployment, { patienceMs: 0 })).rejects.toMatchObject({
      code: 'STORE_DEPLOYMENT_BUSY',
    })
    holder.kill('SIGKILL')
    const store = await openStore(postgres, deployment)
    await write(store, blockOf(1))
    await store.close()
    await postgres.end()
  })

  it('goes on after its connections were cut', async () => {
    await using scratch = await ownStore()
    await write(scratch.store, blockOf(1))
    await cutConnections(scratch)
    await retrying(() => write(scratch.store, blockOf(2)))
    expect((await scratch.store.progress()).block).toEqual(aBlockLink(2))
  })

  it('refuses what another Heddle wrote', async () => {
    await using scratch = await ownStore()
    await scratch.postgres.run(sql`update heddle.deployments set layout_version = 99`)
    await scratch.store.close()
    await expect(openStore(scratch.postgres, deployment)).rejects.toMatchObject({ code: 'STORE_FORMAT_UNKNOWN' })
    await scratch.postgres.run(sql`update heddle.format set version = 99`)
    await expect(openStore(scratch.postgres, deployment)).rejects.toMatchObject({ code: 'STORE_FORMAT_UNKNOWN' })
  })

  it('says that it is away', async () => {
    const postgres = createPostgres('postgres://nobody@127.0.0.1:1/none')
    await expect(postgres.run(sql`select 1`)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', remedy: 'retry' })
    await postgres.end()
  })

  it('remembers the genesis of the chain a deployment is of', async () => {
    await using scratch = await ownStore()
    expect(await readGenesis(scratch.postgres, scratch.store.number)).toBeNull()
    await writeGenesis(scratch.postgres, scratch.store.number, '0xaa')
    expect(await readGenesis(scratch.postgres, scratch.store.number)).toBe('0xaa')
  })

  it('finds deployments by name', async () => {
    await using scratch = await ownStore()
    await nameDeployment(scratch.postgres, 'org/market', scratch.store.number)
    await nameDeployment(scratch.postgres, 'org/market', scratch.store.number)
    expect((await readDeployments(scratch.postgres))[0]?.names).toEqual(['org/market'])
  })

  it('builds the indexes it did without when it has caught up, once', async () => {
    await using scratch = await ownStore()
    await scratch.store.setSynced()
    await scratch.store.setSynced()
    expect((await scratch.store.progress()).isSynced).toBe(true)
  })

  it('is left empty by a drop', async () => {
    await using scratch = await ownStore()
    await scratch.store.drop()
    expect(await scratch.postgres.run(sql`select to_regnamespace('sgd1') is null as is_gone`)).toEqual([
      { is_gone: true },
    ])
  })
})

async function cutConnections({ postgres }: Scratch): Promise<void> {
  await postgres.run(sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
}

async function retrying<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (attempt > 20 || !(error instanceof Error) || Reflect.get(error, 'remedy') !== 'retry') throw error
    }
  }
}
