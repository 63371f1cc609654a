import { assembleDeployment, type Deployment } from '../deployment/deployment.ts'
import { DeploymentFilesMissingError, InvalidInvariantsError } from '../errors.ts'
import type { Log } from '../log.ts'
import { readFiles } from '../store/files.ts'
import { namesOf } from '../store/names.ts'
import type { Runner } from '../store/postgres.ts'
import { findTables, requireOwnLayout } from '../store/tables.ts'
import { readInvariants, writeInvariants } from '../store/verification.ts'
import { findInvariants, namedFile } from '../verify/find-invariants.ts'
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

/**
 * What was said that must hold of it: in the file that is named for one of its names, as it is now, or by what it was started with. What
 * cannot be followed is told, and not looked at.
 * @param files - by name
 */
export async function readWatched(
  postgres: Runner,
  number: number,
  deployment: Deployment,
  { named: files, log }: { readonly named: ReadonlyMap<string, string>; readonly log: Log },
): Promise<Invariant[]> {
  try {
    const named = files.size === 0 ? undefined : namedFile(files, await namesOf(postgres, number))
    if (named !== undefined) await writeInvariants(postgres, number, await findInvariants(deployment, { named }))
    const text = await readInvariants(postgres, number)
    return text === null ? [] : parseInvariants(text, deployment, named)
  } catch (error) {
    if (!(error instanceof InvalidInvariantsError)) throw error
    log.error('verify.invariantsInvalid', { deployment: deployment.id, error })
    return []
  }
}
