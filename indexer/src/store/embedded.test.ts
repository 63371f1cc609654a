import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, it } from 'vitest'
import { type EmbeddedPostgres, removeEmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts'
import { exists } from './embedded-place.ts'

it('serves a UTF8 database that sorts byte by byte, on loopback, to whoever has the password', async () => {
  await using folder = await aFolder()
  await using server = await started(folder.path)

  const facts = 'SELECT datname, pg_encoding_to_char(encoding) AS encoding, datcollate FROM pg_database'
  expect(await ask(server.url, `${facts} WHERE datname = current_database()`)).toEqual([
    { datname: 'people', encoding: 'UTF8', datcollate: 'C' },
  ])
  expect(new URL(server.url).hostname).toBe('127.0.0.1')
  const guess = server.url.replace(/:[0-9a-f]+@/, ':guess@')
  await expect(ask(guess, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
})

it('keeps rows, password and port over a stop', async () => {
  await using folder = await aFolder()
  const first = await started(folder.path)
  await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS n')
  await first.stop()
  expect(await first.isRunning()).toBe(false)

  await using second = await started(folder.path)

  expect(second.url).toBe(first.url)
  expect(await ask(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }])
})

it('refuses a second owner of the same folder', async () => {
  await using folder = await aFolder()
  await using server = await started(folder.path)

  await expect(started(folder.path)).rejects.toMatchObject({ code: 'POSTGRES_DATA_IN_USE' })
  await expect(removeEmbeddedPostgres(folder.path)).rejects.toMatchObject({ code: 'POSTGRES_DATA_IN_USE' })
  expect(await server.isRunning()).toBe(true)
})

it('names the port that is taken', async () => {
  await using folder = await aFolder()
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  await expect(started(folder.path, port)).rejects.toMatchObject({ code: 'POSTGRES_PORT_TAKEN', facts: { port } })
  other.close()
  await using server = await started(folder.path, port)
  expect(server.port).toBe(port)
})

it('starts again after its owner was killed and left the server running', async () => {
  await using folder = await aFolder()
  const source = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)}
    await startEmbeddedPostgres({ dataDir: ${JSON.stringify(folder.path)}, database: 'people', durable: false })
    console.log('up')
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(owner.stdout, 'data')
  const postmaster = await postmasterOf(folder.path)
  owner.kill('SIGKILL')
  await once(owner, 'exit')

  await using server = await started(folder.path)

  expect(await postmasterOf(folder.path)).not.toBe(postmaster)
  expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

it('starts again after the server itself was killed', async () => {
  await using folder = await aFolder()
  const first = await started(folder.path)
  process.kill(await postmasterOf(folder.path), 'SIGKILL')
  await expect.poll(() => first.isRunning()).toBe(false)
  await first.stop()

  await using second = await started(folder.path)

  expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

it('leaves a foreign process alone whose number stands in a stale postmaster.pid', async () => {
  await using folder = await aFolder()
  await (await started(folder.path)).stop()
  const foreign = spawn('sleep', ['60'])
  const home = await homeOf(folder.path)
  await writeFile(
    join(home, 'data/postmaster.pid'),
    `${foreign.pid}\n${join(home, 'data')}\n1700000000\n5432\n\n127.0.0.1\n`,
  )

  await using server = await started(folder.path)

  expect(await server.isRunning()).toBe(true)
  expect(foreign.exitCode ?? foreign.signalCode).toBeNull()
  foreign.kill('SIGKILL')
})

it('treats a copied folder as a database of its own', async () => {
  await using folder = await aFolder()
  await using copy = await aFolder()
  await using original = await started(folder.path)
  await rm(copy.path, { recursive: true })
  await cp(folder.path, copy.path, { recursive: true, verbatimSymlinks: true })
  if ((await homeOf(folder.path)) === folder.path && process.getuid?.() === 0) {
    const { uid, gid } = await stat(join(folder.path, 'data'))
    await chownAll(join(copy.path, 'data'), uid, gid)
  }

  await using copied = await started(copy.path)

  expect(copied.port).not.toBe(original.port)
  expect(await original.isRunning()).toBe(true)
})

it('removes everything, also where it was kept outside the folder', async () => {
  await using folder = await aFolder()
  await (await started(folder.path)).stop()
  const home = await homeOf(folder.path)

  await removeEmbeddedPostgres(folder.path)

  expect([await exists(folder.path), await exists(home)]).toEqual([false, false])
  await removeEmbeddedPostgres(folder.path)
})

it.runIf(process.getuid?.() === 0)(
  'keeps the data of root elsewhere when the folder cannot be reached by postgres',
  async () => {
    await using folder = await aFolder()
    await chmod(join(folder.path, '..'), 0o700)
    await using server = await started(folder.path)

    expect(await homeOf(folder.path)).not.toBe(folder.path)
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  },
)

type DisposableServer = EmbeddedPostgres & AsyncDisposable

async function started(dataDir: string, port?: number): Promise<DisposableServer> {
  const server = await startEmbeddedPostgres({ dataDir, port, database: 'people', durable: false })
  return { ...server, [Symbol.asyncDispose]: () => server.stop() }
}

/** A folder that everyone may enter; mkdtemp's own are for their maker alone. */
async function aFolder() {
  const base = await mkdtemp(join(tmpdir(), 'heddle-embedded-'))
  await chmod(base, 0o755)
  const path = join(base, 'postgres')
  await mkdir(path)
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await removeEmbeddedPostgres(path)
      await rm(base, { recursive: true, force: true })
    },
  }
}

async function homeOf(dataDir: string): Promise<string> {
  return JSON.parse(await readFile(join(dataDir, 'place.json'), 'utf8')).home
}

async function postmasterOf(dataDir: string): Promise<number> {
  const [pid] = (await readFile(join(await homeOf(dataDir), 'data/postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}

async function chownAll(folder: string, uid: number, gid: number): Promise<void> {
  await chown(folder, uid, gid)
  for (const name of await readdir(folder, { recursive: true })) await chown(join(folder, name), uid, gid)
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
