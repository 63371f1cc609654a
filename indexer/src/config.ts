import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

/** What `heddle-indexer` was told, checked and frozen. */
export interface Config {
  readonly manifest: string
  readonly name: string
  /** Networks by name, as manifests name them. */
  readonly rpc: ReadonlyMap<string, string>
  /** Absent: an embedded Postgres in `dataDir`. */
  readonly postgresUrl?: string
  readonly dataDir: string
  readonly host: string
  readonly ports: {
    readonly http: number
    readonly admin: number
    readonly status: number
    readonly metrics: number
    readonly ipfs: number
  }
  /** Blocks this far below the head are taken as final. */
  readonly finalityBlocks: number
  /** Most blocks in one question for logs. */
  readonly maxBlockRange: number
  /** Pause between looks at the head; absent: 100 ms for a node on this machine, else 1000. */
  readonly pollMs?: number
  /** Index on after errors of `nonFatalErrors`, before the chain's head was reached as well. */
  readonly goesOnAfterErrors: boolean
  readonly isProduction: boolean
  readonly logLevel: string
}

/** The command line cannot be followed; every problem is in the message. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}

export const usage = `heddle-indexer --manifest <build/subgraph.yaml> --rpc <network>:<url>
  --name <name>             what the subgraph is called at /subgraphs/name/<name>; default: its folder's name
  --postgres-url <url>      or DATABASE_URL; without it an embedded Postgres is started
  --data-dir <dir>          state of this indexer; default: below .heddle/indexers, one for each manifest and name
  --host <address>          where to listen; default 127.0.0.1
  --http-port 8000  --admin-port 8020  --status-port 8030  --metrics-port 8040  --ipfs-port 5001
Environment: ETHEREUM_REORG_THRESHOLD (250 blocks), ETHEREUM_POLLING_INTERVAL (ms),
  GRAPH_ETHEREUM_MAX_BLOCK_RANGE_SIZE (2000), GRAPH_DISABLE_FAIL_FAST (false), HEDDLE_LOG_LEVEL (info), NODE_ENV`

const port = (otherwise: number) => z.coerce.number().int().min(0).max(65535).default(otherwise)

/** As graph-node reads one: set but empty is yes. */
const flag = z
  .enum(['', '1', 'true', '0', 'false'])
  .default('false')
  .transform((text) => text !== '0' && text !== 'false')

const Settings = z.object({
  manifest: z.string({ error: '--manifest <build/subgraph.yaml> is missing' }),
  rpc: z
    .array(z.string().regex(/^[^:]+:https?:\/\/.+/, '--rpc must look like <network>:<url>, with an http(s) URL'))
    .min(1, '--rpc <network>:<url> is missing'),
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
  'http-port': port(8000),
  'admin-port': port(8020),
  'status-port': port(8030),
  'metrics-port': port(8040),
  'ipfs-port': port(5001),
  finality: z.coerce.number().int().min(0).default(250),
  maxBlockRange: z.coerce.number().int().min(1).default(2000),
  pollMs: z.coerce.number().int().min(10).optional(),
  goesOnAfterErrors: flag,
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/**
 * @param argv - without node and script
 * @throws {@link UsageError} naming every problem
 */
export function parseConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config {
  const parsed = Settings.safeParse({
    ...parseFlags(argv),
    finality: env.ETHEREUM_REORG_THRESHOLD,
    maxBlockRange: env.GRAPH_ETHEREUM_MAX_BLOCK_RANGE_SIZE,
    pollMs: env.ETHEREUM_POLLING_INTERVAL,
    goesOnAfterErrors: env.GRAPH_DISABLE_FAIL_FAST,
    logLevel: env.HEDDLE_LOG_LEVEL,
  })
  if (!parsed.success) throw new UsageError(`${parsed.error.issues.map(describeIssue).join('\n')}\n\n${usage}`)
  const settings = parsed.data
  const manifest = resolve(settings.manifest)
  const name = settings.name ?? defaultName(manifest)
  const postgresUrl = settings['postgres-url'] ?? env.DATABASE_URL
  return Object.freeze({
    manifest,
    name,
    rpc: new Map(settings.rpc.map(splitNetwork)),
    ...(postgresUrl ? { postgresUrl } : {}),
    dataDir: resolve(settings['data-dir'] ?? defaultDataDir(manifest, name)),
    host: settings.host,
    ports: {
      http: settings['http-port'],
      admin: settings['admin-port'],
      status: settings['status-port'],
      metrics: settings['metrics-port'],
      ipfs: settings['ipfs-port'],
    },
    finalityBlocks: settings.finality,
    maxBlockRange: settings.maxBlockRange,
    ...(settings.pollMs === undefined ? {} : { pollMs: settings.pollMs }),
    goesOnAfterErrors: settings.goesOnAfterErrors,
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
        name: text,
        'postgres-url': text,
        'data-dir': text,
        host: text,
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
  return message.startsWith('--') ? message : `--${path.join('.')}: ${message}`
}

function splitNetwork(rpc: string): [string, string] {
  const colon = rpc.indexOf(':')
  return [rpc.slice(0, colon), rpc.slice(colon + 1)]
}

function defaultName(manifest: string): string {
  const folder = dirname(manifest)
  return basename(basename(folder) === 'build' ? dirname(folder) : folder).replace(/[^A-Za-z0-9_-]/g, '-') || 'subgraph'
}

// Two indexers started in one folder must not meet in one data folder by default.
function defaultDataDir(manifest: string, name: string): string {
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
