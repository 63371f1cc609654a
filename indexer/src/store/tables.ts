import { StoreFormatError } from '../errors.ts'
import { layoutVersion } from './layout.ts'
import type { Runner } from './postgres.ts'
import { sql } from './sql.ts'

/** Where a deployment's rows are, and what they mean. */
export interface StoredTables {
  readonly number: number
  readonly network: string
  readonly schemaName: string
  readonly schemaText: string
  /** As it was deployed; its files are in `heddle.files`. */
  readonly manifestText: string
}

/** @returns null if there is no such deployment, or its tables are another Heddle's */
export async function findTables(runner: Runner, id: string): Promise<StoredTables | null> {
  const [row] = await runner.run(sql`select number, network, schema_name, schema_text, manifest from heddle.deployments
    where id = ${sql.value(id)} and layout_version = ${sql.value(layoutVersion)}`)
  if (row === undefined) return null
  const { number, network, schema_name, schema_text, manifest } = row
  return {
    number: Number(number),
    network: String(network),
    schemaName: String(schema_name),
    schemaText: String(schema_text),
    manifestText: String(manifest),
  }
}

/** @throws {@link StoreFormatError} if a deployment's tables are another Heddle's */
export async function requireOwnLayout(runner: Runner, id: string): Promise<void> {
  const [row] = await runner.run(sql`select layout_version from heddle.deployments where id = ${sql.value(id)}`)
  const found = Number(row?.layout_version ?? layoutVersion)
  if (found !== layoutVersion) throw new StoreFormatError(`The deployment ${id}`, found, layoutVersion)
}
