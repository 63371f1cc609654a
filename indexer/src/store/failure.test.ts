import { expect, it } from 'vitest'
import { type ScratchDatabase, scratchDatabase } from '../../test/postgres.ts'
import { createPostgres, type Postgres, type PostgresOptions } from './postgres.ts'
import { sql } from './sql.ts'

function connected(database: ScratchDatabase, options: PostgresOptions = {}): Postgres & AsyncDisposable {
  const postgres = createPostgres(database.url, options)
  return { ...postgres, [Symbol.asyncDispose]: () => postgres.end() }
}

const passing = (sqlState: string, advice: RegExp) => ({
  code: 'STORE_UNAVAILABLE',
  remedy: 'retry',
  facts: { sqlState },
  message: expect.stringMatching(advice),
})

it('a full disk is waited for', async () => {
  await using database = await scratchDatabase()
  await using postgres = connected(database)
  const full = postgres.run(
    sql`do $$ begin raise exception using errcode = '53100', message = 'No space left on device'; end $$`,
  )
  await expect(full).rejects.toMatchObject({
    code: 'STORE_DISK_FULL',
    remedy: 'retry',
    message: expect.stringMatching(/Free some space/),
  })
})

it('a server without a connection left is tried again', async () => {
  await using database = await scratchDatabase()
  await using postgres = connected(database)
  const role = `few_${new URL(database.url).pathname.slice(9)}`
  await postgres.run(sql`create role ${sql.ident(role)} login password 'few' connection limit 0`)
  try {
    const url = new URL(database.url)
    Object.assign(url, { username: role, password: 'few' })
    const late = createPostgres(url.href)
    await expect(late.run(sql`select 1`)).rejects.toMatchObject(passing('53300', /max_connections/))
    await late.end()
  } finally {
    await postgres.run(sql`drop role ${sql.ident(role)}`)
  }
})

it('a statement that takes too long is tried again', async () => {
  await using database = await scratchDatabase()
  await using postgres = connected(database, { statementTimeoutMs: 50 })
  await expect(postgres.run(sql`select pg_sleep(20)`)).rejects.toMatchObject(passing('57014', /longer than it may/))
})

it('of two transactions that wait for each other, one is tried again', async () => {
  await using database = await scratchDatabase()
  await using postgres = connected(database)
  await postgres.run(sql`create table pair (id int primary key, n int)`)
  await postgres.run(sql`insert into pair values (1, 0), (2, 0)`)
  const both = Promise.withResolvers<void>()
  let begun = 0
  const cross = (first: number, second: number) =>
    postgres.transaction(async (transaction) => {
      await transaction.run(sql`update pair set n = n + 1 where id = ${sql.value(first)}`)
      begun += 1
      if (begun === 2) both.resolve()
      await both.promise
      await transaction.run(sql`update pair set n = n + 1 where id = ${sql.value(second)}`)
    })
  const ends = await Promise.allSettled([cross(1, 2), cross(2, 1)])
  const lost = ends.find((end) => end.status === 'rejected')
  expect(lost?.reason).toMatchObject(passing('40P01', /Another transaction/))
})

it('a server that is being stopped is tried again', async () => {
  await using database = await scratchDatabase()
  await using postgres = connected(database)
  const ended = postgres.transaction(async (transaction) => {
    const [own] = await transaction.run(sql`select pg_backend_pid() as pid`)
    await postgres.run(sql`select pg_terminate_backend(${sql.value(Number(own?.pid))})`)
    await transaction.run(sql`select 1`)
  })
  await expect(ended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', remedy: 'retry' })
  expect(await postgres.run(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

it('a server that only reads is tried again on a new connection, which may lead to one that writes', async () => {
  await using database = await scratchDatabase()
  await using postgres = connected(database, { max: 1 })
  await postgres.run(sql`create table written (n int)`)
  await postgres.run(sql`set default_transaction_read_only = on`)
  const write = () => postgres.transaction((transaction) => transaction.change(sql`insert into written values (1)`))

  await expect(write()).rejects.toMatchObject(passing('25006', /failover/))

  expect(await write()).toBe(1)
})
