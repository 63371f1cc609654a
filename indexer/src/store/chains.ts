import { bytesToHex } from './codec.ts'
import { prepareMetadata } from './metadata.ts'
import type { Postgres } from './postgres.ts'
import { sql } from './sql.ts'

/** The genesis block that was seen on a network when it was first indexed, or null. */
export async function readGenesis(postgres: Postgres, network: string): Promise<`0x${string}` | null> {
  await prepareMetadata(postgres)
  const [row] = await postgres.run(sql`select genesis_hash from heddle.chains where network = ${sql.value(network)}`)
  return row === undefined ? null : bytesToHex(row.genesis_hash ?? '\\x')
}

export async function writeGenesis(postgres: Postgres, network: string, hash: `0x${string}`): Promise<void> {
  await prepareMetadata(postgres)
  await postgres.run(sql`insert into heddle.chains (network, genesis_hash)
    values (${sql.value(network)}, ${sql.value(`\\x${hash.slice(2)}`)}::bytea)
    on conflict (network) do update set genesis_hash = excluded.genesis_hash`)
}

/** Throws away every deployment of a network, and its genesis: for a development chain that was started anew. */
export async function dropNetwork(postgres: Postgres, network: string): Promise<void> {
  await prepareMetadata(postgres)
  await postgres.transaction(async (transaction) => {
    const rows = await transaction.run(
      sql`delete from heddle.deployments where network = ${sql.value(network)} returning schema_name`,
    )
    for (const row of rows) {
      await transaction.run(sql`drop schema if exists ${sql.ident(String(row.schema_name))} cascade`)
    }
    await transaction.run(sql`delete from heddle.chains where network = ${sql.value(network)}`)
  })
}
