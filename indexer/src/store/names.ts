import type { Runner } from './postgres.ts'
import { sql } from './sql.ts'

/** Points a subgraph name at a deployment; the name leaves the one it pointed at before. */
export async function nameDeployment(runner: Runner, name: string, deployment: number): Promise<void> {
  await runner.run(sql`insert into heddle.names (name, deployment) values (${sql.value(name)}, ${sql.value(deployment)})
    on conflict (name) do update set deployment = excluded.deployment, created_at = now()
      where names.deployment <> excluded.deployment`)
}

/** @returns whether there was such a name; its deployment keeps its rows */
export async function removeName(runner: Runner, name: string): Promise<boolean> {
  const rows = await runner.run(sql`delete from heddle.names where name = ${sql.value(name)} returning name`)
  return rows.length > 0
}
