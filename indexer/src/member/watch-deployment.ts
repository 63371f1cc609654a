import type { Rpc } from '../chain/rpc.ts'
import type { Config } from '../config.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { IndexerError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { RunnerEvent } from '../runner-rooms.ts'
import type { Postgres } from '../store/postgres.ts'
import type { Store } from '../store/store.ts'
import type { Invariant } from '../verify/invariant.ts'
import { rebuild } from '../verify/rebuild.ts'
import { watch } from '../verify/watch.ts'

export interface WatchedRooms {
  readonly config: Config
  readonly deployment: Deployment
  readonly invariants: readonly Invariant[]
  readonly store: Store
  readonly postgres: Postgres
  readonly rpc: Rpc
  readonly log: Log
}

/** Indexes a build into a store until the signal ends it, or it stops by itself. */
export type Index = (
  into: { readonly deployment: Deployment; readonly store: Store },
  onProgress: (event: RunnerEvent) => void,
  signal: AbortSignal,
) => Promise<void>

/**
 * Indexes a deployment, and beside that compares it with its chain. What has to be made again is: indexing stops for a moment, blocks are
 * taken back, and it goes on from there.
 */
export async function indexAndWatch(
  rooms: WatchedRooms,
  index: Index,
  onProgress: (event: RunnerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { deployment, invariants, store, log } = rooms
  if (rooms.config.verifyEveryMs === 0 || invariants.length === 0)
    return index({ deployment, store }, onProgress, signal)
  const ending = new AbortController()
  const replays = new Replays(rooms)
  const watching = watch(
    {
      postgres: rooms.postgres,
      rpc: rooms.rpc,
      deployment: store.number,
      layout: store.layout,
      invariants,
      everyMs: rooms.config.verifyEveryMs,
      rows: rooms.config.verifyRows,
      replayFrom: (block) => replays.ask(block),
      rebuild: (until) => rebuildFrom(rooms, index, until),
      log,
    },
    AbortSignal.any([signal, ending.signal]),
  )
  try {
    do await index({ deployment, store }, onProgress, AbortSignal.any([signal, replays.signal]))
    while (!signal.aborted && (await replays.carryOut(signal)))
  } finally {
    ending.abort()
    replays.refuse()
    await watching
  }
}

function rebuildFrom({ postgres, deployment, store, config, rpc }: WatchedRooms, index: Index, signal: AbortSignal) {
  const live = { number: store.number, schemaName: store.layout.schemaName }
  const linkAt = (number: number) => rpc.headerByNumber(number, signal)
  return rebuild({ postgres, deployment, live, finality: config.finalityBlocks, index, linkAt }, signal)
}

/** Blocks that are to be taken back, asked for from beside the loop that indexes. */
class Replays {
  readonly #rooms: WatchedRooms
  #interruption = new AbortController()
  #wanted: { readonly from: number; readonly done: (isDone: boolean) => void } | null = null

  constructor(rooms: WatchedRooms) {
    this.#rooms = rooms
  }

  /** Ends indexing for a moment. */
  get signal(): AbortSignal {
    return this.#interruption.signal
  }

  /** @returns whether blocks from this one on were taken back */
  ask(from: number): Promise<boolean> {
    return new Promise((done) => {
      this.#wanted = { from, done }
      this.#interruption.abort()
    })
  }

  refuse(): void {
    this.#wanted?.done(false)
    this.#wanted = null
  }

  /** @returns whether there was something to be taken back, so that indexing has to go on */
  async carryOut(signal: AbortSignal): Promise<boolean> {
    const wanted = this.#wanted
    if (wanted === null) return false
    this.#wanted = null
    this.#interruption = new AbortController()
    const { store, rpc, log } = this.#rooms
    try {
      const last = await rpc.headerByNumber(Math.max(wanted.from - 1, 0), signal)
      const at = (await store.progress()).block?.number ?? -1
      const isPossible = last !== null && last.number < at
      if (isPossible) await store.revertTo(last)
      wanted.done(isPossible)
    } catch (error) {
      if (!(error instanceof IndexerError)) throw error
      log.warn('verify.replayFailed', { error })
      wanted.done(false)
    }
    return true
  }
}
