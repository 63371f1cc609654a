import { setTimeout as pause } from 'node:timers/promises'
import type { BlockPtr } from '../chain/block.ts'
import { IndexerError } from '../errors.ts'
import type { Log } from '../log.ts'
import { readProgress } from '../store/progress.ts'
import { addVerification, readDifferences, type StoredDifference, writeDifference } from '../store/verification.ts'
import { type CheckRooms, check, type Difference, type Outcome } from './check.ts'
import { firstBlockOf } from './first-block.ts'
import type { Invariant } from './invariant.ts'

export interface WatchRooms extends CheckRooms {
  readonly invariants: readonly Invariant[]
  /** Between two looks. */
  readonly everyMs: number
  /** Entities of one look, at random, and as many again of those written last. */
  readonly rows: number
  /** Takes back the blocks from this one on, and lets them be indexed again. @returns whether it could be done */
  readonly replayFrom: (block: number) => Promise<boolean>
  /** Indexes anew beside the running index, and replaces what differs. */
  readonly rebuild: (signal: AbortSignal) => Promise<unknown>
  readonly log: Log
}

/** An entity that is not older is made again from its first block; for another, everything is, beside the running index. */
const replayedBlocks = 1_000
const pollMs = 100

/**
 * Looks at a little of the index again and again, one invariant after the other, and heals what differs:
 *
 *     differs, and twice again ──▶ replay the blocks since the entity began ──▶ index anew beside ──▶ quarantine
 *                                        └─ agrees: healed                       └─ agrees: healed
 *
 * Also what `heddle-indexer verify` found. Only an index that has caught up with its chain is looked at. Ends with the signal.
 */
export async function watch(rooms: WatchRooms, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    await pause(rooms.everyMs, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    try {
      const invariant = rooms.invariants[turn % rooms.invariants.length]
      if (invariant !== undefined) await look(rooms, invariant, signal)
    } catch (error) {
      if (signal.aborted) return
      // Nothing here may keep the deployment from being indexed.
      rooms.log.warn('verify.failed', { error })
    }
  }
}

async function look(rooms: WatchRooms, invariant: Invariant, signal: AbortSignal): Promise<void> {
  const { postgres, deployment, rows } = rooms
  const progress = await readProgress(postgres, deployment)
  if (progress?.isSynced !== true) return
  await healFound(rooms, signal)
  const outcome = await check(rooms, invariant, { kind: 'some', limit: rows }, signal)
  if (outcome.at !== null) await addVerification(postgres, deployment, { ...outcome, at: outcome.at })
  if (outcome.differences.length > 0) await heal(rooms, invariant, outcome.differences, signal)
}

/** What a command found, or we before we were ended in the middle of healing. */
async function healFound(rooms: WatchRooms, signal: AbortSignal): Promise<void> {
  const open = (await readDifferences(rooms.postgres, rooms.deployment)).filter(({ state }) =>
    ['found', 'healing'].includes(state),
  )
  for (const [text, differences] of Map.groupBy(open, ({ invariant }) => invariant)) {
    const invariant = rooms.invariants.find((one) => one.text === text)
    if (invariant === undefined) continue
    const { differences: still } = await recheck(rooms, invariant, differences, signal)
    await settle(rooms, differences, still)
    if (still.length > 0) await heal(rooms, invariant, still, signal)
  }
}

/** @param differences - all of one invariant */
async function heal(
  rooms: WatchRooms,
  invariant: Invariant,
  differences: readonly Difference[],
  signal: AbortSignal,
): Promise<void> {
  const known = new Set(
    (await readDifferences(rooms.postgres, rooms.deployment))
      .filter(({ state }) => state === 'quarantined')
      .map(({ invariant: text, id }) => `${text}\n${id}`),
  )
  const fresh = differences.filter(({ invariant: text, id }) => !known.has(`${text}\n${id}`))
  if (fresh.length === 0) return
  for (const difference of fresh) {
    rooms.log.error('verify.differs', { code: 'VERIFY_DIFFERENCE', ...difference })
    await writeDifference(rooms.postgres, rooms.deployment, { ...difference, state: 'healing' })
  }
  let left: readonly Difference[] = fresh
  for (const remedy of [() => replay(rooms, invariant, left, signal), () => rooms.rebuild(signal)]) {
    const isDone = await attempt(rooms, remedy, signal)
    if (signal.aborted) return
    if (isDone === false) continue
    const { differences: still, unknown } = await recheck(rooms, invariant, left, signal)
    // What the node cannot tell now is looked at again with the next turn.
    if (unknown > 0) return
    await settle(rooms, left, still)
    left = still
    if (left.length === 0) return
  }
  for (const difference of left) {
    rooms.log.error('verify.quarantined', { code: 'VERIFY_QUARANTINED', ...difference })
    await writeDifference(rooms.postgres, rooms.deployment, { ...difference, state: 'quarantined' })
  }
}

/** A remedy that fails leaves the next one to be tried. */
async function attempt(rooms: WatchRooms, remedy: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  try {
    return await remedy()
  } catch (error) {
    if (signal.aborted || !(error instanceof IndexerError)) throw error
    rooms.log.warn('verify.remedyFailed', { error })
    return false
  }
}

/** @returns whether that could be done: not where it would take back too much, or nobody knows since when the entity is */
async function replay(
  rooms: WatchRooms,
  invariant: Invariant,
  differences: readonly Difference[],
  signal: AbortSignal,
): Promise<boolean> {
  const [{ at } = { at: null }] = differences
  const first = await firstBlockOf(rooms, invariant, differences)
  if (at === null || first === null || at.number - first > replayedBlocks) return false
  if (!(await rooms.replayFrom(first))) return false
  await untilReached(rooms, at, signal)
  return true
}

async function untilReached({ postgres, deployment }: WatchRooms, at: BlockPtr, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const progress = await readProgress(postgres, deployment)
    if (progress === null || progress.health === 'failed' || progress.isPaused) return
    if ((progress.block?.number ?? -1) >= at.number) return
    await pause(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

function recheck(
  rooms: WatchRooms,
  invariant: Invariant,
  differences: readonly { readonly id: string }[],
  signal: AbortSignal,
): Promise<Outcome> {
  return check(rooms, invariant, { kind: 'these', ids: differences.map(({ id }) => id) }, signal)
}

async function settle(
  { postgres, deployment, log }: WatchRooms,
  differences: readonly (Difference | StoredDifference)[],
  still: readonly Difference[],
): Promise<void> {
  const left = new Set(still.map(({ id }) => id))
  for (const difference of differences.filter(({ id }) => !left.has(id))) {
    log.warn('verify.healed', { invariant: difference.invariant, type: difference.type, id: difference.id })
    await writeDifference(postgres, deployment, { ...difference, state: 'healed' })
  }
}
