import { join } from 'node:path'
import { createPool, type Pool } from '../chain/pool/pool.ts'
import type { Config } from '../config.ts'
import { DeploymentUnknownError, NetworkUnknownError } from '../errors.ts'
import { readDeployments, type StoredDeployment } from '../store/deployments.ts'
import { startEmbeddedPostgres } from '../store/embedded.ts'
import { prepareMetadata } from '../store/metadata.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'

/** The database of a command: the one that is named, or the embedded one while no indexer runs it. */
export async function withDatabase<T>(
  { postgresUrl, dataDir }: Config,
  work: (postgres: Postgres) => Promise<T>,
): Promise<T> {
  const embedded =
    postgresUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), database: 'heddle' })
      : null
  const url = postgresUrl ?? embedded?.url ?? ''
  const postgres = createPostgres(url, { max: 5, applicationName: 'heddle-verify' })
  try {
    await prepareMetadata(postgres)
    return await work(postgres)
  } finally {
    await postgres.end()
    await embedded?.stop()
  }
}

/** The nodes of a network, for as long as a command needs them. @throws {@link NetworkUnknownError} */
export async function withNodes<T>(config: Config, network: string, work: (rpc: Pool) => Promise<T>): Promise<T> {
  const nodes = config.rpc.get(network)
  if (nodes === undefined) throw new NetworkUnknownError(network, [...config.rpc.keys()])
  const pool = createPool(nodes, { network, timeoutMs: config.rpcTimeoutMs })
  try {
    return await work(pool)
  } finally {
    pool.close()
  }
}

/**
 * @param wanted - an id or a name; absent: every deployment that has a name
 * @throws {@link DeploymentUnknownError} if there is none
 */
export async function chooseDeployments(postgres: Postgres, wanted: string | undefined): Promise<StoredDeployment[]> {
  const known = await readDeployments(postgres)
  const chosen = known.filter(({ id, names }) =>
    wanted === undefined ? names.length > 0 : id === wanted || names.includes(wanted),
  )
  if (chosen.length > 0) return chosen
  throw new DeploymentUnknownError(
    wanted ?? '',
    known.flatMap(({ names }) => names),
  )
}
