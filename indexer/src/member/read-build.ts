import { assembleDeployment, type Deployment } from '../deployment/deployment.ts'
import { DeploymentFilesMissingError } from '../errors.ts'
import type { Log } from '../log.ts'
import { readFiles } from '../store/files.ts'
import type { Runner } from '../store/postgres.ts'
import { findTables, requireOwnLayout } from '../store/tables.ts'
import { readInvariants } from '../store/verification.ts'
import { type Invariant, parseInvariants } from '../verify/invariant.ts'

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

/** What was said that must hold of it. What cannot be read any more is told, and not looked at. */
export async function readWatched(
  postgres: Runner,
  number: number,
  deployment: Deployment,
  log: Log,
): Promise<Invariant[]> {
  const text = await readInvariants(postgres, number)
  try {
    return text === null ? [] : parseInvariants(text, deployment)
  } catch (error) {
    log.error('verify.invariantsInvalid', { deployment: deployment.id, error })
    return []
  }
}
