/**
 * A Postgres of our own: the native binaries that npm brings, with nothing to install. initdb and pg_ctl do the work; this
 * file decides when, and cleans up after starts that were killed.
 *
 *     settle        where it lives, and as whom it runs                  (embedded-place.ts)
 *     claim         one living owner per data folder                     owner.json
 *     clear         whatever a killed owner left running is stopped      postmaster.pid, checked against the process
 *     initdb        once; beside its final name, so that half of one is never taken for a whole
 *     pg_ctl start  in a session of its own: the terminal's Ctrl-C never reaches it
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import {
  PostgresDataInUseError,
  PostgresDiskFullError,
  PostgresPortTakenError,
  PostgresStartError,
  PostgresVersionError,
} from '../errors.ts'
import { claim } from './claim.ts'
import { exists, giveTo, knownHome, type Place, remember, settle } from './embedded-place.ts'
import { identifyProcess, isSameProcess, type ProcessIdentity } from './process-identity.ts'

export interface EmbeddedPostgresOptions {
  /** Made when missing. One server per folder. */
  readonly dataDir: string
  /** A free one is chosen and remembered when none is given. */
  readonly port?: number | undefined
  /** Made when missing, from template0 in UTF8 and locale C, as graph-node asks for. */
  readonly database: string
  /** `false` for tests: nothing is synced, and a power cut loses everything. */
  readonly durable?: boolean
}

export interface EmbeddedPostgres {
  /** With the superuser's password: never log it. */
  readonly url: string
  readonly port: number
  /** False once the server has ended, by whatever hand. */
  isRunning(): Promise<boolean>
  /** Ends the server, open connections included, and gives the folder free. Calling it again does nothing. */
  stop(): Promise<void>
}

/**
 * Starts a server on a data folder, after stopping one that a killed owner left there.
 * @throws {@link PostgresDataInUseError} while another living process (or this one) runs a server on this folder
 * @throws {@link PostgresPortTakenError} if the port that was asked for belongs to another program
 * @throws other `POSTGRES_…` codes of errors.ts: no binaries, no user, no space, files of another version
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, database, durable = true } = options
  return explainFullDisk(dataDir, async () => {
    const place = await settle(dataDir)
    const release = await own(place.home, dataDir)
    try {
      await clearLeftovers(place)
      if (place.isOrphan) await rm(join(place.home, 'data'), { recursive: true, force: true })
      await remember(dataDir, place.home)
      await initialise(place)
      const port = await serve(place, options.port, durable)
      const password = await readPassword(place)
      const url = urlOf(password, port, database)
      await ensureDatabase(urlOf(password, port, 'postgres'), database)
      let stopping: Promise<void> | undefined
      const stop = async () => {
        await clearLeftovers(place)
        await release()
      }
      return {
        url,
        port,
        isRunning: async () => (await findPostmaster(place)) !== null,
        stop: () => {
          stopping ??= stop()
          return stopping
        },
      }
    } catch (error) {
      await clearLeftovers(place).catch(() => undefined)
      await release()
      throw error
    }
  })
}

/**
 * Stops a left-over server and removes its data, also where that had to be kept outside the folder.
 * @throws {@link PostgresDataInUseError} while its owner lives
 */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const real = await realpath(dataDir).catch(() => null)
  if (real === null) return
  const home = await knownHome(dataDir)
  if (home !== null && (await exists(home))) {
    const release = await own(home, dataDir)
    await settle(dataDir).then(clearLeftovers).finally(release)
    await rm(home, { recursive: true, force: true })
  }
  await rm(real, { recursive: true, force: true })
}

// ── ownership ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns how to give the home free again */
async function own(home: string, dataDir: string): Promise<() => Promise<void>> {
  const claimed = await claim(join(home, 'owner.json'))
  if (claimed.kind === 'taken') throw new PostgresDataInUseError(dataDir, claimed.owner.pid)
  return claimed.release
}

// ── the server's processes ──────────────────────────────────────────────────────────────────────────────────────────────

