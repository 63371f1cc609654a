import { parseDocument } from 'yaml'

/** A manifest, or a part of one, with all scalars as text. */
type Raw = { readonly [key: string]: unknown }

/**
 * Why graph-node does not even read a manifest, in its words: the first thing that it stumbles over. What it says of a manifest
 * that it can read is in `manifest-rules.ts`.
 * @param id - of the deployment
 * @returns as in `parse error: missing field …` or `resolve error: …`; null if it would read it
 * @see graphprotocol/graph-node graph/src/data/subgraph/mod.rs and data_source/*.rs: what is required, and in which step
 */
export function unreadable(id: string, text: string): string | null {
  const { manifest, problem } = readRaw(text)
  if (manifest === null) return problem
  const misread = topProblem(manifest)
  if (misread !== null) return `parse error: ${misread}`
  const unresolved = resolveProblem(id, manifest)
  return unresolved && `resolve error: ${unresolved}`
}

/**
 * What graph-node finds wrong with a manifest that it could read, where its words are others than those for who builds one.
 * @returns as in `data source Token is invalid: …`
 */
export function invalid(text: string): string[] {
  const { manifest } = readRaw(text)
  if (manifest === null) return []
  const sources = listOf(manifest.dataSources).filter(isRaw)
  const versions = [...new Set([...sources, ...listOf(manifest.templates).filter(isRaw)].map(apiVersionOf))]
  const isMixed = versions.length > 1 && versions.some((version) => !isOlder(version, '0.0.5'))
  const found = versions.sort((a, b) => (isOlder(a, b) ? -1 : 1)).join(', ')
  return [
    ...sources.flatMap((source) =>
      sourceComplaints(source, String(manifest.specVersion)).map(
        (why) => `data source ${source.name} is invalid: ${why}`,
      ),
    ),
    ...(sources.some(({ network }) => isThere(network))
      ? []
      : ['subgraph must have at least one Ethereum network data source']),
    ...(isMixed ? [`subgraph must use a single apiVersion across its data sources. Found: ${found}`] : []),
  ]
}

