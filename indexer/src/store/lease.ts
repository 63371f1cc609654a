import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { DeploymentBusyError } from '../errors.ts'
import { lockClass } from './metadata.ts'
import type { Postgres, Session } from './postgres.ts'
import { sql } from './sql.ts'

/** Whose lease it is, and how long the server may take to notice that the last holder died. */
export interface LeaseTerms {
  readonly number: number
  readonly id: string
  readonly patienceMs: number
}

/**
 * The right to index a deployment, in two halves:
 *
 * - an advisory lock on a connection of its own, which the server frees when that closes, however its process ended. It keeps two
 *   indexers apart that mean well.
 * - our name in the deployment's row, checked in every transaction. It stops one that lost its lock without noticing.
 */
export class Lease {
  readonly holder = randomUUID()
  readonly #postgres: Postgres
  readonly #terms: LeaseTerms
  #session: Session | null = null

  constructor(postgres: Postgres, terms: LeaseTerms) {
    this.#postgres = postgres
    this.#terms = terms
  }

  /**
   * Takes the lease for the first time.
   * @throws {@link DeploymentBusyError} if somebody else has it
   */
  async take(): Promise<void> {
    await this.hold()
    const { number, id } = this.#terms
    // Waits for whatever the last holder may still have under way, and shuts it out.
    const rows = await this.#postgres.run(
      sql`update heddle.deployments set holder = ${sql.value(this.holder)} where number = ${sql.value(number)} returning number`,
    )
    if (rows.length === 0) throw new DeploymentBusyError(id)
  }

  /** Makes sure of the lock: when the server was away, it went with the connection. */
  async hold(): Promise<void> {
    if (this.#session?.isOpen !== true) this.#session = await this.#lock()
  }

  async release(): Promise<void> {
    await this.#session?.close()
    this.#session = null
  }

  async #lock(): Promise<Session> {
    const { number, id, patienceMs } = this.#terms
    const session = await this.#postgres.session()
    const deadline = Date.now() + patienceMs
    try {
      for (;;) {
        const [row] = await session.run(
          sql`select pg_try_advisory_lock(${sql.int(lockClass)}, ${sql.int(number)}) as is_ours`,
        )
        if (row?.is_ours === true) return session
        if (Date.now() >= deadline) throw new DeploymentBusyError(id)
        await wait(100)
      }
    } catch (error) {
      await session.close()
      throw error
    }
  }
}
