import { isBefore } from './manifest-rules.ts'
import type { Manifest } from './written-manifest.ts'

const mostSources = 5

/** What a manifest may not say of data sources `subgraph`, in graph-node's words. */
export function compositionRules({ specVersion, dataSources }: Manifest): string[] {
  const ids = dataSources.flatMap(({ entitySource }) => entitySource?.deployment ?? [])
  if (ids.length === 0) return []
  const invalid = (why: string) => `data source subgraph is invalid: ${why}`
  if (isBefore(specVersion, '1.3.0')) {
    return [invalid('Subgraph datasources are not supported prior to spec version 1.3.0')]
  }
  const problems: string[] = []
  if (ids.length < dataSources.length) {
    problems.push(invalid('Subgraph datasources cannot be used alongside onchain datasources'))
  }
  if (ids.length > mostSources) problems.push(invalid(`Cannot have more than ${mostSources} subgraph datasources`))
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) {
    problems.push(invalid(`Multiple subgraph datasources cannot use the same source subgraph ${id}`))
  }
  return problems
}
