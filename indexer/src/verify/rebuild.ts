import { performance } from 'node:perf_hooks'
import type { BlockLink, BlockPtr } from '../chain/block.ts'
import { fileTypes } from '../deployment/data-source.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { type IndexerError, RebuildStoppedError } from '../errors.ts'
import type { RunnerEvent } from '../runner.ts'
import { type Adopted, adoptRows, type Rows } from '../store/adopt.ts'
import { layoutOf } from '../store/layout.ts'
import type { Postgres, Transaction } from '../store/postgres.ts'
import { progressColumns, progressOf, readProgress } from '../store/progress.ts'
import { sql } from '../store/sql.ts'
import { openStore, type Store } from '../store/store.ts'
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
}

export interface Rebuilt {
  /** Where both were compared. */
  readonly at: BlockPtr
  /** Of the rows that were asked until now, and of those made anew. */
  readonly before: StateRoot
  readonly after: StateRoot
  /** Tables in which rows differed; without a dry run, they were replaced. */
  readonly adopted: readonly Adopted[]
  readonly seconds: number
}

/** What the index that is made beside another is called, so that no one takes it for a deployment. */
export const besideName = (id: string): string => `rebuild:${id}`

/**
 * Indexes a deployment from nothing, in a schema of its own, while the running index goes on answering and following its chain. When it
 * has come as far, the rows that differ are replaced in one transaction: who asks sees the old state or the new one, and whoever indexes
 * notices that its rows were changed, and forgets what it remembers of them.
 * @throws {@link RebuildStoppedError} if the new index fails on the way; DeploymentBusyError if another is being made
 */
export async function rebuild(rooms: RebuildRooms, signal: AbortSignal): Promise<Rebuilt> {
  const startedAt = performance.now()
  const deployment = { ...rooms.deployment, id: besideName(rooms.deployment.id) }
  const open = () => openStore(rooms.postgres, deployment, { patienceMs: 0, finality: rooms.finality })
  // What one that was killed has left is not to be trusted more than what it is to be compared with.
  await (await open()).drop()
  const store = await open()
  try {
    for (;;) {
      await indexUntil(rooms, { deployment, store }, signal)
      const found = await compare(rooms, store)
      if (found !== null) return { ...found, seconds: (performance.now() - startedAt) / 1000 }
    }
  } finally {
    await store.drop()
  }
}

/** Indexes until it is as far as the running index. */
async function indexUntil(
  { postgres, live, index, deployment: { id } }: RebuildRooms,
  into: { readonly deployment: Deployment; readonly store: Store },
  signal: AbortSignal,
): Promise<void> {
  const reached = new AbortController()
  const look = async (block: BlockPtr) => {
    const there = await readProgress(postgres, live.number).catch(() => null)
    if (there !== null && (there.block?.number ?? -1) <= block.number) reached.abort()
  }
  let failure: IndexerError | undefined
  let looking: Promise<void> = Promise.resolve()
  await index(
    into,
    (event) => {
      if (event.kind === 'failed') failure = event.error
      if (event.kind === 'committed') looking = look(event.block)
    },
    AbortSignal.any([signal, reached.signal]),
  )
  await looking
  signal.throwIfAborted()
  if (reached.signal.aborted) return
  const { block } = await into.store.progress()
  const there = await readProgress(postgres, live.number)
  // A build that fails does so at the same block both times.
  if (block === null || block.number < (there?.block?.number ?? 0)) throw new RebuildStoppedError(id, block, failure)
}

/** @returns null if the running index is further again, or one of the two on another branch */
async function compare(rooms: RebuildRooms, store: Store): Promise<Omit<Rebuilt, 'seconds'> | null> {
  const { postgres, deployment, live, linkAt, isDry = false } = rooms
  const to: Rows = { number: live.number, layout: layoutOf(deployment.schema, live.schemaName, fileTypes(deployment)) }
  const theirs = (await store.progress()).block
  if (theirs === null || !(await isOnChain(linkAt, theirs))) return null
  return postgres.transaction(async (transaction) => {
    const { block: at, earliestBlock: earliest } = await lockRows(transaction, live.number)
    if (at === null || at.number > theirs.number || !(await isOnChain(linkAt, at))) return null
    const before = await stateRoot(transaction, to.layout)
    await transaction.run(sql`savepoint untouched`)
    const adopted = await adoptRows(transaction, to, store, { at: at.number, earliest })
    const after = await stateRoot(transaction, to.layout)
    if (isDry) await transaction.run(sql`rollback to savepoint untouched`)
    else if (adopted.length > 0) {
      await transaction.run(
        sql`update heddle.deployments set reverts = reverts + 1 where number = ${sql.value(live.number)}`,
      )
    }
    return { at: { number: at.number, hash: at.hash }, before, after, adopted }
  })
}

/** Keeps whoever indexes from moving until the transaction ends. */
async function lockRows(transaction: Transaction, number: number) {
  const [row] = await transaction.run(
    sql`select ${progressColumns} from heddle.deployments where number = ${sql.value(number)} for update`,
  )
  return progressOf(row ?? {})
}

async function isOnChain(linkAt: RebuildRooms['linkAt'], { number, hash }: BlockPtr): Promise<boolean> {
  return (await linkAt(number))?.hash === hash
}
