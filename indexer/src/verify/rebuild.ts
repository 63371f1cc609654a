import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import type { BlockLink, BlockPtr } from '../chain/block.ts'
import { fileTypes } from '../deployment/data-source.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { type IndexerError, RebuildStoppedError } from '../errors.ts'
import type { RunnerEvent } from '../runner-rooms.ts'
import { type Adopted, adoptRows, findDifferences, type Rows, type Scope } from '../store/adopt.ts'
import { readGenesis } from '../store/chains.ts'
import { layoutOf } from '../store/layout.ts'
import { findLink, readLinks } from '../store/links.ts'
import type { Postgres, Transaction } from '../store/postgres.ts'
import { type Progress, progressColumns, progressOf, readProgress } from '../store/progress.ts'
import { sql } from '../store/sql.ts'
import { openStore, type Store } from '../store/store.ts'
import { supersede } from '../store/supersede.ts'
import { type StateRoot, stateRoot } from './root.ts'

export interface RebuildRooms {
  readonly postgres: Postgres
  readonly deployment: Deployment
  /** Where the rows are that are asked. */
  readonly live: { readonly number: number; readonly schemaName: string }
  readonly finality: number
  /** Indexes a build into a store until the signal ends it, as it is always done. */
  readonly index: (
    into: { readonly deployment: Deployment; readonly store: Store },
    onProgress: (event: RunnerEvent) => void,
    signal: AbortSignal,
  ) => Promise<void>
  /** The chain's block of a number; null if it has none. */
  readonly linkAt: (number: number) => Promise<BlockLink | null>
  /** Compare, and change nothing. */
  readonly isDry?: boolean
  /** Take the running index's place also where the chain was replaced below what was final: somebody has asked for it. */
  readonly mayReplaceFinal?: boolean
}

export interface Rebuilt {
  /** Where both were compared. */
  readonly at: BlockPtr
  /** Of the rows that were asked until now, and of those made anew. */
  readonly before: StateRoot
  readonly after: StateRoot
  /** Tables in which rows differed. */
  readonly adopted: readonly Adopted[]
  /** The running index stood on a branch that the chain has left, below what was final. */
  readonly wasReplaced: boolean
  /** Nothing was changed, though something differs. */
  readonly isUntouched: boolean
  readonly seconds: number
}

/** What the index that is made beside another is called, so that no one takes it for a deployment. */
export const besideName = (id: string): string => `rebuild:${id}`

/** How often it is looked whether one index is as far as the other. */
const lookMs = 200

/**
 * Indexes a deployment from nothing, in a schema of its own, while the running index goes on answering and following its chain. When it
 * has come as far, both are compared in one snapshot, and what differs is replaced in one short transaction, which has to look at nothing
 * but that and what was written since. Who asks sees the old state or the new one and waits for neither; whoever indexes waits for that
 * transaction, notices that its rows were changed, and forgets what it remembers of them.
 *
 *     running   ──────────A───────────A'──▶     A   compared with the new one, as of A: every row is read, nobody waits
 *     new         ────────────A'''              A'  what differed, and what either has written since A: replaced
 *
 * Where the running index stopped because its chain was replaced below what was final, the new one takes its place altogether.
 * @throws {@link RebuildStoppedError} if the new index fails on the way; DeploymentBusyError if another is being made
 */
export async function rebuild(rooms: RebuildRooms, signal: AbortSignal): Promise<Rebuilt> {
  const startedAt = performance.now()
  const deployment = { ...rooms.deployment, id: besideName(rooms.deployment.id) }
  const open = () => openStore(rooms.postgres, deployment, { patienceMs: 0, finality: rooms.finality })
  // What one that was killed has left is not to be trusted more than what it is to be compared with.
  await (await open()).drop()
  const store = await open()
  const done = (found: Found) => ({ ...found, seconds: (performance.now() - startedAt) / 1000 })
  try {
    for (;;) {
      await indexUntil(rooms, { deployment, store }, signal)
      const found = await compare(rooms, store)
      if (found === null) continue
      if (found.isUntouched || (found.adopted.length === 0 && !found.wasReplaced)) return done(found)
      let isDone = await putInPlace(rooms, store, found)
      while (isDone === false) {
        await indexUntil(rooms, { deployment, store }, signal)
        isDone = await putInPlace(rooms, store, found)
      }
      if (isDone) return done(found)
    }
  } finally {
    await store.drop()
  }
}