/** Stops the server of this home, politely first, and whatever of it outlived its parent. Nothing foreign is touched. */
async function clearLeftovers(place: Place): Promise<void> {
  const data = join(place.home, 'data')
  if (!(await exists(data))) return
  const postmaster = await findPostmaster(place)
  if (postmaster !== null) {
    await pgCtl(place, ['stop', '--mode=fast', '--wait', '--timeout=20']).catch(() => undefined)
    if (isSameProcess(postmaster)) {
      await pgCtl(place, ['stop', '--mode=immediate', '--wait', '--timeout=5']).catch(() => undefined)
    }
  }
  // A killed postmaster's children end by themselves once they are idle; until then they hold its shared memory.
  for (const left of await processesOf(data)) await endProcess(left)
  await rm(join(data, 'postmaster.pid'), { force: true })
}

/** @returns null if postmaster.pid is missing, stale, or names a process that is not this folder's server */
async function findPostmaster({ home }: Place): Promise<ProcessIdentity | null> {
  const data = join(home, 'data')
  const [line] = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(line)
  if (!Number.isSafeInteger(pid) || pid <= 0) return null
  const process = identifyProcess(pid)
  return process !== null && (await worksIn(pid, data)) ? process : null
}

/** Every process of a Postgres server works in its data folder, from its first to its last moment. */
async function worksIn(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const [cwd, exe] = await Promise.all([
      readlink(`/proc/${pid}/cwd`).catch(() => ''),
      readlink(`/proc/${pid}/exe`).catch(() => ''),
    ])
    return cwd === (await realpath(data)) && /\/postgres( \(deleted\))?$/.test(exe)
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.includes('postgres') && stdout.includes(data)
}

async function processesOf(data: string): Promise<ProcessIdentity[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter(Number.isSafeInteger)
  const found = await Promise.all(pids.map(async (pid) => ((await worksIn(pid, data)) ? identifyProcess(pid) : null)))
  return found.filter((process) => process !== null)
}

async function endProcess(left: ProcessIdentity): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    if (!isSameProcess(left)) return
    try {
      process.kill(left.pid, signal)
    } catch {
      return
    }
    for (let waited = 0; waited < 3_000 && isSameProcess(left); waited += 25) await sleep(25)
  }
}

// ── the cluster ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function initialise(place: Place): Promise<void> {
  const { home, user, native } = place
  const data = join(home, 'data')
  if (await exists(data)) {
    const found = (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => 'an unknown version')).trim()
    const wanted = await majorVersion(place)
    if (found !== wanted) throw new PostgresVersionError(data, found, wanted)
    return
  }
  const fresh = join(home, 'data.new')
  const passwordFile = join(home, 'password')
  await rm(fresh, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  await writeFile(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 })
  await giveTo(passwordFile, user)
  // initdb makes its folder with its own hands, so it needs an empty one in a parent that it cannot write to.
  await mkdir(fresh, { mode: 0o700 })
  await giveTo(fresh, user)
  const options = [
    '--username=heddle',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ]
  await runTool(place, join(native, 'bin/initdb'), ['--pgdata', fresh, '--no-instructions', ...options])
  await appendFile(join(fresh, 'postgresql.conf'), "\ninclude_if_exists = 'heddle.conf'\n")
  await rename(fresh, data)
}

/** Starts the server on the wanted port, else the remembered one, else any free one. @returns the port it listens on */
async function serve(place: Place, wanted: number | undefined, durable: boolean): Promise<number> {
  const portFile = join(place.home, 'port')
  const remembered = Number(await readFile(portFile, 'utf8').catch(() => '0'))
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (attempt === 1 && (await isFree(remembered)) ? remembered : await freePort())
    if (wanted !== undefined && !(await isFree(wanted))) throw new PostgresPortTakenError(wanted)
    const conf = join(place.home, 'data/heddle.conf')
    await writeFile(conf, settings(port, durable))
    await giveTo(conf, place.user)
    try {
      await pgCtl(place, ['start', '--wait', '--timeout=300', `--log=${await freshLog(place)}`])
      await writeFile(portFile, `${port}\n`)
      return port
    } catch (error) {
      // Someone else may take a port between our look and the server's bind.
      if (await isFree(port)) throw error
      if (wanted !== undefined) throw new PostgresPortTakenError(wanted)
      if (attempt === 5) throw error
    }
  }
}

