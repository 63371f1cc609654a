import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { InvalidDeploymentError } from '../errors.ts'
import { contentId } from './content-id.ts'
import { looksIntoStructs } from './declared-call.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { Graft, SourceDefinition } from './definition.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { isBefore } from './manifest-rules.ts'
import { parseSchema, type Schema } from './schema.ts'
import { defineSources, filesOf } from './source-definition.ts'

export type {
  BlockHandler,
  CallHandler,
  Context,
  ContextItem,
  DataSource,
  EntitySource,
  EventHandler,
  FileHandler,
  Graft,
  NewSource,
  SourceDefinition,
} from './definition.ts'

/** One immutable build of a subgraph, parsed and frozen. Nothing downstream reads YAML, JSON or GraphQL again. */
export interface Deployment {
  /** `Qm…`, as `graph deploy` tells it: made from the content of every file of the build, so another build is another deployment. */
  readonly id: string
  readonly specVersion: string
  readonly network: string
  readonly features: readonly string[]
  readonly schema: Schema
  readonly dataSources: readonly SourceDefinition[]
  readonly templates: readonly SourceDefinition[]
  /** The lowest start block of the static data sources. */
  readonly startBlock: number
  /** Compiled mappings by path; several data sources may share one. */
  readonly modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  readonly manifestText: string
  /** Every file the manifest names, by the path or link it uses: with them the build can be put together again. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  readonly graft?: Graft
  /** How many blocks of history `indexerHints` wants to be kept; absent: all. */
  readonly prune?: 'auto' | 'never' | number
}

/**
 * Reads what `graph build` wrote: the manifest and all the files it names, each once.
 * @param manifestPath - to `build/subgraph.yaml`; the paths in it are relative to its folder
 * @throws {@link InvalidDeploymentError} with every problem found
 */
export async function loadDeployment(manifestPath: string): Promise<Deployment> {
  const folder = dirname(resolve(manifestPath))
  let text: string
  try {
    text = await readFile(manifestPath, 'utf8')
  } catch (cause) {
    throw new InvalidDeploymentError(
      manifestPath,
      [`it cannot be read: ${messageOf(cause)}. Is the subgraph built?`],
      cause,
    )
  }
  return assembleDeployment(manifestPath, text, (link) => readFile(resolve(folder, link)))
}

/**
 * The same from any place that holds the files.
 * @param name - what to call the manifest in an error
 * @param read - brings the content behind a link of the manifest; rejects if there is none
 */
