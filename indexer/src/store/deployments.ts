import { fileTypes } from '../deployment/data-source.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { InvalidDeploymentError, StoreFormatError } from '../errors.ts'
import { findBuild } from './arrivals.ts'
import { createStatements } from './ddl.ts'
import { writeFiles } from './files.ts'
import { followProblems } from './follow-rules.ts'
import { graftProblems } from './graft.ts'
import { layoutOf, layoutVersion } from './layout.ts'
import { lockMetadata } from './metadata.ts'
import type { Postgres, Row, Runner } from './postgres.ts'
import { type Progress, progressColumns, progressOf } from './progress.ts'
import { historyOf } from './prune.ts'
import { sql } from './sql.ts'

/** A deployment as the database knows it. */
export interface StoredDeployment {
  readonly number: number
  /** `Qm…` */
  readonly id: string
  readonly schemaName: string
  readonly network: string
  /** Subgraph names that point at it. */
  readonly names: readonly string[]
  readonly manifest: string
  readonly startBlock: number
  readonly layoutVersion: number
  readonly progress: Progress
  /** Oldest first; of many, the fatal ones and the oldest. */
  readonly errors: readonly StoredError[]
}

export interface StoredError {
  readonly message: string
  readonly handler: string | null
  readonly block: { readonly number: number; readonly hash: `0x${string}` } | null
  readonly isDeterministic: boolean
  readonly isFatal: boolean
}

/**
 * Finds a deployment's row, or makes it with its tables in one transaction. Two processes may do so at once.
 * @param finality - how many blocks a graft has to stay behind its base
 * @param leastHistory - how many blocks of history `prune: auto` keeps
 * @throws {@link StoreFormatError} if its rows were written in another layout; {@link InvalidDeploymentError} if it cannot be grafted
 */
export async function prepareDeployment(
  postgres: Postgres,
  deployment: Deployment,
  finality: number,
  leastHistory = 2 * finality,
): Promise<{ number: number; schemaName: string }> {
  return (
    (await findDeployment(postgres, deployment.id)) ??
    postgres.transaction(async (transaction) => {
      await lockMetadata(transaction)
      const found = await findDeployment(transaction, deployment.id)
      if (found !== null) return found
      const [row] = await transaction.run(sql`with next as (
          select nextval(pg_get_serial_sequence('heddle.deployments', 'number'))::int4 as number
        ) insert into heddle.deployments
        (number, id, schema_name, network, manifest, schema_text, layout_version, start_block, earliest_block, file_types, history_blocks)
        overriding system value select next.number, ${sql.value(deployment.id)}, 'sgd' || next.number,
          ${sql.value(deployment.network)}, ${sql.value(withoutNul(deployment.manifestText))},
          ${sql.value(withoutNul(deployment.schema.text))}, ${sql.value(layoutVersion)},
          ${sql.value(deployment.startBlock)}, ${sql.value(Math.max(deployment.startBlock - 1, 0))},
          ${sql.value([...fileTypes(deployment)])}::text[], ${sql.value(historyOf(deployment.prune, leastHistory))} from next
        returning number, schema_name`)
      const made = { number: Number(row?.number), schemaName: String(row?.schema_name) }
      const problems = [
        ...(await graftProblems(transaction, deployment, { finality, schemaName: made.schemaName })),
        ...(await followProblems(deployment, (id) => findBuild(transaction, id))),
      ]
      if (problems.length > 0) throw new InvalidDeploymentError(deployment.id, problems)
      const layout = layoutOf(deployment.schema, made.schemaName, fileTypes(deployment))
      for (const statement of createStatements(layout)) {
        await transaction.run(statement)
      }
      await writeFiles(transaction, made.number, deployment.files)
      return made
    })
  )
}

/** How many blocks back a deployment can be asked. */
export async function keepHistory(runner: Runner, deployment: number, blocks: number): Promise<void> {
  await runner.run(
    sql`update heddle.deployments set history_blocks = ${sql.value(blocks)} where number = ${sql.value(deployment)}`,
  )
}

async function findDeployment(runner: Runner, id: string): Promise<{ number: number; schemaName: string } | null> {
  const [row] = await runner.run(
    sql`select number, schema_name, layout_version from heddle.deployments where id = ${sql.value(id)}`,
  )
  if (row === undefined) return null
  const found = Number(row.layout_version)
  if (found !== layoutVersion) throw new StoreFormatError(`The deployment ${id}`, found, layoutVersion)
  return { number: Number(row.number), schemaName: String(row.schema_name) }
}

/**
 * All deployments in the database, oldest first, but for indexes that are being made anew. The chain's head is what any of its
 * network's has seen last: one that failed no longer looks. The metadata must have been prepared.
 */
export async function readDeployments(runner: Runner): Promise<StoredDeployment[]> {
  const rows = await runner.run(sql`
    select d.number, d.id, d.schema_name, d.network, d.manifest, d.start_block, d.layout_version, ${progressColumns},
      first_value(head_number) over newest as head_number, first_value(head_hash) over newest as head_hash,
      coalesce((select json_agg(n.name order by n.created_at, n.name) from heddle.names n where n.deployment = d.number), '[]') as names,
      coalesce((select json_agg(json_build_object('message', e.message, 'handler', e.handler, 'number', e.block_number,
        'hash', encode(e.block_hash, 'hex'), 'isDeterministic', e.is_deterministic, 'isFatal', e.is_fatal) order by e.sequence)
        from (select * from heddle.errors where deployment = d.number order by is_fatal desc, sequence desc limit 1001) e),
        '[]') as errors
    from heddle.deployments d where d.id not like 'rebuild:%'
    window newest as (partition by network order by health = 'failed', head_number desc nulls last)
    order by d.number`)
  return rows.map(deploymentOf)
}

function deploymentOf(row: Row): StoredDeployment {
  const names: string[] = JSON.parse(String(row.names))
  const errors: RawError[] = JSON.parse(String(row.errors))
  return {
    number: Number(row.number),
    id: String(row.id),
    schemaName: String(row.schema_name),
    network: String(row.network),
    names,
    manifest: String(row.manifest),
    startBlock: Number(row.start_block),
    layoutVersion: Number(row.layout_version),
    progress: progressOf(row),
    errors: errors.map(({ number, hash, ...error }) => ({
      ...error,
      block: number === null || hash === null ? null : { number, hash: `0x${hash}` },
    })),
  }
}

type RawError = Omit<StoredError, 'block'> & { readonly number: number | null; readonly hash: string | null }

function withoutNul(text: string): string {
  return text.replaceAll('\0', '')
}
