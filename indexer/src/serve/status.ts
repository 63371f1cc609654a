import { buildSchema, execute, type GraphQLError, type GraphQLSchema, parse, validate } from 'graphql'
import type { BlockPtr } from '../chain/block.ts'
import type { Assignment } from '../store/assignments.ts'
import type { StoredDeployment, StoredError } from '../store/deployments.ts'
import type { StoredName } from '../store/names.ts'
import { type Handler, json, type Request, type Response } from './http.ts'
import { ClientError, readQuestion } from './question.ts'

/** What the status page knows, each looked up when somebody asks. */
export interface StatusSource {
  deployments(): Promise<readonly StoredDeployment[]>
  /** Which of them are to be indexed, and by whom. */
  assignments(): Promise<readonly Assignment[]>
  names(): Promise<readonly StoredName[]>
  /** How many entities are current, in all tables. */
  entityCount(deployment: StoredDeployment): Promise<number>
  /** A block of a network that was seen, or null. */
  blockHash(network: string, number: number): Promise<string | null>
  readonly version: string
}

/** What graph-node serves on port 8030 at `/graphql`: how far each deployment is, and how well. */
export function statusHandler(source: StatusSource): Handler {
  const schema = buildSchema(sdl)
  return async (request) => {
    const { method, path } = request
    if (method === 'OPTIONS') return { status: 200, headers: cors }
    if (path === '/' && method === 'GET') return json(200, '"OK"', cors)
    if (path !== '/graphql' || method !== 'POST') return json(404, { message: 'Not found' }, cors)
    return ask(request, schema, source)
  }
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'Content-Type, User-Agent',
  'access-control-allow-methods': 'GET, OPTIONS, POST',
}

async function ask(request: Request, schema: GraphQLSchema, source: StatusSource): Promise<Response> {
  try {
    const { query, variables } = readQuestion(request.body)
    const document = parse(query)
    const errors = validate(schema, document)
    if (errors.length > 0) return json(200, { errors: errors.map(inItsWords) }, cors)
    const rootValue = rootOf(source)
    return json(200, await execute({ schema, document, rootValue, variableValues: variables }), cors)
  } catch (error) {
    if (error instanceof ClientError) return json(400, { error: error.message }, cors)
    if (error instanceof Error && error.name === 'GraphQLError') return json(200, { errors: [error] }, cors)
    throw error
  }
}

/** What is wrong with a document, as graph-node says it where a field is unknown. */
function inItsWords({ message, locations }: GraphQLError) {
  const [, field, type] = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message) ?? []
  return { message: field === undefined ? message : `Type \`${type}\` has no field \`${field}\``, locations }
}

function rootOf(source: StatusSource) {
  const statuses = async (isWanted: (deployment: StoredDeployment) => boolean) => {
    const [deployments, assignments] = await Promise.all([source.deployments(), source.assignments()])
    const assigned = new Map(assignments.map((one) => [one.number, one]))
    return deployments.filter(isWanted).map((one) => statusOf(one, assigned.get(one.number), source))
  }
  const named = async (wanted: string) => (await source.names()).find(({ name }) => name === wanted)
  const one = async (wanted: string | null | undefined) =>
    wanted ? ((await statuses(({ id }) => id === wanted))[0] ?? null) : null
  return {
    indexingStatuses: ({ subgraphs }: { subgraphs?: readonly string[] | null }) =>
      // A list of none asks for all.
      statuses(({ id }) => !subgraphs || subgraphs.length === 0 || subgraphs.includes(id)),
    indexingStatusForCurrentVersion: async ({ subgraphName }: { subgraphName: string }) =>
      one((await named(subgraphName))?.current),
    indexingStatusForPendingVersion: async ({ subgraphName }: { subgraphName: string }) =>
      one((await named(subgraphName))?.pending),
    indexingStatusesForSubgraphName: async ({ subgraphName }: { subgraphName: string }) => {
      const name = await named(subgraphName)
      return name ? statuses(({ id }) => id === name.current || id === name.pending) : []
    },
    subgraphFeatures: async ({ subgraphId }: { subgraphId: string }) => {
      const found = (await source.deployments()).find(({ id }) => id === subgraphId)
      if (!found) throw new Error(`subgraph not found: ${subgraphId}`)
      return featuresOf(found)
    },
    apiVersions: () => [{ version: '0.0.9' }],
    blockHashFromNumber: ({ network, blockNumber }: { network: string; blockNumber: number }) =>
      source.blockHash(network, blockNumber),
    proofOfIndexing: () => null,
    version: { version: source.version, commit: 'unknown' },
  }
}