/** postgresql.conf lines. What is not here is Postgres' own default. */
function settings(port: number, durable: boolean): string {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    // The path of a socket may not be longer than 107 bytes, and a clone may lie deeper: loopback only.
    unix_socket_directories: '',
    // Two for each deployment that is indexed.
    max_connections: 500,
    shared_buffers: durable ? '256MB' : '128MB',
    max_wal_size: '2GB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    random_page_cost: 1.1,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // A query whose client is gone ends soon, and one that nobody bounded ends at all.
    client_connection_check_interval: '2s',
    statement_timeout: '15min',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('')
}

/** The log belongs to the server's user, and begins anew when it has grown beyond 10 MB. */
async function freshLog({ home, user }: Place): Promise<string> {
  const log = join(home, 'postgres.log')
  await writeFile(log, '', { flag: 'a', mode: 0o600 })
  if ((await stat(log)).size > 10_000_000) await truncate(log)
  await giveTo(log, user)
  return log
}

async function ensureDatabase(maintenanceUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: maintenanceUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(createDatabaseSql(database))
  } finally {
    await client.end()
  }
}

/** A database whose text sorts byte by byte, as graph-node's does. */
export function createDatabaseSql(database: string): string {
  return `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`
}

async function readPassword({ home }: Place): Promise<string> {
  return (await readFile(join(home, 'password'), 'utf8')).trim()
}

function urlOf(password: string, port: number, database: string): string {
  return `postgresql://heddle:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

async function majorVersion({ native, user }: Place): Promise<string> {
  const { stdout } = await run(join(native, 'bin/postgres'), ['--version'], { ...user, cwd: '/' })
  return /(\d+)/.exec(stdout)?.[1] ?? stdout.trim()
}

// ── tools and ports ─────────────────────────────────────────────────────────────────────────────────────────────────────

const run = promisify(execFile)

async function pgCtl(place: Place, args: readonly string[]): Promise<void> {
  await runTool(place, join(place.native, 'bin/pg_ctl'), [...args, '--pgdata', join(place.home, 'data'), '--silent'])
}

/** Runs one of Postgres' tools as the server's user, in plain English and from a folder everyone can enter. */
async function runTool({ home, user }: Place, tool: string, args: readonly string[]): Promise<void> {
  const logFile = join(home, 'postgres.log')
  const before = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  )
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
  try {
    await run(tool, args, { ...user, cwd: '/', env })
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : ''
    const log = (await readFile(logFile).catch(() => Buffer.alloc(0))).subarray(before).toString('utf8')
    if (/No space left on device/.test(said + log)) throw new PostgresDiskFullError(home, cause)
    const name = tool.slice(tool.lastIndexOf('/') + 1)
    throw new PostgresStartError(name, lastWords(log) || lastWords(said), logFile, cause)
  }
}

function lastWords(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const telling = lines.filter((line) => /FATAL|PANIC|ERROR|error:/.test(line))
  return (telling.length > 0 ? telling : lines).slice(-2).join(' ').trim()
}

async function explainFullDisk<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
    throw isFull ? new PostgresDiskFullError(dataDir, error) : error
  }
}

async function isFree(port: number): Promise<boolean> {
  if (!Number.isInteger(port) || port <= 0) return false
  return (await listenOnce(port)) !== null
}

async function freePort(): Promise<number> {
  const port = await listenOnce(0)
  if (port === null) throw new PostgresPortTakenError(0)
  return port
}

/** @returns the port listened on for a moment, or null if it is taken */
function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null))
    })
  })
}
