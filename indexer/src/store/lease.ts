import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { DeploymentBusyError } from '../errors.ts'
import { lockClass } from './metadata.ts'
import type { Postgres, Session } from './postgres.ts'
import { sql } from './sql.ts'

/** Whose lease it is, and how long others are waited for. */
export interface LeaseTerms {
  readonly number: number
  readonly id: string
  /** How long to wait for somebody else to let go; `Infinity`: as a stand-by, until it is our turn. */
  readonly patienceMs: number
  /** After how long without a word the server takes a holder for dead, though its connection stands: it is frozen, or cut off. */
  readonly silenceMs: number
  /** Told once if somebody else has it, and does not seem to be on its way out. */
  readonly onStandBy?: () => void
  /** Told when it turns out that somebody else has taken it since; also if there is nothing to write. */
  readonly onLost?: () => void
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

/** Whoever restarts finds the last one's lock for a moment; only after this long is it somebody who stays. */
const partingMs = 1_000
/** Between two tries, at first and then. */
const eagerMs = 100
const calmMs = 500
/** How long a lock that was lost on the way is waited for. */
const regainMs = 1_000
/** How long a transaction of the last holder may keep us waiting before it is ended. */
const lastWordsMs = 3_000

/**
 * The right to index a deployment, in two halves:
 *
 * - an advisory lock on a connection of its own, which the server frees when that closes, however its process ended; and closes
 *   when it has been silent for too long, so that one who is frozen keeps nobody waiting. It keeps two indexers apart that mean well.
 * - our name in the deployment's row, checked in every transaction. It stops one that lost its lock without noticing.
 */
export class Lease {
  readonly holder = randomUUID()
  readonly #postgres: Postgres
  readonly #terms: LeaseTerms
  readonly #beating: NodeJS.Timeout
  #session: Session | null = null
  #locking: Promise<Session> | null = null
  #isHeard = true
  #isReleased = false

  constructor(postgres: Postgres, terms: LeaseTerms) {
    this.#postgres = postgres
    this.#terms = terms
    this.#beating = setInterval(() => void this.#beat(), terms.silenceMs / 4).unref()
  }

  /**
   * Takes the lease for the first time.
   * @throws {@link DeploymentBusyError} if somebody else has it
   */
  async take(): Promise<void> {
    const { number, id, patienceMs } = this.#terms
    const session = await this.#lock(patienceMs)
    const [backend] = await session.run(sql`select pg_backend_pid() as pid`)
    const pid = Number(backend?.pid)
    const impatient = setInterval(() => void this.#endLastWords(pid), lastWordsMs)
    try {
      // Waits for whatever the last holder may still have under way, and shuts it out.
      const rows = await session.run(
        sql`update heddle.deployments set holder = ${sql.value(this.holder)} where number = ${sql.value(number)} returning number`,
      )
      if (rows.length === 0) throw new DeploymentBusyError(id)
    } finally {
      clearInterval(impatient)
    }
  }

  /** Makes sure of the lock: when the server was away, it went with the connection. */
  async hold(): Promise<void> {
    if (this.#session?.isOpen !== true) await this.#lock(Math.min(regainMs, this.#terms.patienceMs))
  }

  /** Lets go of a lock on a server that only reads: the one that counts is on another. */
  async doubt(): Promise<void> {
    await this.#session?.close()
  }

  async release(): Promise<void> {
    this.#isReleased = true
    clearInterval(this.#beating)
    await this.#locking?.catch(() => undefined)
    await this.#session?.close()
    this.#session = null
  }

  #lock(patienceMs: number): Promise<Session> {
    this.#locking ??= this.#tryToLock(patienceMs).finally(() => {
      this.#locking = null
    })
    return this.#locking
  }

  async #tryToLock(patienceMs: number): Promise<Session> {
    const { number, id, silenceMs, onStandBy, signal } = this.#terms
    const session = await this.#postgres.session()
    const since = Date.now()
    let isStandBy = false
    try {
      await limitSilence(session, silenceMs)
      for (;;) {
        const [row] = await session.run(
          sql`select pg_try_advisory_lock(${sql.int(lockClass)}, ${sql.int(number)}) as is_ours`,
        )
        if (row?.is_ours === true) {
          this.#session = session
          return session
        }
        const waitedMs = Date.now() - since
        if (waitedMs >= patienceMs || signal?.aborted || this.#isReleased) throw new DeploymentBusyError(id)
        if (!isStandBy && waitedMs >= partingMs && patienceMs === Number.POSITIVE_INFINITY) {
          isStandBy = true
          onStandBy?.()
        }
        await wait(isStandBy ? calmMs : eagerMs, undefined, { signal }).catch(() => undefined)
      }
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** Lets the server know that we live; and if the lock went with its connection, gets it back before somebody else does. */
  async #beat(): Promise<void> {
    if (this.#session === null || this.#isReleased || !this.#isHeard) return
    this.#isHeard = false
    try {
      if (this.#session.isOpen) await this.#session.run(sql`select`)
      else await this.#lock(0)
    } catch (error) {
      // While the server is away, nobody has it.
      if (error instanceof DeploymentBusyError) this.#terms.onLost?.()
    } finally {
      this.#isHeard = true
    }
  }

  /** The last holder may be frozen in the middle of a transaction. It has no lock any more, so that one has no right to be finished. */
  async #endLastWords(pid: number): Promise<void> {
    await this.#postgres
      .run(
        sql`select pg_terminate_backend(a.pid) from pg_stat_activity a
          where a.pid = any(pg_blocking_pids(${sql.value(pid)}::int4)) and a.application_name like 'heddle%'`,
      )
      .catch(() => undefined)
  }
}

/** Before Postgres 14 a frozen holder keeps its lock for as long as it is frozen. */
async function limitSilence(session: Session, silenceMs: number): Promise<void> {
  await session
    .run(sql`select set_config('idle_session_timeout', ${sql.value(`${Math.ceil(silenceMs)}ms`)}, false)`)
    .catch(() => undefined)
}