/** @param assignment - absent if no name points at it: nobody indexes it then */
function statusOf(deployment: StoredDeployment, assignment: Assignment | undefined, source: StatusSource) {
  const { id, network, progress, errors } = deployment
  const fatal = errors.find(({ isFatal }) => isFatal)
  return {
    subgraph: id,
    synced: progress.isSynced,
    health: progress.health,
    fatalError: fatal ? errorOf(fatal, id) : null,
    nonFatalErrors: errors
      .filter(({ isFatal }) => !isFatal)
      .slice(0, 1000)
      .map((error) => errorOf(error, id)),
    chains: [
      {
        __typename: 'EthereumIndexingStatus',
        network,
        chainHeadBlock: blockOf(progress.head),
        earliestBlock: { number: String(progress.earliestBlock), hash: '0x0' },
        latestBlock: blockOf(progress.block),
        lastHealthyBlock: null,
      },
    ],
    // graph-node counts the record of its proof of indexing too.
    entityCount: async () => String((await source.entityCount(deployment)) + (progress.block ? 1 : 0)),
    node: assignment?.node ?? null,
    paused: assignment?.isPaused ?? null,
    historyBlocks: progress.historyBlocks,
  }
}

function errorOf({ message, handler, block, isDeterministic }: StoredError, subgraphId: string) {
  const at = block ? ` at block #${block.number} (${block.hash.slice(2)})` : ''
  return {
    // graph-node has the handler in the text and nowhere else.
    message: handler === null ? message : `${message} in handler \`${handler}\`${at}`,
    handler: null,
    block: block && { number: String(block.number), hash: block.hash },
    deterministic: isDeterministic,
    subgraphId,
  }
}

/** Hashes are without `0x` here, unlike everywhere else, even in errors. */
function blockOf(block: BlockPtr | null) {
  return block && { number: String(block.number), hash: block.hash.slice(2) }
}

function featuresOf({ manifest, network }: StoredDeployment) {
  const [, specVersion = ''] = /^specVersion:\s*['"]?([\d.]+)/m.exec(manifest) ?? []
  const [, apiVersion = null] = /apiVersion:\s*['"]?([\d.]+)/.exec(manifest) ?? []
  const handlers = ['block', 'call', 'event'].filter((kind) => manifest.includes(`${kind}Handlers:`))
  const [, listed = ''] = /^features:((?:\s*\n?\s*-\s*\w+)*)/m.exec(manifest) ?? []
  const features = [...listed.matchAll(/-\s*(\w+)/g)].map(([, name]) => name)
  return { apiVersion, specVersion, features, dataSources: ['ethereum/contract'], handlers, network }
}

const sdl = `
scalar BigInt
scalar Bytes

type Query {
  indexingStatusForCurrentVersion(subgraphName: String!): SubgraphIndexingStatus
  indexingStatusForPendingVersion(subgraphName: String!): SubgraphIndexingStatus
  indexingStatusesForSubgraphName(subgraphName: String!): [SubgraphIndexingStatus!]!
  indexingStatuses(subgraphs: [String!]): [SubgraphIndexingStatus!]!
  proofOfIndexing(subgraph: String!, blockNumber: Int!, blockHash: Bytes!, indexer: Bytes): Bytes
  subgraphFeatures(subgraphId: String!): SubgraphFeatures!
  apiVersions(subgraphId: String!): [ApiVersion!]!
  blockHashFromNumber(network: String!, blockNumber: Int!): Bytes
  version: Version!
}

enum Health {
  "Subgraph syncing normally"
  healthy
  "Subgraph syncing but with errors"
  unhealthy
  "Subgraph halted due to errors"
  failed
}

type SubgraphIndexingStatus {
  subgraph: String!
  synced: Boolean!
  health: Health!
  fatalError: SubgraphError
  "Sorted from first to last, limited to first 1000"
  nonFatalErrors: [SubgraphError!]!
  chains: [ChainIndexingStatus!]!
  entityCount: BigInt!
  node: String
  paused: Boolean
  historyBlocks: Int!
}

interface ChainIndexingStatus {
  network: String!
  chainHeadBlock: Block
  earliestBlock: EarliestBlock
  latestBlock: Block
  lastHealthyBlock: Block
}

type EthereumIndexingStatus implements ChainIndexingStatus {
  network: String!
  chainHeadBlock: Block
  earliestBlock: EarliestBlock
  latestBlock: Block
  lastHealthyBlock: Block
}

type Block {
  hash: Bytes!
  number: BigInt!
}

type EarliestBlock {
  hash: Bytes!
  number: BigInt!
}

type SubgraphError {
  message: String!
  block: Block
  handler: String
  deterministic: Boolean!
  subgraphId: String
}

type SubgraphFeatures {
  apiVersion: String
  specVersion: String!
  features: [String!]!
  dataSources: [String!]!
  handlers: [String!]!
  network: String
}

type ApiVersion {
  version: String!
}

type Version {
  version: String!
  commit: String!
}
`
