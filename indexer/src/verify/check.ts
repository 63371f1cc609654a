import { setTimeout as pause } from 'node:timers/promises'
import type { BlockPtr } from '../chain/block.ts'
import { stateAt } from '../chain/call.ts'
import type { Rpc } from '../chain/rpc.ts'
import { IndexerError } from '../errors.ts'
import type { Layout } from '../store/layout.ts'
import type { Postgres } from '../store/postgres.ts'
import type { Invariant } from './invariant.ts'
import { type Claim, expectedOf } from './question.ts'
import { type Choice, readSample } from './sample.ts'

export interface CheckRooms {
  readonly postgres: Postgres
  readonly rpc: Rpc
  /** N of `sgd<N>`. */
  readonly deployment: number
  readonly layout: Layout
}

/** Where index and chain disagree. */
export interface Difference {
  /** The invariant's text. */
  readonly invariant: string
  readonly type: string
  /** Empty for a sum or a count. */
  readonly id: string
  /** What the chain says. */
  readonly expected: string
  /** What the index says. */
  readonly found: string
  readonly at: BlockPtr
}

/** How a comparison went. */
export interface Outcome {
  readonly checked: number
  /** Not told by the node: pruned, gone in a reorg, away. Nothing is known of these. */
  readonly unknown: number
  readonly differences: readonly Difference[]
  /** The block of the last comparison; null: there was nothing to compare. */
  readonly at: BlockPtr | null
  /** Where to go on, of a choice of all; null at the end. */
  readonly next: string | null
}

/** How often a difference is read anew before it is believed, and the pause before each. */
const secondLooks = 2
const secondLookMs = 50
const callsAtOnce = 100

/**
 * Compares entities with the chain, at the block the index stands at, by that block's hash. Whatever differs is read again, from both
 * sides, at the block the index then stands at: what is then gone was never a difference of the index.
 * @throws StoreUnavailableError
 */
export async function check(
  rooms: CheckRooms,
  invariant: Invariant,
  choice: Choice,
  signal?: AbortSignal,
): Promise<Outcome> {
  let outcome = await compare(rooms, invariant, choice, signal)
  for (let look = 0; look < secondLooks && outcome.differences.length > 0; look++) {
    await pause(secondLookMs, undefined, signal === undefined ? {} : { signal })
    const ids = outcome.differences.map(({ id }) => id)
    const again = await compare(rooms, invariant, { kind: 'these', ids }, signal)
    outcome = {
      ...outcome,
      unknown: outcome.unknown + again.unknown,
      differences: again.differences,
      at: again.at ?? outcome.at,
    }
  }
  return outcome
}

async function compare(
  { postgres, rpc, deployment, layout }: CheckRooms,
  invariant: Invariant,
  choice: Choice,
  signal?: AbortSignal,
): Promise<Outcome> {
  const sample = await readSample(postgres, deployment, layout, invariant, choice)
  if (sample === null) return { checked: 0, unknown: 0, differences: [], at: null, next: null }
  const { at, claims, next } = sample
  const differences: Difference[] = []
  let unknown = 0
  for (let i = 0; i < claims.length; i += callsAtOnce) {
    const part = claims.slice(i, i + callsAtOnce)
    const answers = await Promise.all(part.map((claim) => answerTo(rpc, at, claim, signal)))
    for (const [index, claim] of part.entries()) {
      const expected = answers[index]
      if (expected === undefined) unknown += 1
      else if (expected !== claim.found) differences.push(differenceOf(claim, expected, at))
    }
  }
  if (differences.length > 0 && !(await isOnChain(rpc, at, signal))) {
    return { checked: claims.length, unknown: unknown + differences.length, differences: [], at, next }
  }
  return { checked: claims.length, unknown, differences, at, next }
}

/** @returns undefined if the node cannot say */
async function answerTo(rpc: Rpc, at: BlockPtr, claim: Claim, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const [answer] = await stateAt(rpc, at, [claim.question], signal)
    return answer === undefined ? undefined : expectedOf(claim, answer)
  } catch (error) {
    if (error instanceof IndexerError) return undefined
    throw error
  }
}

/** A node that only takes numbers may have answered for another block. */
async function isOnChain(rpc: Rpc, { number, hash }: BlockPtr, signal?: AbortSignal): Promise<boolean> {
  try {
    return (await rpc.headerByNumber(number, signal))?.hash === hash
  } catch (error) {
    if (error instanceof IndexerError) return false
    throw error
  }
}

function differenceOf({ invariant: { text, subject }, id, found }: Claim, expected: string, at: BlockPtr): Difference {
  return { invariant: text, type: subject.type.name, id, expected, found, at }
}
