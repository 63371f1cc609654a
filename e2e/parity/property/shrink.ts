import type { Question } from '../question.ts'
import type { World } from '../world.ts'
import type { Known } from './moved-question.ts'
import type { Sketch } from './sketch.ts'
import { type Cut, cuts, eachWrite, fieldNames } from './smaller.ts'
import { fitted, shorterQuestions, wordsOf } from './smaller-question.ts'
import { type Difference, startTrial, type Trial } from './trial.ts'

/** A subgraph, and a question that is answered differently; an empty one where one of both does not get to the end. */
export interface Found {
  readonly sketch: Sketch
  readonly question: Question
}

export interface Smallest extends Found, Difference {
  /** Whether it takes a reorg. */
  readonly isAfterReorg: boolean
  /** What is missing for it to be the smallest, if anything. */
  readonly remark?: string
}

/** So many smaller ones are tried at once: both index them side by side. */
const triedAtOnce = 10

/**
 * Looks for the smallest subgraph with the shortest question that is still answered differently: nothing can be taken from it.
 * @param known - blocks of the chain that the question was asked on; the last one was the head then
 */
export async function shrink(
  found: Found,
  world: World,
  known: readonly Known[],
  { withinMs, onStep }: { readonly withinMs: number; readonly onStep: (what: string) => void },
): Promise<Smallest> {
  const deadline = performance.now() + withinMs
  let smallest = await alone(found, world, known)
  if (smallest.remark !== undefined) return smallest
  for (let left = nextCuts(smallest); left.length > 0; ) {
    if (performance.now() > deadline)
      return { ...smallest, remark: 'the time was up: something smaller may differ too' }
    const tried = left.splice(0, triedAtOnce)
    const { differing, best } = await attempt(tried, smallest, world, known)
    onStep(`${differing.length} of ${tried.length} smaller ones differ too`)
    if (best === undefined) continue
    smallest = best
    // What could be taken each by itself can most often be taken together.
    const together: Cut = (sketch) => differing.reduce((one, cut) => cut(one), sketch)
    left = [...(differing.length > 1 ? [together] : []), ...nextCuts(smallest)]
  }
  return smallest
}

const nextCuts = ({ sketch, question }: Found) =>
  [...new Map(cuts(sketch, wordsOf(question)).map((cut) => [JSON.stringify(cut(sketch)), cut]))]
    .filter(([made]) => made.length < sizeOf(sketch))
    .map(([, cut]) => cut)

const sizeOf = (sketch: Sketch) => JSON.stringify(sketch).length

/** Whether it differs in a subgraph of its own, and whether that takes a reorg. */
async function alone({ sketch, question }: Found, world: World, known: readonly Known[]): Promise<Smallest> {
  for (const isAfterReorg of [false, true]) {
    // One each: what graph-node has answered about a block's number it keeps, even when a reorg has put another block there.
    await using trial = await startTrial([sketch], world, known, isAfterReorg)
    const difference = await trial.ask(0, question)
    if (difference === null) continue
    const told = isAfterReorg ? sketch : withoutKept(sketch)
    return await shortest({ sketch: told, question, isAfterReorg, ...difference }, 0, trial)
  }
  return { sketch, question, lines: [], remark: 'alone it is answered alike', isAfterReorg: false }
}

function withoutKept(sketch: Sketch): Sketch {
  return { ...sketch, kept: eachWrite(sketch, () => []).kept }
}

async function attempt(
  tried: readonly Cut[],
  { sketch, question, isAfterReorg }: Smallest,
  world: World,
  known: readonly Known[],
): Promise<{ differing: Cut[]; best?: Smallest }> {
  const before = fieldNames(sketch)
  const candidates = tried.map((cut) => {
    const made = cut(sketch)
    const names = new Set(fieldNames(made))
    return { sketch: made, question: fitted(question, new Set(before.filter((name) => !names.has(name)))) }
  })
  await using trial = await startTrial(
    candidates.map((one) => one.sketch),
    world,
    known,
    isAfterReorg,
  )
  const found = await Promise.all(
    candidates.map(async (one, index) => {
      const difference = await trial.ask(index, one.question)
      return difference === null ? [] : [{ ...one, ...difference, isAfterReorg, index }]
    }),
  )
  const [best] = found.flat().sort((a, b) => sizeOf(a.sketch) - sizeOf(b.sketch))
  const differing = tried.filter((_, index) => found[index]?.length)
  if (best === undefined) return { differing }
  const { index, ...smallest } = best
  return { differing, best: await shortest(smallest, index, trial) }
}

/** The question without all that it can do without, in one subgraph. */
async function shortest(found: Smallest, index: number, trial: Trial): Promise<Smallest> {
  let smallest = found
  for (let left = shorterQuestions(found.question); left.length > 0; ) {
    const question = left.shift()
    if (question === undefined) break
    const difference = await trial.ask(index, question)
    if (difference === null) continue
    smallest = { ...smallest, question, ...difference }
    left = shorterQuestions(question)
  }
  return smallest
}
