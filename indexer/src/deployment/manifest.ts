import { parse as parseYaml, YAMLError } from 'yaml'
import { z } from 'zod'
import type { Hex } from '../chain/block.ts'
import { compositionRules } from './composition-rules.ts'
import { parseContext } from './context.ts'
import { manifestRules } from './manifest-rules.ts'
import type { Manifest, ManifestBlockHandler, ManifestSource } from './written-manifest.ts'

export type { Manifest, ManifestBlockHandler, ManifestEventHandler, ManifestSource } from './written-manifest.ts'

/**
 * Reads `subgraph.yaml` as graph-cli writes it.
 * @returns the manifest as far as it could be read (null if not at all), and everything that is wrong with it
 */
export function parseManifest(text: string): { manifest: Manifest | null; problems: string[] } {
  const raw = readYaml(text)
  if (typeof raw === 'string') return { manifest: null, problems: [raw] }
  const top = topShape.safeParse(raw)
  if (!top.success) return { manifest: null, problems: top.error.issues.map((issue) => describeIssue('', issue)) }
  const problems: string[] = []
  const read = (sources: readonly unknown[], isTemplate: boolean) =>
    sources.flatMap((source, index) => parseSource(source, index, isTemplate, problems))
  const manifest: Manifest = {
    specVersion: top.data.specVersion,
    schemaFile: top.data.schema.file,
    features: top.data.features,
    dataSources: read(top.data.dataSources, false),
    templates: read(top.data.templates, true),
    ...(top.data.graft === undefined ? {} : { graft: top.data.graft }),
    ...(top.data.indexerHints?.prune === undefined ? {} : { prune: top.data.indexerHints.prune }),
  }
  problems.push(...manifestRules(manifest, problems.length === 0), ...compositionRules(manifest))
  return { manifest, problems }
}

/** All scalars stay text: an address without quotes is no number, and a BigInt does not lose its last digits. */
function readYaml(text: string): object | string {
  try {
    const raw: unknown = parseYaml(text, { schema: 'failsafe', merge: true })
    return typeof raw === 'object' && raw !== null ? raw : 'subgraph is not valid YAML: it must be a map'
  } catch (error) {
    return `subgraph is not valid YAML: ${error instanceof YAMLError ? error.message.split('\n')[0] : error}`
  }
}

function parseSource(raw: unknown, index: number, isTemplate: boolean, problems: string[]): ManifestSource[] {
  const { name, kind } = namedShape.parse(raw)
  const where = `${isTemplate ? 'template' : 'data source'} ${name === undefined ? `${index}` : `\`${name}\``}`
  if (kind === 'file/ipfs' && isTemplate) return parseFileTemplate(raw, where, problems)
  if (kind === 'subgraph' && !isTemplate) return parseEntitySource(raw, where, problems)
  if (kind !== undefined && kind !== 'ethereum' && kind !== 'ethereum/contract') {
    problems.push(
      kind === 'file/ipfs'
        ? `${where}: the kind \`${kind}\` is only for templates`
        : `${where}: the kind \`${kind}\` is not supported yet, only \`ethereum\`${isTemplate ? ' and `file/ipfs`' : ''}`,
    )
    return []
  }
  const source = sourceShape.safeParse(raw)
  if (!source.success) {
    problems.push(...source.error.issues.map((issue) => describeIssue(where, issue)))
    return []
  }
  const { data } = source
  problems.push(...refusals(data.mapping, where))
  const blockHandlers = data.mapping.blockHandlers.flatMap((handler) => blockHandler(handler, where, problems))
  const { endBlock, address } = data.source
  return [
    {
      name: data.name,
      network: data.network,
      ...(address === undefined ? {} : { address }),
      abi: data.source.abi,
      startBlock: data.source.startBlock ?? 0,
      ...(endBlock === undefined ? {} : { endBlock }),
      context: parseContext(data.context, (problem) => problems.push(`${where}: ${problem}`)),
      apiVersion: data.mapping.apiVersion,
      file: data.mapping.file,
      abis: data.mapping.abis,
      eventHandlers: data.mapping.eventHandlers.map(({ topic0, topic1, topic2, topic3, calls, ...handler }) => ({
        ...handler,
        ...(topic0 === undefined ? {} : { topic0 }),
        topics: [topic1, topic2, topic3],
        calls: calls ?? {},
      })),
      callHandlers: data.mapping.callHandlers,
      blockHandlers,
    },
  ]
}

