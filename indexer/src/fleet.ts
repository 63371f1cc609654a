import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { IndexerError } from './errors.ts'
import type { Log } from './log.ts'
import { type Assignment, readAssignments } from './store/assignments.ts'
import { promoteSynced } from './store/names.ts'
import type { Postgres } from './store/postgres.ts'
import { Turns } from './turns.ts'

/** One deployment at work. */
export interface Member {
  /** Resolves when it stopped by itself: failed for good, or paused. Rejects for a reason that no waiting heals. */
  readonly ended: Promise<void>
  /** Resolves when it has loaded what it runs, which takes a core for a moment, or ended before. */
  readonly loaded?: Promise<void>
  stop(): Promise<void>
}

export interface FleetRooms {
  readonly postgres: Postgres
  /** Which of the deployments are ours. */
  readonly node: string
  /** Starts one. @param onSynced - to be called when it has caught up with its chain */
  start(assignment: Assignment, onSynced: () => void): Promise<Member>
  readonly log: Log
  /** Called when names may point elsewhere than before. */
  readonly onChange: () => Promise<void>
  /** Told of each crash, and how many deployments there are in all. */
  readonly onCrash?: (assignment: Assignment, error: unknown, size: number) => void
  /** How long to wait before the n-th time (from 0) that one is started again. */
  readonly restartDelayMs?: (attempt: number) => number
}

/**
 * The deployments that are indexed here, side by side. Which ones is written in the database, so after any change of it one calls
 * {@link Fleet.reconcile}: what is to run is started, what is not is stopped. What goes wrong with one is its own affair: it is
 * tried again, ever more seldom, and the others do not notice.
 */
export class Fleet {
  readonly #rooms: FleetRooms
  readonly #berths = new Map<number, Berth>()
  /** Hundreds that start at once would leave no time to answer anybody. */
  readonly #starting = new Turns(availableParallelism())
  #last: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(rooms: FleetRooms) {
    this.#rooms = rooms
  }

  /** One after the other, whoever calls. @throws StoreUnavailableError */
  reconcile(): Promise<void> {
    const next = this.#last.then(() => this.#reconcile())
    this.#last = next.catch(() => undefined)
    return next
  }

  /** Has one that stopped by itself, or waits for its next attempt, try again at once. */
  async wake(number: number): Promise<void> {
    if (this.#berths.get(number)?.isAtWork === false) await this.#leave(number)
    await this.reconcile()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    // All at once: each may take its time.
    for (const { leaving } of this.#berths.values()) leaving.abort()
    await this.#last
    await Promise.all([...this.#berths.keys()].map((number) => this.#leave(number)))
  }

  async #reconcile(): Promise<void> {
    if (this.#isStopped) return
    const { postgres, node, onChange } = this.#rooms
    await promoteSynced(postgres)
    await onChange()
    const wanted = (await readAssignments(postgres)).filter((one) => one.node === node && !one.isPaused)
    const numbers = new Set(wanted.map(({ number }) => number))
    await Promise.all(
      [...this.#berths.keys()].filter((number) => !numbers.has(number)).map((number) => this.#leave(number)),
    )
    for (const assignment of wanted) {
      if (!this.#berths.has(assignment.number)) this.#berths.set(assignment.number, this.#enter(assignment))
    }
  }

  #enter(assignment: Assignment): Berth {
    const berth: Berth = { leaving: new AbortController(), isAtWork: true, left: Promise.resolve() }
    berth.left = this.#keepRunning(assignment, berth)
    return berth
  }

  async #leave(number: number): Promise<void> {
    const berth = this.#berths.get(number)
    if (berth === undefined) return
    this.#berths.delete(number)
    berth.leaving.abort()
    await berth.left
  }

  async #keepRunning(assignment: Assignment, berth: Berth): Promise<void> {
    const { log, onCrash, restartDelayMs = slower } = this.#rooms
    const { signal } = berth.leaving
    for (let attempt = 0; !signal.aborted; attempt++) {
      const startedAt = performance.now()
      try {
        berth.isAtWork = true
        await this.#runOnce(assignment, signal)
        berth.isAtWork = false
        return
      } catch (error) {
        berth.isAtWork = false
        if (performance.now() - startedAt > longAgoMs) attempt = 0
        const waitMs = Math.min(restartDelayMs(attempt), longestPauseMs(error))
        const facts = { deployment: assignment.id, error, waitMs }
        if (isElsewhere(error)) log.warn('deployment.elsewhere', facts)
        else log.error('deployment.crashed', facts)
        onCrash?.(assignment, error, this.#berths.size)
        await pause(waitMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async #runOnce(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const left = Promise.withResolvers<void>()
    const onAbort = () => left.resolve()
    signal.addEventListener('abort', onAbort)
    let member: Member | undefined
    try {
      member = await this.#starting.take(async () => {
        if (signal.aborted) return undefined
        const started = await this.#rooms.start(assignment, () => void this.#synced())
        await Promise.race([started.loaded, left.promise])
        return started
      })
      if (!signal.aborted) await Promise.race([member?.ended, left.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
      await member?.stop()
    }
  }

  /** A name may have waited for it. Not awaited: the deployment itself may be the one that is stopped by it. */
  async #synced(): Promise<void> {
    for (let attempt = 0; !this.#isStopped; attempt++) {
      try {
        await this.reconcile()
        return
      } catch (error) {
        this.#rooms.log.warn('fleet.failed', { error })
        await pause(slower(attempt), undefined, { ref: false })
      }
    }
  }
}

interface Berth {
  readonly leaving: AbortController
  /** Not, if it stopped by itself or waits for its next attempt. */
  isAtWork: boolean
  /** Settles when it is gone. */
  left: Promise<void>
}

/** What went well for so long before it crashed has earned a prompt new start. */
const longAgoMs = 60_000

/** A crash may come again and again. A database that was away comes back; and one that lost its turn stands by, which costs nothing. */
function longestPauseMs(error: unknown): number {
  if (isElsewhere(error)) return 1_000
  return error instanceof IndexerError && error.remedy === 'retry' ? 5_000 : 60_000
}

/** Not by its class, which is lost between threads. */
function isElsewhere(error: unknown): boolean {
  return error instanceof IndexerError && error.code === 'STORE_DEPLOYMENT_BUSY'
}

function slower(attempt: number): number {
  return Math.min(1_000 * 2 ** attempt, 60_000)
}
