import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type Finality, parseFinality } from './chain/finality.ts'
import { NodeSettingError, type NodeSettings, named, parseNode } from './chain/pool/settings.ts'
import type { Switching } from './store/names.ts'

/** What `heddle-indexer` was told, checked and frozen. */
export interface Config {
  /** A build to deploy at the start, and the name that is to answer for it at once; absent: whatever was deployed before. */
  readonly build?: { readonly manifest: string; readonly name: string }
  /** Nodes by the name that manifests have for their network, at least one each; with keys, so never to be logged. */
  readonly rpc: ReadonlyMap<string, readonly NodeSettings[]>
  /** Absent: an embedded Postgres in `dataDir`. */
  readonly postgresUrl?: string
  readonly dataDir: string
  readonly host: string
  /** Where deploying listens: the admin and the IPFS door. */
  readonly adminHost: string
  /** What these two doors ask for. Never absent where anyone but this machine can reach them. */
  readonly adminToken?: string
  /** Which deployments are ours, as `subgraph_reassign` names it. */
  readonly node: string
  /** When a new version takes over its name. */
  readonly switching: Switching
  /** What addresses begin with that a deploy tells; absent: only the port. */
  readonly publicUrl?: string
  readonly maxIpfsFileBytes: number
  /** An IPFS node or gateway that has the files mappings ask for; absent: only what was put into our own. */
  readonly ipfsUrl?: string
  readonly ipfsTimeoutMs: number
  /** Whether mappings may use `ipfs.cat` and its like, whose answers no two indexers need share. */
  readonly mayAskIpfs: boolean
  readonly ports: {
    readonly http: number
    readonly admin: number
    readonly status: number
    readonly metrics: number
    readonly ipfs: number
  }
  /** Blocks this far below the head are taken as final, where nothing else is said of their network. */
  readonly finalityBlocks: number
  /** Which blocks are final, by network; `*` for all others. */
  readonly finality: ReadonlyMap<string, Finality>
  /** Most blocks in one question for logs. */
  readonly maxBlockRange: number
  /** How long to wait for one answer of a node. */
  readonly rpcTimeoutMs: number
  /** Pause between looks at the head; absent: 100 ms for a node on this machine, else 1000. */
  readonly pollMs?: number
  /** Index on after errors of `nonFatalErrors`, before the chain's head was reached as well. */
  readonly goesOnAfterErrors: boolean
  /** How long at most until a block is tried again that failed for a reason that may pass. */
  readonly retryCeilingMs: number
  /** By which part of itself such a pause may be shorter or longer. */
  readonly retryJitter: number
  /** How many blocks of history `prune: auto` keeps. */
  readonly minHistoryBlocks: number
  /** Most that one block may write. */
  readonly maxBlockBytes: number
  /** After how long without a word the process that indexes a deployment is taken for dead, and one that stands by takes over. */
  readonly leaseMs: number
  /** How long one call of a handler may take. */
  readonly handlerTimeLimitMs: number
  /** Whether calls that manifests declare are made before the handlers run. */
  readonly callsAhead: boolean
  /**
   * Files of what must hold between index and chain, by the name that a subgraph was deployed under; `*` for the build of the start,
   * for which else `invariants.yaml` beside its manifest is looked for.
   */
  readonly invariants: ReadonlyMap<string, string>
  /** Pause between looks at whether it holds; 0: nobody looks. */
  readonly verifyEveryMs: number
  /** How many entities one look compares, at random, and as many again of those written last. */
  readonly verifyRows: number
  readonly isProduction: boolean
  readonly logLevel: string
}

