import type { Deployment } from '../deployment/deployment.ts'
import { isBefore } from '../deployment/manifest-rules.ts'
import type { FollowedBuild } from './arrivals.ts'

/**
 * Why a deployment cannot follow those it names, in graph-node's words.
 * @param find - the build of a deployment of this database; null if there is none, and then it is waited for
 */
export async function followProblems(
  { dataSources, network }: Pick<Deployment, 'dataSources' | 'network'>,
  find: (id: string) => Promise<FollowedBuild | null>,
): Promise<string[]> {
  const problems: string[] = []
  for (const [index, { entitySource }] of dataSources.entries()) {
    if (entitySource === undefined) continue
    const build = await find(entitySource.deployment)
    const problem = build && (await problemOf(build, entitySource.deployment, entitySource.handlers, network))
    if (problem !== null) problems.push(`failed to resolve data source at index ${index}: ${problem}`)
  }
  return problems
}

async function problemOf(
  { manifest: text, schema, network: itsNetwork, fileTypes }: FollowedBuild,
  id: string,
  handlers: readonly { readonly entity: string }[],
  network: string,
): Promise<string | null> {
  // Only there where one follows another: it is large.
  const { parseManifest } = await import('../deployment/manifest.ts')
  const { manifest } = parseManifest(text)
  const nested = manifest?.dataSources.filter(({ entitySource }) => entitySource !== undefined) ?? []
  if (nested.length > 0) {
    return `Nested subgraph data sources [${nested.map(({ name }) => name).join(', ')}] are not supported.`
  }
  const specVersion = manifest?.specVersion ?? '0.0.0'
  if (isBefore(specVersion, '1.3.0')) {
    return `Source subgraph [${id}] manifest spec version ${specVersion} is not supported, minimum supported version is 1.3.0`
  }
  if (itsNetwork !== network) return `Source subgraph [${id}] is of network ${itsNetwork}, not of ${network}`
  for (const { entity } of handlers) {
    if (schema.interfaces.has(entity)) return `Entity ${entity} is an interface and cannot be used as a mapping entity`
    if (schema.aggregations.has(entity)) {
      return `Entity ${entity} is an aggregation and cannot be used as a mapping entity`
    }
    const type = schema.entities.get(entity)
    if (type === undefined) return `Entity ${entity} not found in source manifest`
    if (!type.isImmutable && !type.isTimeseries) {
      return `Entity ${entity} is not immutable and cannot be used as a mapping entity`
    }
    if (fileTypes.includes(entity))
      return `Entity ${entity} is written by file data sources and cannot be used as a mapping entity`
  }
  return null
}
