import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const POLL_MS = 100
/** No build takes this long: whoever holds the lock then is a process that got a dead one's id. */
const TOO_OLD_MS = 300_000

/**
 * Runs `work` while no other process builds here: graph-cli writes `generated/` and reads `subgraph.yaml` in place.
 * The lock is a file with its holder's process id; one whose holder is gone is taken over.
 */
export async function withBuildLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await take(path))) {
    const holder = await readFile(path, 'utf8').catch(() => '')
    if (holder === '') continue
    if (isAlive(Number(holder)) && (await ageMs(path)) < TOO_OLD_MS) await delay(POLL_MS)
    else await evict(path, holder)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** By a link, so that the file is never there without its content. */
async function take(path: string): Promise<boolean> {
  const mine = `${path}.${process.pid}`
  await writeFile(mine, String(process.pid))
  try {
    await link(mine, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(mine, { force: true })
  }
}

/** Two may want to do this at once: the later one finds that it moved a new lock aside, and puts it back. */
async function evict(path: string, holder: string): Promise<void> {
  const aside = `${path}.${process.pid}.old`
  await rename(path, aside).catch(() => undefined)
  const moved = await readFile(aside, 'utf8').catch(() => holder)
  if (moved !== holder) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

async function ageMs(path: string): Promise<number> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