/** A template `file/ipfs`: one handler, and nothing of the chain. */
function parseFileTemplate(raw: unknown, where: string, problems: string[]): ManifestSource[] {
  const parsed = fileTemplateShape.safeParse(raw)
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => describeIssue(where, issue)))
    return []
  }
  const { name, mapping } = parsed.data
  problems.push(...refusals(mapping, where))
  return [
    {
      name,
      network: '',
      abi: '',
      startBlock: 0,
      context: {},
      apiVersion: mapping.apiVersion,
      file: mapping.file,
      abis: mapping.abis,
      eventHandlers: [],
      callHandlers: [],
      blockHandlers: [],
      fileHandler: { handler: mapping.handler, entities: mapping.entities },
    },
  ]
}

/** A data source `subgraph`: handlers for the entities of another deployment. */
function parseEntitySource(raw: unknown, where: string, problems: string[]): ManifestSource[] {
  const parsed = entitySourceShape.safeParse(raw)
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => describeIssue(where, issue)))
    return []
  }
  const { name, network, source, context, mapping } = parsed.data
  problems.push(...refusals(mapping, where))
  return [
    {
      name,
      network,
      address: `0x${Buffer.from(source.address, 'utf8').toString('hex')}`,
      abi: '',
      startBlock: source.startBlock ?? 0,
      context: parseContext(context, (problem) => problems.push(`${where}: ${problem}`)),
      apiVersion: mapping.apiVersion,
      file: mapping.file,
      abis: mapping.abis,
      eventHandlers: [],
      callHandlers: [],
      blockHandlers: [],
      entitySource: { deployment: source.address, handlers: mapping.handlers },
    },
  ]
}

function refusals(mapping: z.infer<typeof mappingShape>, where: string): string[] {
  const problems: string[] = []
  if (mapping.language !== 'wasm/assemblyscript') {
    problems.push(`${where}: the language \`${mapping.language}\` is not supported, only \`wasm/assemblyscript\``)
  }
  return problems
}

function blockHandler(
  raw: z.infer<typeof blockHandlerShape>,
  where: string,
  problems: string[],
): ManifestBlockHandler[] {
  const { handler, filter } = raw
  if (filter === undefined) return [{ handler, filter: { kind: 'every' } }]
  if (filter.kind === 'once' || filter.kind === 'call') return [{ handler, filter: { kind: filter.kind } }]
  if (filter.kind === 'polling' && filter.every !== undefined && filter.every >= 1) {
    return [{ handler, filter: { kind: 'polling', every: filter.every } }]
  }
  problems.push(
    filter.kind === 'polling'
      ? `${where}: the polling filter of \`${handler}\` needs \`every\`, a number of at least 1`
      : `${where}: the block filter \`${filter.kind}\` of \`${handler}\` is not supported yet`,
  )
  return []
}

// ── shapes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const blockNumber = z
  .string()
  .refine((text) => /^\d+$/.test(text) && Number.isSafeInteger(Number(text)), 'must be a block number')
  .transform(Number)

/** `name:` with nothing behind it is the same as no line at all. */
function optional<T extends z.ZodType>(shape: T) {
  return z.preprocess(
    (value) => (value === '' || value === 'null' || value === '~' ? undefined : value),
    shape.optional(),
  )
}

