import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createRequire } from 'node:module'
import { freePorts } from '../free-ports.ts'
import type { Runtime } from './runtime.ts'

/** The version that is the judge: what npm brings as an optional dependency of this package. */
export const graphNodeVersion = '0.45.0'

/** The path of the real graph-node, or why there is none here. npm has it for Linux on x64 only. */
export function graphNodeBinary(): { readonly path: string } | { readonly missing: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `npm has graph-node for linux x64, and this is ${process.platform} ${process.arch}` }
  }
  try {
    return { path: createRequire(import.meta.url).resolve('@graphprotocol/gnd-linux-x64/bin/gnd') }
  } catch {
    return { missing: `the optional package @graphprotocol/gnd-linux-x64@${graphNodeVersion} is not installed` }
  }
}

export type GraphNodeOptions = {
  readonly binary: string
  /** An empty database from template0 in UTF8 and locale C; graph-node needs to be superuser there. */
  readonly postgresUrl: string
  readonly rpcUrl: string
  /** Answers `HEAD /ipfs/<cid>`. */
  readonly ipfsUrl: string
  /** Folders that hold `build/subgraph.yaml`; each becomes the subgraph `subgraph-<position>`. */
  readonly folders: readonly string[]
  /** Where it may leave files, and where it looks for those that a CID names: under that name. */
  readonly workFolder: string
  readonly logFile: string
}

/** How many blocks back a reorg may go: `gnd dev` has this number, whatever it is told. */
export const finality = 10

/**
 * What differs from graph-node's defaults: it looks for blocks five times a second, and does not keep the chain's head in memory, where
 * it would miss a block that comes within two seconds of another until there is a third; full text is allowed, which release builds refuse; a deployment that is not synced yet goes on after an error that is not fatal; mappings may ask IPFS; and
 * answers are not kept: it keeps those for a block's number even when a reorg has put another block there (and without any room for
 * them it panics).
 */
const settings = {
  ETHEREUM_POLLING_INTERVAL: '200',
  GRAPH_STORE_DISABLE_CHAIN_HEAD_PTR_CACHE: 'true',
  /** Seconds, after which it looks whether there is a block that nobody told it of. */
  GRAPH_CHAIN_HEAD_WATCHER_TIMEOUT: '3',
  GRAPH_ALLOW_NON_DETERMINISTIC_FULLTEXT_SEARCH: 'true',
  GRAPH_DISABLE_FAIL_FAST: 'true',
  GRAPH_ALLOW_NON_DETERMINISTIC_IPFS: 'true',
  GRAPH_CACHED_SUBGRAPH_IDS: 'none',
}

/** Starts the real graph-node on several builds. It answers as soon as it listens; builds appear one by one. */
export async function startGraphNode(options: GraphNodeOptions): Promise<Runtime> {
  const { binary, postgresUrl, rpcUrl, ipfsUrl, folders, workFolder, logFile } = options
  const [http, admin, status, metrics] = await freePorts(4)
  const args = {
    'postgres-url': postgresUrl,
    'ethereum-rpc': `anvil:archive,traces:${rpcUrl}`,
    ipfs: ipfsUrl,
    'http-port': http,
    'index-node-port': status,
    'admin-port': admin,
    'metrics-port': metrics,
    manifests: folders.map((folder) => `${folder}/subgraph.yaml`).join(','),
  }
  const child = spawn(binary, ['dev', ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, `${value}`])], {
    cwd: workFolder,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(logFile)
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const exited = once(child, 'exit')
  const endpointOf = (name: string, id: string) => ({
    id,
    name,
    endpoint: `http://127.0.0.1:${http}/subgraphs/name/${name}`,
    statusUrl: `http://127.0.0.1:${status}/graphql`,
  })
  return {
    name: 'graph-node',
    isRunning: () => isRunning(child),
    adminUrl: `http://127.0.0.1:${admin}`,
    endpointOf,
    deployments: folders.map((folder, index) => endpointOf(`subgraph-${index}`, `${folder}/build/subgraph.yaml`)),
    stop: async () => {
      if (isRunning(child)) child.kill('SIGKILL')
      await exited
      log.end()
    },
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
