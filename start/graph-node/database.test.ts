import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { hashOfBuild, prepareDatabase } from './database.mjs'

const basis = { genesis: '0xaa', build: 'one' }

it('makes a database as graph-node asks for, beside people’s', async () => {
  await using people = await aServer()
  const url = await prepareDatabase(people.url, basis)

  expect(new URL(url).pathname).toBe(`${new URL(people.url).pathname}-graph-node`)
  const [row] = await ask(
    url,
    'SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype FROM pg_database WHERE datname = current_database()',
  )
  expect(row).toEqual({ encoding: 'UTF8', datcollate: 'C', datctype: 'C' })
})

it('keeps what is indexed for as long as chain and build are the same', async () => {
  await using people = await aServer()
  const url = await prepareDatabase(people.url, basis)
  await ask(url, 'CREATE TABLE kept ()')

  expect(await prepareDatabase(people.url, { ...basis })).toBe(url)
  expect(await tables(url)).toEqual(['kept'])
})

it.each([{ genesis: '0xbb' }, { build: 'two' }])(
  'begins anew after %j, and leaves people’s rows alone',
  async (change) => {
    await using people = await aServer()
    await ask(people.url, 'CREATE TABLE profile ()')
    const url = await prepareDatabase(people.url, basis)
    await ask(url, 'CREATE TABLE old ()')

    await prepareDatabase(people.url, { ...basis, ...change })

    expect(await tables(url)).toEqual([])
    expect(await tables(people.url)).toEqual(['profile'])
    await ask(url, 'CREATE TABLE new ()')
    await prepareDatabase(people.url, { ...basis, ...change })
    expect(await tables(url)).toEqual(['new'])
  },
)

it('throws nothing away in production when the chain is another', async () => {
  await using people = await aServer()
  const url = await prepareDatabase(people.url, basis, { isProduction: true })
  await ask(url, 'CREATE TABLE kept ()')

  const other = prepareDatabase(people.url, { ...basis, genesis: '0xbb' }, { isProduction: true })

  await expect(other).rejects.toMatchObject({ code: 'CHAIN_OTHER_GENESIS', message: expect.stringContaining('0xbb') })
  expect(await tables(url)).toEqual(['kept'])
})

it('never takes a database that is not of its making', async () => {
  await using people = await aServer()
  const name = `${new URL(people.url).pathname.slice(1)}-graph-node`
  await ask(people.url, `CREATE DATABASE "${name}"`)
  const url = people.url.replace(/[^/]+$/, name)
  await ask(url, 'CREATE TABLE theirs ()')

  await expect(prepareDatabase(people.url, basis)).rejects.toMatchObject({
    code: 'POSTGRES_UNFIT',
    message: expect.stringContaining(`"${name}" already`),
  })
  expect(await tables(url)).toEqual(['theirs'])
})

it('goes on after a start that was killed before it had marked its database', async () => {
  await using people = await aServer()
  await ask(people.url, `CREATE DATABASE "${new URL(people.url).pathname.slice(1)}-graph-node"`)

  const url = await prepareDatabase(people.url, basis)
  await ask(url, 'CREATE TABLE kept ()')
  await prepareDatabase(people.url, basis)
  expect(await tables(url)).toEqual(['kept'])
})

it('says what it needs of a Postgres that has no superuser for it, or a URL without a password', async () => {
  await using people = await aServer()
  const role = `plain_${randomBytes(6).toString('hex')}`
  await ask(people.url, `CREATE ROLE ${role} LOGIN PASSWORD 'f00dcafe'`)
  const plain = new URL(people.url)
  plain.username = role
  plain.password = 'f00dcafe'
  const open = new URL(people.url)
  open.password = ''

  for (const [url, why] of [
    [plain, 'no superuser'],
    [open, 'no password'],
  ] as const) {
    await expect(prepareDatabase(url.href, basis)).rejects.toMatchObject({
      code: 'POSTGRES_UNFIT',
      message: expect.stringMatching(new RegExp(`${why}.*--postgres-url with a superuser and a password`)),
    })
  }
  await ask(people.url, `DROP ROLE ${role}`)
})

it('knows a build by the names and contents of all its files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-build-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'Market'))
  await writeFile(join(folder, 'subgraph.yaml'), 'a')
  await writeFile(join(folder, 'Market/Market.wasm'), 'b')
  const before = await hashOfBuild(folder)

  expect(await hashOfBuild(folder)).toBe(before)
  await writeFile(join(folder, 'Market/Market.wasm'), 'c')
  expect(await hashOfBuild(folder)).not.toBe(before)
})

/** A database for people, and graph-node's beside it dropped at the end. */
async function aServer() {
  const people = await scratchDatabase()
  const name = new URL(people.url).pathname.slice(1)
  return {
    url: people.url,
    [Symbol.asyncDispose]: async () => {
      await ask(people.url, `DROP DATABASE IF EXISTS "${name}-graph-node" WITH (FORCE)`)
      await people[Symbol.asyncDispose]()
    },
  }
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function tables(url: string): Promise<unknown[]> {
  return (await ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).map(
    ({ tablename }) => tablename,
  )
}
