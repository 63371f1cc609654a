import { assembleDeployment, type Deployment } from '../deployment/deployment.ts'
import { DeploymentFilesMissingError } from '../errors.ts'
import { readFiles } from '../store/files.ts'
import type { Runner } from '../store/postgres.ts'
import { findTables, requireOwnLayout } from '../store/tables.ts'

/** A deployment as it was stored when it was deployed. @throws {@link DeploymentFilesMissingError}, StoreFormatError */
export async function readBuild(postgres: Runner, { number, id }: { number: number; id: string }): Promise<Deployment> {
  await requireOwnLayout(postgres, id)
  const [tables, files] = await Promise.all([findTables(postgres, id), readFiles(postgres, number)])
  if (tables === null || files.size === 0) throw new DeploymentFilesMissingError(id)
  return assembleDeployment(id, tables.manifestText, async (link) => {
    const content = files.get(link)
    if (content === undefined) throw new DeploymentFilesMissingError(id)
    return content
  })
}
