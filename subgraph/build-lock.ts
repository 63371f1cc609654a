import { open, readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { SubgraphBuildError } from './manifest.ts'

const PATIENCE_MS = 120_000

/**
 * Runs `work` while no other process builds here: graph-cli writes `generated/` and reads `subgraph.yaml` in place.
 * The lock is a file with its holder's process id; one whose process is gone is taken over.
 * @throws {@link SubgraphBuildError} `SUBGRAPH_BUILD_BUSY` after two minutes of waiting
 */
export async function withBuildLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await take(path))) {
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true })
    else if (Date.now() > deadline) throw busy(path, holder)
    else await delay(100)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function busy(path: string, holder: number): SubgraphBuildError {
  const message = `Process ${holder} has been building the subgraph for two minutes. If it is not, delete ${path}.`
  return new SubgraphBuildError('SUBGRAPH_BUILD_BUSY', message)
}