// ── as far as the other ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Indexes until it is as far as the running index, or as the chain where that one is on another. */
async function indexUntil(
  { postgres, live, index, deployment: { id } }: RebuildRooms,
  into: { readonly deployment: Deployment; readonly store: Store },
  signal: AbortSignal,
): Promise<void> {
  const reached = new AbortController()
  const isReached = async () => {
    const [there, { block, head }] = await Promise.all([readProgress(postgres, live.number), into.store.progress()])
    const isAtHead = block !== null && block.hash === head?.hash
    return there !== null && ((there.block?.number ?? -1) <= (block?.number ?? -2) || isAtHead)
  }
  const ending = new AbortController()
  const looking = (async () => {
    while (!ending.signal.aborted) {
      await pause(lookMs, undefined, { signal: ending.signal })
      if (await isReached().catch(() => false)) reached.abort()
    }
  })().catch(() => undefined)
  let failure: IndexerError | undefined
  try {
    await index(
      into,
      (event) => {
        if (event.kind === 'failed') failure = event.error
      },
      AbortSignal.any([signal, reached.signal]),
    )
  } finally {
    ending.abort()
    await looking
  }
  signal.throwIfAborted()
  if (reached.signal.aborted) return
  const { block } = await into.store.progress()
  // A build that fails does so at the same block both times.
  if (!(await isReached())) throw new RebuildStoppedError(id, block, failure)
}

// ── what differs ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a comparison came to, and how the running index stood then. */
interface Found extends Omit<Rebuilt, 'seconds'> {
  readonly running: Progress
}

/** @returns null if the running index is further again, or one of the two on a branch that it is about to leave */
async function compare(rooms: RebuildRooms, store: Store): Promise<Found | null> {
  const { postgres, live, linkAt, isDry = false, mayReplaceFinal = false } = rooms
  const to = rowsOf(rooms)
  const theirs = (await store.progress()).block
  if (theirs === null || !(await isOnChain(linkAt, theirs))) return null
  const wasReplaced = await isReplaced(rooms)
  const found = await postgres.transaction(
    async (transaction) => {
      const running = progressOf((await transaction.run(progressStatement(live.number)))[0] ?? {})
      const at = wasReplaced ? theirs : running.block
      if (at === null || at.number > theirs.number) return null
      const before = await stateRoot(transaction, to.layout)
      const after = await stateRoot(transaction, store.layout, at.number)
      const adopted = await findDifferences(transaction, to, store, scopeOf(running, at, wasReplaced))
      return { at: { number: at.number, hash: at.hash }, before, after, adopted, running }
    },
    { isSnapshot: true },
  )
  if (found === null || !(await isOnChain(linkAt, found.at))) return null
  return { ...found, wasReplaced, isUntouched: isDry || (wasReplaced && !mayReplaceFinal) }
}

/** Whether the chain has left the running index below what was final there, so that it does not go back by itself. */
async function isReplaced({ postgres, live: { number }, linkAt }: RebuildRooms): Promise<boolean> {
  const running = await readProgress(postgres, number)
  if (!running?.block || (await isOnChain(linkAt, running.block))) return false
  const [genesis, known] = await Promise.all([linkAt(0), readGenesis(postgres, number)])
  if (genesis !== null && known !== null && genesis.hash !== known) return true
  if (running.final === null) return false
  const [settled] = await readLinks(postgres, number, { below: running.final + 1, limit: 1 })
  return settled !== undefined && !(await isOnChain(linkAt, settled))
}

// ── in its place ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns false: the running index is further again; null: it went back meanwhile, so what was found counts no more */
async function putInPlace(rooms: RebuildRooms, store: Store, found: Found): Promise<boolean | null> {
  const { postgres, live, linkAt } = rooms
  const { wasReplaced } = found
  const theirs = (await store.progress()).block
  if (theirs === null || !(await isOnChain(linkAt, theirs))) return null
  return postgres.transaction(async (transaction) => {
    const running = await lockRows(transaction, live.number)
    const stays = running.block?.hash === found.running.block?.hash
    if (running.reverts !== found.running.reverts || (wasReplaced && !stays)) return null
    const at = wasReplaced ? theirs : running.block
    if (at === null || at.number > theirs.number) return false
    const known = await findLink(transaction, store.number, { number: at.number })
    if (known === null ? !(await isOnChain(linkAt, at)) : known.hash !== at.hash) return null
    await adoptRows(transaction, rowsOf(rooms), store, scopeOf(running, at, wasReplaced), found.at.number)
    if (wasReplaced) await supersede(transaction, live.number, store.number)
    await transaction.run(
      sql`update heddle.deployments set reverts = reverts + 1 where number = ${sql.value(live.number)}`,
    )
    return true
  })
}

/** Keeps whoever indexes from moving until the transaction ends. */
async function lockRows(transaction: Transaction, number: number): Promise<Progress> {
  const [row] = await transaction.run(sql`${progressStatement(number)} for update`)
  return progressOf(row ?? {})
}

// ── both ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function rowsOf({ deployment, live }: RebuildRooms): Rows {
  return { number: live.number, layout: layoutOf(deployment.schema, live.schemaName, fileTypes(deployment)) }
}

function scopeOf({ earliestBlock }: Progress, { number: at }: BlockPtr, wasReplaced: boolean): Scope {
  return { at, earliest: wasReplaced ? -1 : earliestBlock, withFiles: wasReplaced }
}

function progressStatement(number: number) {
  return sql`select ${progressColumns} from heddle.deployments where number = ${sql.value(number)}`
}

async function isOnChain(linkAt: RebuildRooms['linkAt'], { number, hash }: BlockPtr): Promise<boolean> {
  return (await linkAt(number))?.hash === hash
}
