import type { Runner } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/**
 * A deployment that some name points at, or waits for. Without a name it is nobody's to index, but its rows stay.
 * @see graphprotocol/graph-node `subgraphs.subgraph_deployment_assignment`
 */
export interface Assignment {
  readonly number: number
  /** `Qm…` */
  readonly id: string
  readonly network: string
  /** Which indexer is to run it. */
  readonly node: string
  readonly isPaused: boolean
}

export const isAssigned = (deployment: Sql): Sql =>
  sql`exists (select from heddle.names n where ${deployment} in (n.deployment, n.pending))`

export async function readAssignments(runner: Runner): Promise<Assignment[]> {
  const rows = await runner.run(sql`select number, id, network, node, paused_at is not null as is_paused
    from heddle.deployments where ${isAssigned(sql`number`)} order by number`)
  return rows.map(({ number, id, network, node, is_paused }) => ({
    number: Number(number),
    id: String(id),
    network: String(network),
    node: String(node),
    isPaused: is_paused === true,
  }))
}

/** @returns whether there is such a deployment, and a name for it */
export async function pauseAssignment(runner: Runner, id: string, isPaused: boolean): Promise<boolean> {
  return change(runner, id, sql`paused_at = ${isPaused ? sql`coalesce(paused_at, now())` : sql`null`}`)
}

/** @returns whether there is such a deployment, and a name for it */
export async function moveAssignment(runner: Runner, id: string, node: string): Promise<boolean> {
  return change(runner, id, sql`node = ${sql.value(node)}`)
}

async function change(runner: Runner, id: string, assignments: Sql): Promise<boolean> {
  const rows = await runner.run(sql`update heddle.deployments set ${assignments}
    where id = ${sql.value(id)} and ${isAssigned(sql`number`)} returning number`)
  return rows.length > 0
}
