import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { claim } from '../indexer/src/store/claim.ts'

const POLL_MS = 100

/**
 * Runs `work` while no other process builds here: graph-cli writes `generated/` and reads `subgraph.yaml` in place.
 * @param path - of a file in a folder that exists; a lock whose holder is gone is taken over
 */
export async function withBuildLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const file = join(await realpath(dirname(path)), basename(path))
  let lock = await claim(file)
  while (lock.kind === 'taken') {
    await delay(POLL_MS)
    lock = await claim(file)
  }
  try {
    return await work()
  } finally {
    await lock.release()
  }
}
