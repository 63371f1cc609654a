import type { Cell, Runner } from './postgres.ts'
import { type Sql, sql } from './sql.ts'

/** A subgraph's name, and the deployments behind it: their ids, `Qm…`. */
export interface StoredName {
  readonly name: string
  /** Answers queries; null until the first is deployed. */
  readonly current: string | null
  /** Takes over when it has caught up with its chain. */
  readonly pending: string | null
  /** Every deployment it was ever pointed at, those two among them, oldest first. */
  readonly versions: readonly string[]
}

/**
 * When a new deployment takes over a name: at once, or when it has caught up with its chain. A name whose current deployment has
 * not caught up itself is taken over at once either way.
 */
export type Switching = 'instant' | 'synced'

/** @returns the name's id, whether it was there or not */
export async function createName(runner: Runner, name: string): Promise<string> {
  const [row] = await runner.run(sql`insert into heddle.names (name, deployment) values (${sql.value(name)}, null)
    on conflict (name) do update set name = excluded.name returning id`)
  return String(row?.id)
}

export async function hasName(runner: Runner, name: string): Promise<boolean> {
  return (await runner.run(sql`select from heddle.names where name = ${sql.value(name)}`)).length > 0
}

/** The names that a deployment answers for, or will when it has caught up. */
export async function namesOf(runner: Runner, deployment: number): Promise<string[]> {
  const rows = await runner.run(sql`select name from heddle.names
    where ${sql.value(deployment)} in (deployment, pending) order by created_at, name`)
  return rows.map(({ name }) => String(name))
}

/** All names, oldest first. */
export async function readNames(runner: Runner): Promise<StoredName[]> {
  const rows = await runner.run(
    sql`select n.name, d.id as current, p.id as pending, (
        select string_agg(of_version.id, ' ' order by v.created_at, of_version.number) from heddle.versions v
        join heddle.deployments of_version on of_version.number = v.deployment where v.name = n.name) as versions
      from heddle.names n
      left join heddle.deployments d on d.number = n.deployment
      left join heddle.deployments p on p.number = n.pending order by n.created_at, n.name`,
    { name: 'heddle-read-names' },
  )
  const text = (cell: Cell | undefined) => (typeof cell === 'string' ? cell : null)
  return rows.map(({ name, current, pending, versions }) => ({
    name: String(name),
    current: text(current),
    pending: text(pending),
    versions: text(versions)?.split(' ') ?? [],
  }))
}

/**
 * Points a subgraph name at a deployment. Pointing it at the one it has changes nothing but to call off another that was to come.
 * @see graphprotocol/graph-node store/postgres/src/primary.rs, `create_subgraph_version`
 */
export async function nameDeployment(
  runner: Runner,
  name: string,
  deployment: number,
  switching: Switching = 'instant',
): Promise<void> {
  const number = sql`${sql.value(deployment)}::int4`
  const waits: Sql =
    switching === 'instant'
      ? sql`false`
      : sql`names.deployment is distinct from ${number} and ${isSynced(sql`names.deployment`)} and not ${isSynced(number)}`
  await runner.run(sql`with named as (insert into heddle.names (name, deployment) values (${sql.value(name)}, ${number})
    on conflict (name) do update set
      deployment = case when ${waits} then names.deployment else excluded.deployment end,
      pending = case when ${waits} then excluded.deployment end,
      created_at = case when names.deployment = excluded.deployment then names.created_at else now() end
    returning name)
    insert into heddle.versions (name, deployment) select name, ${number} from named on conflict do nothing`)
}

/** Lets deployments that have caught up take over the names they were waiting for. @returns those names */
export async function promoteSynced(runner: Runner): Promise<string[]> {
  const rows = await runner.run(sql`update heddle.names set deployment = pending, pending = null
    where pending is not null and ${isSynced(sql`pending`)} returning name`)
  return rows.map(({ name }) => String(name))
}

/** @returns whether there was such a name; its deployment keeps its rows */
export async function removeName(runner: Runner, name: string): Promise<boolean> {
  const rows = await runner.run(sql`delete from heddle.names where name = ${sql.value(name)} returning name`)
  return rows.length > 0
}

function isSynced(deployment: Sql): Sql {
  return sql`exists (select from heddle.deployments d where d.number = ${deployment} and d.synced_at is not null)`
}
