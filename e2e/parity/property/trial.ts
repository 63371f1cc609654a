import { compare, type Pair } from '../compare.ts'
import { remove } from '../deploy.ts'
import type { Prepared } from '../entry.ts'
import { deployLate } from '../late.ts'
import { retell, tell } from '../play.ts'
import { ask, type Question } from '../question.ts'
import { type Standing, settled } from '../settle.ts'
import { compileContracts } from '../solidity.ts'
import type { World } from '../world.ts'
import { entryOf } from './entry.ts'
import { type Known, moved } from './moved-question.ts'
import type { Sketch } from './sketch.ts'

/** Sketches that both have indexed, beside each other. */
export interface Trial extends AsyncDisposable {
  /** Asks both of one of them; null where they say the same, where it was refused, or where a question finds one failed. */
  ask(index: number, question: Question): Promise<Difference | null>
}

export interface Difference {
  readonly lines: readonly string[]
  /** The body of what graph-node answers, as a deployment called `QmScratch` would; undefined where nothing was asked. */
  readonly expected?: unknown
}

/**
 * Lets what the sketches tell happen on the chain, and deploys them to both.
 * @param known - blocks of what questions were asked on; the last one was the head there when all was told
 * @param isAfterReorg - whether blocks are taken away before anything is asked
 */
export async function startTrial(
  sketches: readonly Sketch[],
  world: World,
  known: readonly Known[],
  isAfterReorg: boolean,
): Promise<Trial> {
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
  const told = await chain.head()
  const shift = told.number - (known.at(-1)?.number ?? told.number)
  const pairs: (Pair | null)[] = []
  for (const [index, entry] of entries.entries()) {
    await prepared[index]?.build()
    const { endpoints } = await deployLate(entry, world, new Map())
    pairs.push(endpoints === undefined ? null : { entry: 'smaller', isVariant: false, ...endpoints })
  }
  let stands = await standTogether()
  if (isAfterReorg) {
    const { number } = await chain.head()
    await undo()
    await retell(chain, prepared, number)
    await chain.mine()
    stands = await standTogether()
  }
  return {
    ask: async (index, question) => {
      const [pair, stand] = [pairs[index], stands[index]]
      if (!pair || !stand) return null
      const isAsked = question.query !== ''
      if (!isAsked) return stand.theirs.isThere === stand.ours.isThere ? null : { lines: [tellStands(stand)] }
      if (!stand.theirs.isThere || !stand.ours.isThere) return null
      const there = await moved(question, shift, known, hashOf)
      const { verdict } = await compare(there, pair)
      if (verdict.kind !== 'different') return null
      const { body } = await ask(there, pair.theirs)
      const expected = JSON.parse(JSON.stringify(body ?? null).replaceAll(pair.theirs.id, 'QmScratch'))
      return { lines: verdict.lines, expected }
    },
    [Symbol.asyncDispose]: async () => {
      for (const { name } of entries) {
        await Promise.all([remove(name, world.theirs.adminUrl), remove(name, world.ours.adminUrl)])
      }
    },
  }

  async function hashOf(number: number): Promise<string> {
    return (await chain.hashAt(number)) ?? ''
  }

  /** How each stands at the head; what fails is not waited for. */
  async function standTogether(): Promise<Stands[]> {
    const head = await chain.head()
    const [theirs, ours] = await Promise.all([standings('theirs', head), standings('ours', head)])
    return pairs.map((_, index) => ({ theirs: standOf(theirs[index], head), ours: standOf(ours[index], head) }))
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

interface Stand {
  /** At the head, and well. */
  readonly isThere: boolean
  readonly text: string
}

type Stands = Readonly<Record<'theirs' | 'ours', Stand>>

function standOf(standing: Standing | undefined, head: Known): Stand {
  const { health = 'unknown', latest, message = '' } = standing ?? {}
  return {
    isThere: health === 'healthy' && latest?.hash === head.hash.replace(/^0x/, ''),
    text: `${health} at ${latest?.number} of ${head.number} ${message}`.trim(),
  }
}

const tellStands = ({ theirs, ours }: Stands) => `${theirs.text}, ours ${ours.text}`