/** A path, or a link into IPFS as `graph deploy` writes it. */
const link = z.union([z.string().min(1), z.object({ '/': z.string().min(1) }).transform((one) => one['/'])])

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address of 20 bytes')
  .transform((text) => text.toLowerCase() as Hex)

const topic = z
  .string()
  .regex(/^(0x)?[0-9a-fA-F]{1,64}$/, 'must be at most 32 bytes of hex')
  .transform((text): Hex => `0x${text.replace(/^0x/, '').toLowerCase().padStart(64, '0')}`)

const topics = z.union([topic.transform((one) => [one]), z.array(topic)]).default([])

const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .default(false)

const eventHandlerShape = z.object({
  event: z.string().regex(/^[^\s(]+\s*\(.*\)$/, 'must be a signature like Transfer(indexed address,uint256)'),
  handler: z.string().min(1),
  topic0: optional(topic),
  topic1: topics,
  topic2: topics,
  topic3: topics,
  receipt: flag,
  calls: optional(z.record(z.string(), z.string())),
})

const callHandlerShape = z.object({
  function: z.string().regex(/^[^\s(]+\s*\(.*\)$/, 'must be a signature like transfer(address,uint256)'),
  handler: z.string().min(1),
})

const blockHandlerShape = z.object({
  handler: z.string().min(1),
  filter: optional(z.object({ kind: z.string(), every: optional(blockNumber) })),
})

const list = <T extends z.ZodType>(shape: T) => optional(z.array(shape)).transform((items) => items ?? [])

const mappingShape = z.object({
  apiVersion: z.string().regex(/^\d+\.\d+\.\d+$/, 'must look like 0.0.9'),
  language: z.string().default('wasm/assemblyscript'),
  file: link,
  abis: list(z.object({ name: z.string().min(1), file: link })),
  eventHandlers: list(eventHandlerShape),
  blockHandlers: list(blockHandlerShape),
  callHandlers: list(callHandlerShape),
})

const sourceShape = z.object({
  kind: z.string(),
  name: z.string().min(1),
  network: z.string().min(1),
  source: z.object({
    address: optional(address),
    abi: z.string().min(1),
    startBlock: optional(blockNumber),
    endBlock: optional(blockNumber),
  }),
  context: optional(z.record(z.string(), z.unknown())),
  mapping: mappingShape,
})

const fileTemplateShape = z.object({
  name: z.string().min(1),
  mapping: mappingShape.extend({ handler: z.string().min(1), entities: list(z.string()) }),
})

const entitySourceShape = z.object({
  name: z.string().min(1),
  network: z.string().min(1),
  source: z.object({
    address: z.string().regex(/^[A-Za-z0-9_]{1,46}$/, 'must be the id of a deployment'),
    startBlock: optional(blockNumber),
  }),
  context: optional(z.record(z.string(), z.unknown())),
  mapping: mappingShape.extend({
    handlers: z.array(z.object({ handler: z.string().min(1), entity: z.string().min(1) })),
  }),
})

/** Enough of a data source to say which one it is and why it is refused. */
const namedShape = z
  .object({ name: z.string().optional().catch(undefined), kind: z.string().optional().catch(undefined) })
  .catch({})

const topShape = z.object({
  specVersion: z.string().regex(/^\d+\.\d+\.\d+$/, 'must look like 1.3.0'),
  schema: z.object({ file: link }),
  features: list(z.string()),
  dataSources: list(z.unknown()),
  templates: list(z.unknown()),
  graft: optional(z.object({ base: z.string().min(1), block: blockNumber })),
  indexerHints: optional(z.object({ prune: optional(z.union([z.enum(['auto', 'never']), blockNumber])) })),
})

function describeIssue(where: string, issue: z.core.$ZodIssue): string {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  const message =
    issue.message.startsWith('Invalid input: expected') && issue.input === undefined ? 'is missing' : issue.message
  return [
    where === '' ? '' : `${where}: `,
    `\`${path.replace(/^\./, '')}\` `,
    message.replace('Invalid input: ', ''),
  ].join('')
}
