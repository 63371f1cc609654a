import type { Manifest, ManifestSource } from './written-manifest.ts'

/** The newest versions that are known, as in graph-node 0.45. */
const SPEC_VERSIONS = { min: '0.0.2', max: '1.5.0' }
const API_VERSIONS = { min: '0.0.0', max: '0.0.10' }

const FEATURES = [
  'nonFatalErrors',
  'grafting',
  'fullTextSearch',
  'ipfsOnEthereumContracts',
  'nonDeterministicIpfs',
  'aggregations',
  'declaredEthCalls',
  'bytesAsIds',
  'immutableEntities',
]

/**
 * What a manifest may not say although each of its parts is well-formed.
 * @param isWhole - whether every data source could be read: without them, it makes no sense to complain that there are none
 */
export function manifestRules(manifest: Manifest, isWhole: boolean): string[] {
  const { specVersion, features, dataSources, templates } = manifest
  const sources = [...dataSources, ...templates]
  const problems: string[] = []
  if (!isWithin(specVersion, SPEC_VERSIONS)) {
    const { min, max } = SPEC_VERSIONS
    problems.push(`manifest spec versions between ${min} and ${max} are supported, but this is ${specVersion}`)
  }
  for (const feature of features.filter((one) => !FEATURES.includes(one)))
    problems.push(`unknown feature \`${feature}\``)
  if (manifest.graft !== undefined && !isBefore(specVersion, '0.0.4') && !features.includes('grafting')) {
    problems.push('The feature `grafting` is used by the subgraph but it is not declared in the manifest.')
  }
  if (isWhole && dataSources.length === 0) problems.push('subgraph has no data sources')
  // A template's network is not looked at: its sources are of the chain that the others are of.
  if (new Set(dataSources.map((source) => source.network)).size > 1) {
    problems.push('subgraph cannot index data from different Ethereum networks')
  }
  const apiVersions = [...new Set(sources.map((source) => source.apiVersion))]
  if (apiVersions.length > 1 && !apiVersions.every((version) => isBefore(version, '0.0.5'))) {
    problems.push(`subgraph must use a single apiVersion across its data sources. Found: ${apiVersions.join(', ')}`)
  }
  return [
    ...problems,
    ...repeated(dataSources).map((name) => `there are two data sources \`${name}\``),
    ...repeated(templates).map((name) => `there are two templates \`${name}\``),
    ...dataSources.flatMap((source) => sourceRules(source, specVersion, false)),
    ...templates.flatMap((source) => sourceRules(source, specVersion, true)),
  ]
}

function isOfChain({ fileHandler, entitySource }: ManifestSource): boolean {
  return fileHandler === undefined && entitySource === undefined
}

function sourceRules(source: ManifestSource, specVersion: string, isTemplate: boolean): string[] {
  const { name, apiVersion, eventHandlers, blockHandlers, endBlock, abis } = source
  const where = `${isTemplate ? 'template' : 'data source'} \`${name}\``
  const needsSpec = (what: string, version: string) =>
    isBefore(specVersion, version) ? [`${where}: ${what} is not supported prior to specVersion ${version}`] : []
  const problems: string[] = []
  if (!isWithin(apiVersion, API_VERSIONS)) {
    const { min, max } = API_VERSIONS
    problems.push(`${where}: API versions between ${min} and ${max} are supported, but its mapping has ${apiVersion}`)
  }
  if (isOfChain(source) && !abis.some((abi) => abi.name === source.abi))
    problems.push(`${where}: no ABI is called \`${source.abi}\``)
  if (!isTemplate && source.address === undefined && blockHandlers.length + source.callHandlers.length > 0) {
    problems.push('subgraph source address is required')
  }
  if (endBlock !== undefined) {
    problems.push(...needsSpec('`endBlock`', '0.0.9'))
  }
  if (eventHandlers.some((handler) => handler.receipt)) {
    if (isBefore(apiVersion, '0.0.7')) problems.push(`${where}: \`receipt: true\` needs apiVersion 0.0.7`)
  }
  if (eventHandlers.some(({ topics }) => topics.some((one) => one.length > 0))) {
    problems.push(...needsSpec('a topic filter', '1.2.0'))
  }
  if (eventHandlers.some((handler) => Object.keys(handler.calls).length > 0))
    problems.push(...needsSpec('`calls`', '1.2.0'))
  return isTemplate ? problems : [...problems, ...blockHandlerRules(source, needsSpec)]
}

function blockHandlerRules(
  { name, blockHandlers }: ManifestSource,
  needsSpec: (what: string, version: string) => string[],
): string[] {
  const kinds = blockHandlers.map((handler) => handler.filter.kind)
  const problems = [...new Set(kinds)]
    .filter((kind) => kind === 'once' || kind === 'polling')
    .flatMap((kind) => needsSpec(`the block filter \`${kind}\``, '0.0.8'))
  if (new Set(kinds).size < kinds.length)
    problems.push(`data source ${name} is invalid: data source has duplicated block handlers`)
  if (kinds.includes('every') && kinds.some((kind) => kind === 'once' || kind === 'polling')) {
    problems.push(
      `data source ${name} is invalid: data source has a combination of filtered and non-filtered block handlers that is not allowed`,
    )
  }
  return problems
}

function repeated(sources: readonly ManifestSource[]): string[] {
  const names = sources.map((source) => source.name)
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
}

function isWithin(version: string, { min, max }: { min: string; max: string }): boolean {
  return !isBefore(version, min) && !isBefore(max, version)
}

/** Compares `1.10.0` and `1.9.0` by their numbers. */
export function isBefore(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
