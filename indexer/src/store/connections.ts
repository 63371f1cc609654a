import { ConnectionsShortError } from '../errors.ts'
import type { Runner } from './postgres.ts'
import { sql } from './sql.ts'

/** Of each deployment, for as long as it is indexed: one holds its lease, one writes. */
const ofEach = 2
/** For those who answer and deploy, and what else there is: a gateway, a backup, an operator. */
const ofOthers = 30

/**
 * Makes sure that one more deployment can be indexed and the others still be asked: where all connections are taken, nobody gets an answer.
 * @param atWork - how many are indexed by now
 * @throws {@link ConnectionsShortError}
 */
export async function requireConnections(runner: Runner, atWork: number): Promise<void> {
  const [row] = await runner.run(sql`select current_setting('max_connections')::int4 as most,
    current_setting('superuser_reserved_connections')::int4 as reserved`)
  const [most, reserved] = [Number(row?.most), Number(row?.reserved)]
  const fit = Math.max(1, Math.floor((most - reserved - ofOthers) / ofEach))
  if (atWork >= fit) throw new ConnectionsShortError(fit, most)
}