/** The command line cannot be followed; every problem is in the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}

export const usage = `heddle-indexer --rpc <network>:<url> [--rpc ...] [--manifest <build/subgraph.yaml>]
  --rpc <network>:<url>     or ETHEREUM_RPC, several with spaces between: the chains' nodes. The command line is for everybody on the
                            machine to see, the environment is not: a URL with a key belongs there. Several of one network are a pool;
                            behind a # stands how each is used: weight=2&rps=50&ws=wss://...&agree (indexer/NODES.md)
  --finality <network>:<what>  or HEDDLE_FINALITY, several with spaces between: which blocks are final, latest, safe, finalized or so many
                            blocks below the head; without <network>: of all. Default: ETHEREUM_REORG_THRESHOLD blocks
  --manifest <file>         a build to deploy at the start; others come by graph deploy
  --name <name>             what it is called at /subgraphs/name/<name>; default: its folder's name
  --postgres-url <url>      or DATABASE_URL; without it an embedded Postgres is started
  --data-dir <dir>          state of this indexer; default: below .heddle/indexers, one for each manifest and name
  --host <address>          where to listen; default 127.0.0.1
  --admin-host <address>    where deploying (admin and IPFS) listens; default: as --host. Not loopback: HEDDLE_ADMIN_TOKEN is needed
  --node-id <name>          runs the deployments that are assigned to this name; default: default
  --ipfs <url>              or HEDDLE_IPFS_URL: a node or gateway with the files that mappings ask for, beside what is put in here
  --invariants <file>       what must hold between index and chain; default: invariants.yaml beside the manifest, if it is there
  --invariants <name>=<file>  or HEDDLE_INVARIANTS, several with spaces between: the same for what was deployed as <name> by graph deploy
  --http-port 8000  --admin-port 8020  --status-port 8030  --metrics-port 8040  --ipfs-port 5001
Environment: ETHEREUM_RPC, ETHEREUM_REORG_THRESHOLD (250 blocks), ETHEREUM_POLLING_INTERVAL (ms),
  GRAPH_ETHEREUM_MAX_BLOCK_RANGE_SIZE (2000), GRAPH_ETHEREUM_JSON_RPC_TIMEOUT (30 seconds), GRAPH_DISABLE_FAIL_FAST (false),
  GRAPH_MAPPING_HANDLER_TIMEOUT (5 seconds), GRAPH_DISABLE_DECLARED_CALLS (false), GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS (3600), GRAPH_SUBGRAPH_ERROR_RETRY_JITTER (0.2),
  GRAPH_MIN_HISTORY_BLOCKS (twice ETHEREUM_REORG_THRESHOLD), GRAPH_NODE_BLOCK_WRITE_CAPACITY (4000000000 bytes),
  GRAPH_MAX_IPFS_FILE_BYTES (26214400), GRAPH_IPFS_TIMEOUT (60 seconds), GRAPH_ALLOW_NON_DETERMINISTIC_IPFS (false),
  EXPERIMENTAL_SUBGRAPH_VERSION_SWITCHING_MODE (synced), EXTERNAL_HTTP_BASE_URL, HEDDLE_ADMIN_TOKEN,
  HEDDLE_VERIFY_SECONDS (30 between two looks at the chain, 0 for none), HEDDLE_VERIFY_ROWS (5 each),
  HEDDLE_LEASE_SECONDS (10, after which a silent process is taken for dead), HEDDLE_LOG_LEVEL (info), NODE_ENV`

const port = (otherwise: number) => z.coerce.number().int().min(0).max(65535).default(otherwise)

/** As graph-node reads one: set but empty is yes. */
const flag = z
  .enum(['', '1', 'true', '0', 'false'])
  .default('false')
  .transform((text) => text !== '0' && text !== 'false')

/** What a node can do may stand between the two, as in `mainnet:archive,traces:https://…`; whether it can is found out. */
const rpcPattern = /^([^:\s]+):(?:[\w,]*:)?(https?:\/\/\S+)$/

/** `mainnet:finalized`, or `12` for every network. */
const finalityPattern = /^(?:([^:\s]+):)?(latest|safe|finalized|\d{1,9})$/

