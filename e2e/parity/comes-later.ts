import { setTimeout as pause } from 'node:timers/promises'
import type { Pair } from './compare.ts'
import type { Late } from './entry.ts'
import { ask } from './question.ts'
import type { Endpoint } from './runtime.ts'
import type { World } from './world.ts'

/**
 * Puts a file that both have been looking for in vain where they find it, and waits until both have handled it: in a block that
 * comes after it was found, and no more than three are made for that.
 * @param waitedMs - for so long both have been looking: they look again after the same time at the latest
 */
export async function bringFile(
  { content, row }: NonNullable<Late['comesLater']>,
  { theirs, ours }: Pair,
  { chain, places }: World,
  waitedMs: number,
): Promise<void> {
  await places.put(content)
  for (let more = 0; more < 3; more++) {
    await pause(waitedMs + 5_000)
    await chain.mine()
    await pause(3_000)
    if ((await hasRow(row, theirs)) && (await hasRow(row, ours))) return
  }
}

async function hasRow(query: string, of: Endpoint): Promise<boolean> {
  const { body } = await ask({ name: 'row', query }, of)
  const { data } = body as { data?: object | null }
  return Object.values(data ?? {}).some((found) => found !== null)
}
