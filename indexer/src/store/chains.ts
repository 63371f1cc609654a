import { bytesToHex } from './codec.ts'
import type { Runner } from './postgres.ts'
import { hexValue } from './progress.ts'
import { sql } from './sql.ts'

/** The genesis block of the chain that a deployment's rows are of, or null before the first look. */
export async function readGenesis(runner: Runner, deployment: number): Promise<`0x${string}` | null> {
  const [row] = await runner.run(
    sql`select genesis_hash from heddle.deployments where number = ${sql.value(deployment)}`,
  )
  return typeof row?.genesis_hash === 'string' ? bytesToHex(row.genesis_hash) : null
}

export async function writeGenesis(runner: Runner, deployment: number, hash: `0x${string}`): Promise<void> {
  await runner.run(
    sql`update heddle.deployments set genesis_hash = ${hexValue(hash)} where number = ${sql.value(deployment)}`,
  )
}
