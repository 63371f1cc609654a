import { type Compared, compare, type Pair } from '../compare.ts'
import { remove } from '../deploy.ts'
import type { Prepared } from '../entry.ts'
import { deployLate } from '../late.ts'
import { retell, tell } from '../play.ts'
import type { Question } from '../question.ts'
import { type Standing, settled } from '../settle.ts'
import { compileContracts } from '../solidity.ts'
import type { World } from '../world.ts'
import { entryOf } from './entry.ts'
import { type Known, moved } from './moved-question.ts'
import type { Sketch } from './sketch.ts'

/** Sketches that both have indexed, beside each other. */
export interface Trial extends AsyncDisposable {
  /** Asks both of one of them; null where it was refused or does not stand in both. */
  ask(index: number, question: Question): Promise<Compared | null>
  /** Takes away the blocks that a reorg takes away. */
  reorg(): Promise<void>
}

/**
 * Lets what the sketches tell happen on the chain, and deploys them to both.
 * @param known - blocks of what questions were asked on; the last one was the head there when all was told
 */
export async function startTrial(sketches: readonly Sketch[], world: World, known: readonly Known[]): Promise<Trial> {
  const { chain } = world
  const contracts = await compileContracts()
  // A name that graph-node has seen before would lead to what was there.
  const title = `smaller-${(await chain.head()).number}`
  const entries = sketches.map((sketch, index) => entryOf(`${title}-${index}`, sketch))
  const prepared: Prepared[] = []
  for (const entry of entries) {
    prepared.push(await entry.prepare({ chain, contracts, folder: world.folderOf(entry) }))
  }
  const undo = await tell(chain, prepared)
  const head = await chain.head()
  const shift = head.number - (known.at(-1)?.number ?? head.number)
  const pairs: (Pair | null)[] = []
  for (const [index, entry] of entries.entries()) {
    await prepared[index]?.build()
    const { endpoints } = await deployLate(entry, world, new Map())
    pairs.push(endpoints === undefined ? null : { entry: 'smaller', isVariant: false, ...endpoints })
  }
  let standing = await standTogether()
  return {
    ask: async (index, question) => {
      const pair = pairs[index]
      if (!pair || !standing[index]) return null
      return await compare(await moved(question, shift, known, hashOf), pair)
    },
    reorg: async () => {
      const { number } = await chain.head()
      await undo()
      await retell(chain, prepared, number)
      await chain.mine()
      standing = await standTogether()
    },
    [Symbol.asyncDispose]: async () => {
      for (const { name } of entries) {
        await Promise.all([remove(name, world.theirs.adminUrl), remove(name, world.ours.adminUrl)])
      }
    },
  }

  async function hashOf(number: number): Promise<string> {
    return (await chain.rpc<{ hash: string }>('eth_getBlockByNumber', `0x${number.toString(16)}`, false)).hash
  }

  /**
   * Which have come to the head in both; what fails is not waited for. graph-node may overlook the last block until there is
   * another.
   */
  async function standTogether(): Promise<boolean[]> {
    for (let more = 0; ; more++) {
      const head = await chain.head()
      const hash = head.hash.replace(/^0x/, '')
      const [theirs, ours] = await Promise.all([standings('theirs', head), standings('ours', head)])
      const stands = pairs.map((_, index) => [theirs[index], ours[index]])
      const isThere = stands.map((both) => both.every((one) => one?.latest?.hash === hash && one.health === 'healthy'))
      const isLost = stands.map((both) => both.some((one) => one === undefined || one.health === 'failed'))
      if (more === 3 || pairs.every((_, index) => isThere[index] || isLost[index])) return isThere
      await chain.mine()
    }
  }

  async function standings(side: 'theirs' | 'ours', head: Known): Promise<(Standing | undefined)[]> {
    const present = pairs.flatMap((pair) => (pair === null ? [] : [pair[side]]))
    const found = await settled({ ...world[side], deployments: present }, head, {
      withinMs: 60_000,
      stuckAfterMs: 12_000,
    })
    return pairs.map((pair) => (pair === null ? undefined : found[present.indexOf(pair[side])]))
  }
}
