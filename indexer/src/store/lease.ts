import { setTimeout as wait } from 'node:timers/promises'
import { DeploymentBusyError } from '../errors.ts'
import { lockClass } from './metadata.ts'
import type { Postgres, Session } from './postgres.ts'
import { sql } from './sql.ts'

/** How long the server may take to notice that the last holder died. */
const patienceMs = 5_000

/**
 * The right to index a deployment: an advisory lock on a connection of its own, which the server frees when that closes,
 * however its process ended. It keeps two indexers apart that mean well; the `holder` of the deployment's row, checked in every
 * transaction, stops one that lost its lease without noticing.
 */
export async function takeLease(postgres: Postgres, deployment: { number: number; id: string }): Promise<Session> {
  const session = await postgres.session()
  const deadline = Date.now() + patienceMs
  try {
    for (;;) {
      const [row] = await session.run(
        sql`select pg_try_advisory_lock(${sql.int(lockClass)}, ${sql.int(deployment.number)}) as is_ours`,
      )
      if (row?.is_ours === true) return session
      if (Date.now() > deadline) throw new DeploymentBusyError(deployment.id)
      await wait(100)
    }
  } catch (error) {
    await session.close()
    throw error
  }
}
