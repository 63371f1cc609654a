import { bringFile } from './comes-later.ts'
import type { Compared, Pair } from './compare.ts'
import { remove } from './deploy.ts'
import type { Entry } from './entry.ts'
import { type Block, examineEntities } from './examine.ts'
import { deployLate } from './late.ts'
import { type Standing, settled } from './settle.ts'
import { compareStandings } from './standing.ts'
import type { World } from './world.ts'

/** So many at once: each is a thread and some connections on both sides. */
const atOnce = 6

/** Deploys entries, compares what they hold once they have settled, and removes them again, a few at a time. */
export async function compareGuests(
  entries: readonly Entry[],
  world: World,
  ids: Map<string, string>,
  blocksOf: (head: number) => Promise<Block[]>,
): Promise<Compared[]> {
  const compared: Compared[] = []
  const left = [...entries]
  while (left.length > 0) {
    const pairs: Guest[] = []
    while (pairs.length < atOnce && left.length > 0) {
      const entry = left.shift()
      if (entry === undefined) break
      const arrival = await deployLate(entry, world, ids)
      compared.push(arrival.compared)
      const since = performance.now()
      if (arrival.endpoints) {
        pairs.push({
          entry: entry.name,
          isVariant: true,
          late: entry.late,
          ends: entry.ends,
          since,
          ...arrival.endpoints,
        })
      }
    }
    compared.push(...(await compareThese(pairs, world, blocksOf)))
    for (const { entry } of pairs) {
      await Promise.all([remove(entry, world.theirs.adminUrl), remove(entry, world.ours.adminUrl)])
    }
  }
  return compared
}

interface Guest extends Pair, Pick<Entry, 'late' | 'ends'> {
  /** When it was deployed. */
  readonly since: number
}

async function compareThese(pairs: readonly Guest[], world: World, blocksOf: (head: number) => Promise<Block[]>) {
  const isLate = pairs.some(({ late }) => late?.comesLater)
  const patience = { withinMs: 60_000, stuckAfterMs: 10_000 }
  const stand = (side: 'theirs' | 'ours') =>
    world.chain
      .head()
      .then((head) => settled({ ...world[side], deployments: pairs.map((pair) => pair[side]) }, head, patience))
  if (isLate) await Promise.all([stand('theirs'), stand('ours')])
  for (const pair of pairs) {
    if (pair.late?.comesLater) await bringFile(pair.late.comesLater, pair, world, performance.now() - pair.since)
  }
  // A file that a file asked for is handled in a later block than that one.
  for (let more = 0; pairs.some(({ late }) => late?.isTimeless) && more < 3; more++) {
    await Promise.all([stand('theirs'), stand('ours')])
    await world.chain.mine()
  }
  const [theirs, ours]: (readonly (Standing | undefined)[])[] = await Promise.all([stand('theirs'), stand('ours')])
  const blocks = await blocksOf((await world.chain.head()).number)
  const compared: Compared[] = []
  for (const [index, pair] of pairs.entries()) {
    const { isTimeless = false } = pair.late ?? {}
    compared.push(compareStandings(pair.entry, pair.ends ?? null, theirs?.[index], ours?.[index]))
    compared.push(...(await examineEntities(pair, isTimeless ? [] : blocks)))
  }
  return compared
}