export async function assembleDeployment(
  name: string,
  manifestText: string,
  read: (link: string) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Deployment> {
  const { manifest, problems } = parseManifest(manifestText)
  if (!manifest) throw new InvalidDeploymentError(name, problems)
  const files = await readFiles(filesOf(manifest), read, problems)
  const schemaBytes = files.get(manifest.schemaFile)
  const schema = schemaBytes ? readSchema(decode(schemaBytes), problems) : null
  if (schema) problems.push(...schemaVersionProblems(schema, manifest.specVersion, manifest.features))
  const define = (isTemplate: boolean) => defineSources(manifest, isTemplate, files, problems)
  const dataSources = define(false)
  const templates = define(true)
  if (schema) problems.push(...fileTypeProblems(templates, schema))
  problems.push(...ipfsProblems(manifest, files))
  problems.push(...structCallProblems([...dataSources, ...templates], manifest.specVersion))
  if (problems.length > 0 || !schema) throw new InvalidDeploymentError(name, withoutRepetition(problems))
  const modulePaths = new Set([...dataSources, ...templates].map((source) => source.module))
  return deepFreeze({
    id: contentId(manifestText, files),
    specVersion: manifest.specVersion,
    network: dataSources[0]?.network ?? '',
    features: manifest.features,
    schema,
    dataSources,
    templates,
    startBlock: Math.min(...dataSources.map((source) => source.startBlock)),
    modules: new Map(files.entries().filter(([path]) => modulePaths.has(path))),
    manifestText,
    files,
    ...(manifest.graft === undefined ? {} : { graft: manifest.graft }),
    ...(manifest.prune === undefined ? {} : { prune: manifest.prune }),
  })
}

async function readFiles(
  links: readonly string[],
  read: (link: string) => Promise<Uint8Array<ArrayBuffer>>,
  problems: string[],
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const contents = await Promise.allSettled(links.map(read))
  contents.forEach((content, i) => {
    const link = links[i] ?? ''
    if (content.status === 'fulfilled') files.set(link, content.value)
    else problems.push(`${link}: it cannot be read: ${messageOf(content.reason)}`)
  })
  return files
}

function readSchema(text: string, problems: string[]): Schema | null {
  try {
    return parseSchema(text)
  } catch (error) {
    if (!(error instanceof InvalidDeploymentError)) throw error
    problems.push(...error.facts.problems.map((problem) => `schema.graphql: ${problem}`))
    return null
  }
}

function fileTypeProblems(templates: readonly SourceDefinition[], { entities }: Schema): string[] {
  return templates.flatMap(({ name, fileHandler }) =>
    (fileHandler?.entities ?? [])
      .filter((type) => !entities.has(type))
      .map((type) => `template \`${name}\`: the schema has no entity type \`${type}\``),
  )
}

function schemaVersionProblems(schema: Schema, specVersion: string, features: readonly string[]): string[] {
  const problems: string[] = []
  if (schema.fulltext.length > 0 && !isBefore(specVersion, '0.0.4') && !features.includes('fullTextSearch')) {
    problems.push('The feature `fullTextSearch` is used by the subgraph but it is not declared in the manifest.')
  }
  if (!isBefore(specVersion, '1.1.0')) return problems
  const advice = `not supported with spec version ${specVersion}; please migrate the subgraph to the latest version`
  const hasSeries = schema.aggregations.size > 0 || schema.entities.values().some((type) => type.isTimeseries)
  if (schema.entities.values().some((type) => type.idType === 'Int8')) {
    problems.push(`schema.graphql: Using Int8 as the type for the \`id\` field is ${advice}`)
  }
  if (hasSeries) problems.push(`schema.graphql: Aggregations are ${advice}`)
  return problems
}

/** What a mapping reads from IPFS may be another thing tomorrow, so the manifest has to say that it does. */
function ipfsProblems(
  { specVersion, features, dataSources, templates }: Manifest,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
): string[] {
  const names = ['ipfsOnEthereumContracts', 'nonDeterministicIpfs']
  if (isBefore(specVersion, '0.0.4') || features.some((feature) => names.includes(feature))) return []
  const mappings = [...dataSources, ...templates].filter(({ fileHandler }) => fileHandler === undefined)
  const isUsed = [...new Set(mappings.map(({ file }) => file))].some((file) => readsIpfs(files.get(file)))
  const problem =
    'The feature `ipfsOnEthereumContracts` is used by the subgraph but it is not declared in the manifest.'
  return isUsed ? [problem] : []
}

function readsIpfs(module: Uint8Array<ArrayBuffer> | undefined): boolean {
  // Only modules that say so somewhere are worth compiling; one that is broken is complained of elsewhere.
  if (!module || !Buffer.from(module.buffer, module.byteOffset, module.byteLength).includes('ipfs.')) return false
  try {
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(module))
    return imports.some(({ name }) => ['ipfs.cat', 'ipfs.getBlock', 'ipfs.map'].includes(name))
  } catch {
    return false
  }
}

function structCallProblems(sources: readonly SourceDefinition[], specVersion: string): string[] {
  if (!isBefore(specVersion, '1.4.0')) return []
  return sources
    .filter(({ eventHandlers }) => eventHandlers.some(({ calls }) => calls.some(looksIntoStructs)))
    .map(({ name }) => `\`${name}\`: struct members in declared calls are not supported prior to specVersion 1.4.0`)
}

/** What is wrong with a schema is told as often as graph-node does, and that is sometimes twice. */
function withoutRepetition(problems: readonly string[]): string[] {
  return problems.filter((one, at) => one.startsWith('schema.graphql: ') || problems.indexOf(one) === at)
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