/** `org/name=file`; anything else is a file. */
const invariantsPattern = /^([A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)=(.+)$/

const Settings = z.object({
  manifest: z.string().optional(),
  rpc: z
    .array(z.string().regex(rpcPattern, '--rpc (ETHEREUM_RPC) must look like <network>:<url>, with an http(s) URL'))
    .min(1, '--rpc <network>:<url> (ETHEREUM_RPC) is missing'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, '--name may hold letters, digits, _ - and /')
    .optional(),
  'postgres-url': z
    .string()
    .regex(/^postgres(ql)?:\/\//, '--postgres-url (DATABASE_URL) must begin with postgresql://')
    .optional(),
  'data-dir': z.string().optional(),
  host: z.string().default('127.0.0.1'),
  'admin-host': z.string().optional(),
  'node-id': z
    .string()
    .regex(/^[A-Za-z0-9_]+$/, '--node-id may hold letters, digits and _')
    .default('default'),
  ipfs: z.url({ protocol: /^https?$/, error: '--ipfs (HEDDLE_IPFS_URL) must be an http(s) URL' }).optional(),
  invariants: z.array(z.string().min(1)),
  verifySeconds: z.coerce.number().min(0).default(30),
  verifyRows: z.coerce.number().int().min(1).max(1000).default(5),
  ipfsSeconds: z.coerce.number().positive().default(60),
  mayAskIpfs: flag,
  'http-port': port(8000),
  'admin-port': port(8020),
  'status-port': port(8030),
  'metrics-port': port(8040),
  'ipfs-port': port(5001),
  finality: z.array(
    z
      .string()
      .regex(
        finalityPattern,
        '--finality (HEDDLE_FINALITY) must look like <network>:<what>, with latest, safe, finalized or a number of blocks',
      ),
  ),
  reorgThreshold: z.coerce.number().int().min(0).default(250),
  maxBlockRange: z.coerce.number().int().min(1).default(2000),
  rpcSeconds: z.coerce.number().positive().default(30),
  pollMs: z.coerce.number().int().min(10).optional(),
  goesOnAfterErrors: flag,
  handlerSeconds: z.coerce.number().positive().default(5),
  leaseSeconds: z.coerce.number().min(1).optional(),
  declaredCallsOff: flag,
  retryCeilingSeconds: z.coerce.number().min(0).default(3600),
  retryJitter: z.coerce
    .number()
    .default(0.2)
    .transform((part) => Math.min(Math.max(part, 0), 1)),
  minHistory: z.coerce.number().int().min(0).optional(),
  maxBlockBytes: z.coerce.number().int().min(0).default(4_000_000_000),
  switching: z.enum(['instant', 'synced']).default('synced'),
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  adminToken: z.string().min(16, 'HEDDLE_ADMIN_TOKEN must have at least 16 characters').optional(),
  maxIpfsFileBytes: z.coerce
    .number()
    .int()
    .min(1)
    .default(25 * 1024 * 1024),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/**
 * @param argv - without node and script
 * @throws {@link UsageError} naming every problem
 */
export function parseConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = parseFlags(argv)
  const parsed = Settings.safeParse({
    ipfs: env.HEDDLE_IPFS_URL || undefined,
    ...flags,
    rpc: flags.rpc.length > 0 ? flags.rpc : (env.ETHEREUM_RPC?.split(/\s+/).filter(Boolean) ?? []),
    finality: flags.finality.length > 0 ? flags.finality : (env.HEDDLE_FINALITY?.split(/\s+/).filter(Boolean) ?? []),
    invariants:
      flags.invariants.length > 0 ? flags.invariants : (env.HEDDLE_INVARIANTS?.split(/\s+/).filter(Boolean) ?? []),
    reorgThreshold: env.ETHEREUM_REORG_THRESHOLD,
    maxBlockRange: env.GRAPH_ETHEREUM_MAX_BLOCK_RANGE_SIZE,
    rpcSeconds: env.GRAPH_ETHEREUM_JSON_RPC_TIMEOUT,
    pollMs: env.ETHEREUM_POLLING_INTERVAL,
    goesOnAfterErrors: env.GRAPH_DISABLE_FAIL_FAST,
    handlerSeconds: env.GRAPH_MAPPING_HANDLER_TIMEOUT,
    leaseSeconds: env.HEDDLE_LEASE_SECONDS,
    declaredCallsOff: env.GRAPH_DISABLE_DECLARED_CALLS,
    retryCeilingSeconds: env.GRAPH_SUBGRAPH_ERROR_RETRY_CEIL_SECS,
    retryJitter: env.GRAPH_SUBGRAPH_ERROR_RETRY_JITTER,
    minHistory: env.GRAPH_MIN_HISTORY_BLOCKS,
    maxBlockBytes: env.GRAPH_NODE_BLOCK_WRITE_CAPACITY?.replaceAll('_', ''),
    switching: env.EXPERIMENTAL_SUBGRAPH_VERSION_SWITCHING_MODE,
    publicUrl: env.EXTERNAL_HTTP_BASE_URL || undefined,
    adminToken: env.HEDDLE_ADMIN_TOKEN || undefined,
    maxIpfsFileBytes: env.GRAPH_MAX_IPFS_FILE_BYTES,
    ipfsSeconds: env.GRAPH_IPFS_TIMEOUT,
    mayAskIpfs: env.GRAPH_ALLOW_NON_DETERMINISTIC_IPFS,
    verifySeconds: env.HEDDLE_VERIFY_SECONDS,
    verifyRows: env.HEDDLE_VERIFY_ROWS,
    logLevel: env.HEDDLE_LOG_LEVEL,
  })
  if (!parsed.success) throw new UsageError(`${parsed.error.issues.map(describeIssue).join('\n')}\n\n${usage}`)
  const settings = parsed.data
  const build = buildOf(settings)
  const adminHost = settings['admin-host'] ?? settings.host
  if (!isLoopback(adminHost) && settings.adminToken === undefined) {
    throw new UsageError(
      `${adminHost} is not only this machine, so deploying needs a token: set HEDDLE_ADMIN_TOKEN, or keep it here with ` +
        '--admin-host 127.0.0.1',
    )
  }
  const postgresUrl = settings['postgres-url'] ?? env.DATABASE_URL
  return Object.freeze({
    ...(build ? { build } : {}),
    rpc: nodesOf(settings.rpc),
    ...(postgresUrl ? { postgresUrl } : {}),
    dataDir: resolve(settings['data-dir'] ?? defaultDataDir(build)),
    host: settings.host,
    adminHost,
    ...(settings.adminToken === undefined ? {} : { adminToken: settings.adminToken }),
    node: settings['node-id'],
    switching: settings.switching,
    ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl.replace(/\/$/, '') }),
    maxIpfsFileBytes: settings.maxIpfsFileBytes,
    ...(settings.ipfs === undefined ? {} : { ipfsUrl: settings.ipfs }),
    ipfsTimeoutMs: settings.ipfsSeconds * 1000,
    mayAskIpfs: settings.mayAskIpfs,
    ports: {
      http: settings['http-port'],
      admin: settings['admin-port'],
      status: settings['status-port'],
      metrics: settings['metrics-port'],
      ipfs: settings['ipfs-port'],
    },
    finalityBlocks: settings.reorgThreshold,
    finality: new Map(settings.finality.flatMap(splitFinality)),
    maxBlockRange: settings.maxBlockRange,
    rpcTimeoutMs: settings.rpcSeconds * 1000,
    ...(settings.pollMs === undefined ? {} : { pollMs: settings.pollMs }),
    goesOnAfterErrors: settings.goesOnAfterErrors,
    handlerTimeLimitMs: settings.handlerSeconds * 1000,
    // A handler that takes all the time it may has to leave room for a word in between.
    leaseMs: 1000 * (settings.leaseSeconds ?? Math.max(10, 2 * settings.handlerSeconds)),
    callsAhead: !settings.declaredCallsOff,
    retryCeilingMs: settings.retryCeilingSeconds * 1000,
    retryJitter: settings.retryJitter,
    minHistoryBlocks: settings.minHistory ?? 2 * settings.reorgThreshold,
    maxBlockBytes: settings.maxBlockBytes,
    invariants: new Map(settings.invariants.map(splitInvariants)),
    verifyEveryMs: settings.verifySeconds * 1000,
    verifyRows: settings.verifyRows,
    isProduction: env.NODE_ENV === 'production',
    logLevel: settings.logLevel,
  })
}

function parseFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...argv],
      options: {
        manifest: text,
        rpc: { ...text, multiple: true, default: [] },
        finality: { ...text, multiple: true, default: [] },
        name: text,
        'postgres-url': text,
        'data-dir': text,
        host: text,
        'admin-host': text,
        'node-id': text,
        ipfs: text,
        invariants: { ...text, multiple: true, default: [] },
        'http-port': text,
        'admin-port': text,
        'status-port': text,
        'metrics-port': text,
        'ipfs-port': text,
      },
    }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`)
  }
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return /^(--|HEDDLE_)/.test(message) ? message : `--${path.join('.')}: ${message}`
}

/** Several of one network are a pool. */
function nodesOf(rpc: readonly string[]): Config['rpc'] {
  const byNetwork = Map.groupBy(rpc, (one) => rpcPattern.exec(one)?.[1] ?? '')
  const pools = [...byNetwork].map(([network, texts]) => [network, named(texts.map(nodeOf))] as const)
  const alone = pools.find(([, nodes]) => nodes.length === 1 && nodes[0]?.mustAgree)
  if (alone)
    throw new UsageError(`--rpc (ETHEREUM_RPC): ${alone[0]} has one node, so there is none to agree with\n\n${usage}`)
  return new Map(pools)
}

function nodeOf(rpc: string): NodeSettings {
  const [, , url = ''] = rpcPattern.exec(rpc) ?? []
  try {
    return parseNode(url)
  } catch (error) {
    if (!(error instanceof NodeSettingError)) throw error
    throw new UsageError(`--rpc (ETHEREUM_RPC): ${error.message}\n\n${usage}`)
  }
}

function splitFinality(text: string): [string, Finality][] {
  const [, network = '*', what = ''] = finalityPattern.exec(text) ?? []
  const finality = parseFinality(what)
  return finality === null ? [] : [[network, finality]]
}

function splitInvariants(text: string): [string, string] {
  const [, name = '*', file = text] = invariantsPattern.exec(text) ?? []
  return [name, resolve(file)]
}

function buildOf({ manifest, name }: z.infer<typeof Settings>): Config['build'] {
  if (manifest === undefined) {
    if (name === undefined) return undefined
    throw new UsageError(`--name is for a --manifest; other names come by graph create\n\n${usage}`)
  }
  const path = resolve(manifest)
  return { manifest: path, name: name ?? defaultName(path) }
}

/** Whether nobody but this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function defaultName(manifest: string): string {
  const folder = dirname(manifest)
  return basename(basename(folder) === 'build' ? dirname(folder) : folder).replace(/[^A-Za-z0-9_-]/g, '-') || 'subgraph'
}

// Two indexers started in one folder must not meet in one data folder by default.
function defaultDataDir(build: Config['build']): string {
  if (build === undefined) return resolve('.heddle', 'indexers', 'default')
  const { manifest, name } = build
  const key = createHash('sha256')
    .update(`${realpathOrSelf(manifest)}\n${name}`)
    .digest('hex')
    .slice(0, 12)
  return resolve('.heddle', 'indexers', `${name.replaceAll('/', '-')}-${key}`)
}

function realpathOrSelf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