function sourceComplaints(source: Raw, spec: string): string[] {
  const { mapping, source: place } = source
  if (!isRaw(mapping) || String(source.kind).startsWith('subgraph')) return []
  const events = listOf(mapping.eventHandlers).filter(isRaw)
  const needsAddress = listOf(mapping.blockHandlers).length + listOf(mapping.callHandlers).length > 0
  const complaints: string[] = []
  if (needsAddress && isRaw(place) && !isThere(place.address)) complaints.push('subgraph source address is required')
  if (events.some(({ receipt }) => receipt === 'true') && isOlder(apiVersionOf(source), '0.0.7')) {
    complaints.push(
      'data source has event handlers that require transaction receipts, but this is only supported for apiVersion >= 0.0.7',
    )
  }
  for (const { event } of isOlder(spec, '1.2.0') ? events.filter(({ calls }) => isThere(calls)) : []) {
    complaints.push(`handler ${event}: declaring eth calls on handlers is only supported for specVersion >= 1.2.0`)
  }
  const abis = abiNames(mapping)
  for (const call of events.flatMap((handler) => Object.values(isRaw(handler.calls) ? handler.calls : {}))) {
    const [, abi = ''] = /^\s*(\w+)\[/.exec(String(call)) ?? []
    if (!abis.includes(abi)) complaints.push(`No ABI entry with name \`${abi}\` found`)
  }
  return complaints
}

function readRaw(text: string): { manifest: Raw; problem: null } | { manifest: null; problem: string } {
  const refuse = (problem: string) => ({ manifest: null, problem })
  const document = parseDocument(text, { schema: 'failsafe', merge: true, uniqueKeys: true, logLevel: 'error' })
  const [syntax] = document.errors
  if (syntax !== undefined) {
    return refuse(`parse error: ${syntaxText(syntax.code, text, syntax.pos[0], syntax.message)}`)
  }
  const manifest: unknown = document.toJS()
  if (manifest === null || manifest === '') return refuse('resolve error: invalid manifest')
  if (Array.isArray(manifest)) return refuse('parse error: invalid type: sequence, expected a YAML mapping')
  if (!isRaw(manifest)) return refuse(`parse error: invalid type: string "${manifest}", expected a YAML mapping`)
  const { kind } = listOf(manifest.dataSources).filter(isRaw)[0] ?? {}
  if (typeof kind !== 'string') return refuse('resolve error: invalid manifest')
  const [chain = ''] = kind.split('/')
  if (['ethereum', 'subgraph', 'file'].includes(chain)) return { manifest, problem: null }
  return refuse(`resolve error: unknown blockchain kind ${chain}`)
}

function syntaxText(code: string, text: string, at: number, message: string): string {
  if (code !== 'DUPLICATE_KEY') return message.split('\n')[0] ?? ''
  return `duplicate entry with key "${/^[\w-]*/.exec(text.slice(at))?.[0]}"`
}

// ── what is there, and of which type ────────────────────────────────────────────────────────────────────────────────────

const featureNames = [
  'nonFatalErrors',
  'grafting',
  'fullTextSearch',
  'aggregations',
  'bytesAsIds',
  'declaredEthCalls',
  'immutableEntities',
  'ipfsOnEthereumContracts',
  'nonDeterministicIpfs',
]

function topProblem(manifest: Raw): string | null {
  return (
    featuresProblem(manifest.features) ??
    first(listOf(manifest.dataSources), (source) => sourceProblem(source, false)) ??
    first(listOf(manifest.templates), (source) => sourceProblem(source, true)) ??
    (isRaw(manifest.graft) ? missing(manifest.graft, ['base', 'block']) : null) ??
    pruneProblem(manifest.indexerHints) ??
    missing(manifest, ['specVersion']) ??
    versionProblem(String(manifest.specVersion))
  )
}

function featuresProblem(features: unknown): string | null {
  if (typeof features === 'string' && features !== '') return `invalid type: string "${features}", expected a sequence`
  const unknown = listOf(features).find((feature) => !featureNames.includes(String(feature)))
  return unknown === undefined ? null : unknownVariant(String(unknown), featureNames)
}

function pruneProblem(hints: unknown): string | null {
  const prune = isRaw(hints) ? hints.prune : undefined
  if (typeof prune !== 'string' || prune === '' || ['auto', 'never'].includes(prune) || /^\d+$/.test(prune)) return null
  return /^-\d+$/.test(prune)
    ? `invalid type: integer \`${prune}\`, expected a string or an integer for history blocks`
    : "expected 'all', 'min', or a number for history blocks"
}

/** What a data source must have, by its kind; `mapping` is what its mapping must. */
const required = {
  chain: {
    own: ['name', 'source', 'mapping'],
    source: ['abi'],
    mapping: ['kind', 'apiVersion', 'language', 'entities', 'abis', 'file'],
  },
  file: { own: ['name', 'mapping'], source: [], mapping: ['apiVersion', 'language', 'file', 'handler', 'entities'] },
  subgraph: {
    own: ['name', 'network', 'source', 'mapping'],
    source: ['address'],
    mapping: ['apiVersion', 'language', 'file', 'handlers', 'entities'],
  },
}

function sourceProblem(source: unknown, isTemplate: boolean): string | null {
  if (!isRaw(source)) return null
  const [kind = ''] = String(source.kind ?? '').split('/')
  const isFile = ['file/ipfs', 'file/arweave'].includes(String(source.kind))
  if (!isFile && kind !== 'ethereum' && kind !== 'subgraph') {
    return 'data source has invalid `kind`; expected ethereum, file/ipfs'
  }
  if (isFile && !isTemplate && source.source === undefined) return 'missing field `source`'
  const { own, source: inSource, mapping: inMapping } = required[isFile ? 'file' : kind === 'subgraph' ? kind : 'chain']
  return (
    first(Object.values(isRaw(source.context) ? source.context : {}), contextProblem) ??
    (isRaw(source.source) ? (missing(source.source, inSource) ?? placeProblem(source.source, kind)) : null) ??
    (isRaw(source.mapping) ? (handlersProblem(source.mapping) ?? missing(source.mapping, inMapping)) : null) ??
    missing(source, own)
  )
}

function placeProblem({ address, startBlock, endBlock }: Raw, kind: string): string | null {
  for (const block of [startBlock, endBlock]) {
    if (typeof block === 'string' && isThere(block) && !/^-?\d+$/.test(block)) return wrongType(block, 'i32')
  }
  if (kind === 'subgraph' || typeof address !== 'string' || !isThere(address)) return null
  return bytesProblem(address, 20)
}

function handlersProblem({ eventHandlers, callHandlers, blockHandlers, abis }: Raw): string | null {
  return (
    first(listOf(abis), (abi) => (isRaw(abi) ? missing(abi, ['name', 'file']) : null)) ??
    first(listOf(blockHandlers), (one) =>
      isRaw(one) ? (filterProblem(one.filter) ?? missing(one, ['handler'])) : null,
    ) ??
    first(listOf(callHandlers), (one) => (isRaw(one) ? missing(one, ['function', 'handler']) : null)) ??
    first(listOf(eventHandlers), (one) =>
      isRaw(one) ? (topicsProblem(one) ?? missing(one, ['event', 'handler'])) : null,
    )
  )
}

function filterProblem(filter: unknown): string | null {
  if (!isRaw(filter)) return null
  const kinds = ['call', 'once', 'polling']
  if (!kinds.includes(String(filter.kind))) return unknownVariant(String(filter.kind), kinds)
  if (filter.kind !== 'polling') return null
  if (filter.every === '0') return 'invalid value: integer `0`, expected a nonzero u32'
  return missing(filter, ['every'])
}

function topicsProblem({ topic0, topic1, topic2, topic3 }: Raw): string | null {
  if (typeof topic0 === 'string' && isThere(topic0)) {
    const problem = bytesProblem(topic0, 32)
    if (problem !== null) return problem
  }
  for (const topic of [topic1, topic2, topic3].flatMap((one) => (Array.isArray(one) ? one : [one]))) {
    if (typeof topic !== 'string' || !isThere(topic)) continue
    const problem = bytesProblem(topic.replace(/^0x/, '').padStart(64, '0'), 32)
    if (problem !== null) return `Failed to parse B256: ${problem}`
  }
  return null
}

function bytesProblem(text: string, bytes: number): string | null {
  const digits = text.replace(/^0x/, '')
  if (digits.length !== bytes * 2) return 'invalid string length'
  const at = digits.search(/[^0-9a-fA-F]/)
  return at < 0 ? null : `invalid character '${digits[at]}' at position ${at}`
}

const contextTypes = ['String', 'Int', 'Int8', 'Timestamp', 'BigDecimal', 'Bool', 'List', 'Null', 'Bytes', 'BigInt']

function contextProblem(item: unknown): string | null {
  if (!isRaw(item)) return null
  const type = String(item.type)
  if (!contextTypes.includes(type)) return unknownVariant(type, contextTypes)
  if (item.data === undefined) return 'missing field `data`'
  if (type === 'List') return first(listOf(item.data), contextProblem)
  const data = String(item.data)
  if (type === 'Int' && !/^-?\d+$/.test(data)) return wrongType(data, 'i32')
  if (type === 'Bool' && !/^(true|false)$/.test(data)) return wrongType(data, 'a boolean')
  if (type === 'BigInt' && !/^[+-]?\d+$/.test(data)) return 'invalid digit found in string'
  if (type === 'BigDecimal' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(data))
    return 'invalid digit found in string'
  if (type !== 'Bytes') return null
  const digits = data.replace(/^0x/, '')
  if (digits.length % 2 === 1) return 'Odd number of digits'
  const at = digits.search(/[^0-9a-fA-F]/)
  return at < 0 ? null : `Invalid character '${digits[at]}' at position ${at}`
}

/** As the library says it that reads the versions. */
function versionProblem(version: string): string | null {
  const parts = version.split('.')
  const places = ['major', 'minor', 'patch']
  for (const [index, place] of places.entries()) {
    const part = parts[index]
    if (part === undefined) return `unexpected end of input while parsing ${places[index - 1]} version number`
    if (part === '') return `unexpected end of input while parsing ${place} version number`
    const wrong = /\D/.exec(part)?.[0]
    if (wrong === undefined) continue
    return part.startsWith(wrong)
      ? `unexpected character '${wrong}' while parsing ${place} version number`
      : `unexpected character '${wrong}' after ${place} version number`
  }
  return null
}

// ── what a manifest of its version may say ──────────────────────────────────────────────────────────────────────────────

const specVersions = { min: '0.0.2', max: '1.5.0' }
/** The newest that is known. */
const newestApi = '0.0.10'

function resolveProblem(id: string, manifest: Raw): string | null {
  const { specVersion, schema, indexerHints, dataSources, templates } = manifest
  const spec = String(specVersion)
  const { min, max } = specVersions
  if (isOlder(spec, min) || isOlder(max, spec)) {
    return `This Graph Node only supports manifest spec versions between ${min} and ${max}, but subgraph \`${id}\` uses \`${spec}\``
  }
  if (!isRaw(schema)) return 'subgraph schema is required'
  const sources = [...listOf(dataSources), ...listOf(templates)].filter(isRaw)
  const unresolved = first([...listOf(dataSources).filter(isRaw).entries()], ([index, source]) =>
    unresolvedSource(source, index, spec),
  )
  if (unresolved !== null) return unresolved
  const apis = sources.map(apiVersionOf)
  const tooNew = apis.find((version) => isOlder(newestApi, version))
  if (tooNew !== undefined) {
    return `The maximum supported mapping API version of this indexer is ${newestApi}, but \`${tooNew}\` was found`
  }
  for (const source of sources) {
    const least = leastVersion(source)
    if (isOlder(spec, least)) {
      return `Subgraph \`${id}\` uses spec version ${spec}, but data source \`${source.name}\` requires at least version ${least}`
    }
  }
  if (isOlder(spec, '0.0.9') && sources.some(({ source }) => isRaw(source) && isThere(source.endBlock))) {
    return 'Defining `endBlock` in the manifest is not supported prior to 0.0.9'
  }
  if (isOlder(spec, '1.0.0') && isThere(indexerHints)) return '`indexerHints` are not supported prior to 1.0.0'
  return null
}

/** What keeps a data source from being looked at further. */
function unresolvedSource(source: Raw, index: number, spec: string): string | null {
  const { name, mapping, source: place } = source
  const unresolved = (problem: string) =>
    `failed to resolve data source at index ${index}: failed to resolve data source ${describeSource(source)}: ${problem}`
  const version = versionProblem(apiVersionOf(source))
  if (version !== null) return unresolved(version)
  if (!isRaw(mapping) || !isRaw(place) || !String(source.kind).startsWith('ethereum')) return null
  const events = listOf(mapping.eventHandlers).filter(isRaw)
  const [abis, event] = [abiNames(mapping), events[0]]
  if (abis.length === 0 && event !== undefined) {
    return unresolved(`No ABI found for event '${event.event}' in event handler '${event.handler}'`)
  }
  for (const { event: signature, calls } of events) {
    for (const [label, call] of Object.entries(isRaw(calls) ? calls : {})) {
      const problem = callProblem(String(call), String(signature), spec)
      if (problem !== null) return unresolved(`Error in declared call '${label}':: ${problem}`)
    }
  }
  if (abis.includes(String(place.abi))) return null
  return `failed to resolve data source at index ${index}: data source \`${name}\`: No ABI entry with name \`${place.abi}\` found`
}

/** Of a call as an event handler declares it. */
function callProblem(text: string, event: string, spec: string): string | null {
  const [open, close] = [text.indexOf('['), text.indexOf(']')]
  if (open < 0) return `Invalid call expression '${text}': missing '[' after contract name`
  if (close < 0) return `Invalid call expression '${text}': missing ']' to close address`
  const address = text.slice(open + 1, close).trim()
  const why = argumentProblem(address, event, spec)
  return why && `Failed to parse address '${address}' in call expression '${text}': ${why}`
}

function argumentProblem(text: string, event: string, spec: string): string | null {
  if (text === 'event.address' || /^0x[0-9a-fA-F]{40}$/.test(text)) return null
  if (text.startsWith('entity.')) return "'entity.*' expressions not allowed in event handler context"
  if (!text.startsWith('event.')) {
    return "In event handler context, only 'event.*' expressions and hex addresses are allowed"
  }
  const [, params, name, ...members] = text.split('.')
  if (params !== 'params' || name === undefined) return `invalid call argument \`${text}\``
  if (members.length === 0 || !isOlder(spec, '1.4.0')) return null
  return `Struct field access 'event.params.${name}.*' in declarative calls is only supported for specVersion >= 1.4.0, current version is ${spec}. Event: '${event}'`
}

function abiNames({ abis }: Raw): string[] {
  return listOf(abis).flatMap((abi) => (isRaw(abi) ? [String(abi.name)] : []))
}

/** As graph-node names one that it cannot resolve. */
function describeSource({ name, source }: Raw): string {
  const { address, startBlock } = isRaw(source) ? source : {}
  const at = isThere(address) ? `Some(${String(address).toLowerCase()})` : 'None'
  return `${name} with source_address ${at} and source_start_block ${isThere(startBlock) ? startBlock : 0}`
}

function apiVersionOf({ mapping }: Raw): string {
  return isRaw(mapping) ? String(mapping.apiVersion) : ''
}

/** The first spec version that knows all that a data source uses. */
function leastVersion({ mapping }: Raw): string {
  if (!isRaw(mapping)) return specVersions.min
  const events = listOf(mapping.eventHandlers).filter(isRaw)
  if (events.some((one) => [one.topic1, one.topic2, one.topic3].some(isThere))) return '1.2.0'
  const filters = listOf(mapping.blockHandlers).filter(isRaw)
  const isYoung = filters.some(({ filter }) => isRaw(filter) && (filter.kind === 'polling' || filter.kind === 'once'))
  return isYoung ? '0.0.8' : specVersions.min
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number))
  const at = [0, 1, 2].find((place) => a?.[place] !== b?.[place])
  return at !== undefined && (a?.[at] ?? 0) < (b?.[at] ?? 0)
}

// ── small things ────────────────────────────────────────────────────────────────────────────────────────────────────────

function missing(value: Raw, fields: readonly string[]): string | null {
  const field = fields.find((one) => value[one] === undefined)
  return field === undefined ? null : `missing field \`${field}\``
}

function unknownVariant(found: string, known: readonly string[]): string {
  return `unknown variant \`${found}\`, expected one of ${known.map((one) => `\`${one}\``).join(', ')}`
}

function wrongType(text: string, expected: string): string {
  return `invalid type: string "${text}", expected ${expected}`
}

function first<T>(items: readonly T[], problemOf: (item: T) => string | null): string | null {
  for (const item of items) {
    const problem = problemOf(item)
    if (problem !== null) return problem
  }
  return null
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== 'null' && value !== '~'
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
