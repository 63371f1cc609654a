import type { Deployment } from '../deployment/deployment.ts'
import { readAssignments } from '../store/assignments.ts'
import { readDeployments } from '../store/deployments.ts'
import { currentBlock, type Layout } from '../store/layout.ts'
import { readNames } from '../store/names.ts'
import type { Runner } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'
import type { StatusSource } from './status.ts'

/**
 * Reads what the status page tells from the database.
 * @param layoutOf - the tables of a deployment by its id; without them its entities are not counted
 */
export function statusSource(
  postgres: Runner,
  { version, layoutOf }: { version: string; layoutOf: (id: Deployment['id']) => Promise<Layout | undefined> },
): StatusSource {
  return {
    version,
    deployments: () => readDeployments(postgres),
    entityCount: async (deployment) => countEntities(postgres, await layoutOf(deployment.id)),
    names: () => readNames(postgres),
    assignments: () => readAssignments(postgres),
    blockHash: async (network, number) => {
      const [row] = await postgres.run(sql`select encode(l.hash, 'hex') as hash from heddle.links l
        join heddle.deployments d on d.number = l.deployment
        where d.network = ${sql.value(network)} and l.number = ${sql.value(number)} limit 1`)
      return row ? `0x${row.hash}` : null
    },
  }
}

async function countEntities(postgres: Runner, layout: Layout | undefined): Promise<number> {
  const counts = [...(layout?.tables.values() ?? [])]
    .filter(({ type }) => type.kind === 'entity')
    .map(({ ident, isVersioned }) => {
      const current = isVersioned ? sql` where block_to = ${sql.int(currentBlock)}` : sql.empty
      return sql`(select count(*) from ${ident}${current})`
    })
  if (counts.length === 0) return 0
  const [row] = await postgres.run(sql`select ${sql.join(counts, sql` + `)} as count`)
  return Number(row?.count ?? 0)
}
