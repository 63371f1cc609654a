import { join } from 'node:path'
import type { Config } from '../config.ts'
import { DeploymentUnknownError } from '../errors.ts'
import { readDeployments, type StoredDeployment } from '../store/deployments.ts'
import { startEmbeddedPostgres } from '../store/embedded.ts'
import { prepareMetadata } from '../store/metadata.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'

/** The database of a command: the one that is named, or the embedded one while no indexer runs it. */
export async function withDatabase<T>(
  { postgresUrl, dataDir }: Config,
  work: (postgres: Postgres, url: string) => Promise<T>,
): Promise<T> {
  const embedded =
    postgresUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), database: 'heddle' })
      : null
  const url = postgresUrl ?? embedded?.url ?? ''
  const postgres = createPostgres(url, { max: 5, applicationName: 'heddle-verify' })
  try {
    await prepareMetadata(postgres)
    return await work(postgres, url)
  } finally {
    await postgres.end()
    await embedded?.stop()
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
  if (chosen.length === 0)
    throw new DeploymentUnknownError(
      wanted ?? '',
      known.flatMap(({ names }) => names),
    )
  return chosen
}
