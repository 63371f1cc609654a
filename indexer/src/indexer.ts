import { join } from 'node:path'
import { stateAt } from './chain/call.ts'
import { createRpc, type Rpc } from './chain/rpc.ts'
import { BlockStream } from './chain/stream.ts'
import type { Config } from './config.ts'
import { type Deployment, loadDeployment } from './deployment/deployment.ts'
import { InvalidDeploymentError, PortTakenError } from './errors.ts'
import { recogniseChain } from './genesis.ts'
import type { Log } from './log.ts'
import { type Queryable, queryable } from './query/answer.ts'
import { apiSchema } from './query/schema.ts'
import { type RunnerEvent, run } from './runner.ts'
import { adminHandler, closedAdmin } from './serve/admin.ts'
import { type Door, type Handler, openDoor } from './serve/http.ts'
import { createMetrics, type Metrics, metricsHandler } from './serve/metrics.ts'
import { queryHandler } from './serve/query.ts'
import { statusHandler } from './serve/status.ts'
import { statusSource } from './serve/status-source.ts'
import { startEmbeddedPostgres } from './store/embedded.ts'
import { nameDeployment } from './store/names.ts'
import { createPostgres, type Postgres } from './store/postgres.ts'
import { openStore, type Store } from './store/store.ts'

/** An indexer at work. */
export interface Indexer {
  /** `Qm…` */
  readonly deployment: string
  readonly queryUrl: string
  /** Rejects if indexing ends for a reason that no waiting heals; resolves when it is stopped, or has failed for good. */
  readonly ended: Promise<void>
  /** Doors first, the database last. */
  stop(): Promise<void>
}

const version = '0.1.0'
const queryTimeoutMs = 30_000

/**
 * Builds every room and hands it what it needs, in the order they need each other; what was opened is closed in the
 * opposite order, also when a later room cannot be built.
 * @throws the errors of errors.ts: a deployment that cannot run, a database that is away or in use, a port that is taken
 */
export async function startIndexer(config: Config, log: Log): Promise<Indexer> {
  const opened: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  try {
    const deployment = await loadDeployment(config.manifest)
    const rpc = createRpc(rpcUrlOf(config, deployment))
    const url = await databaseUrl(config, opened)
    const postgres = createPostgres(url, { max: 5, applicationName: 'heddle-indexer' })
    opened.push(() => postgres.end())
    // Of their own, so that no number of slow questions keeps blocks from being written.
    const reading = createPostgres(url, {
      max: 10,
      statementTimeoutMs: queryTimeoutMs,
      applicationName: 'heddle-query',
    })
    opened.push(() => reading.end())
    const store = await openStore(postgres, deployment, { finality: config.finalityBlocks })
    opened.push(() => store.close())
    await nameDeployment(postgres, config.name, store.number)

    const metrics = createMetrics()
    const stopping = new AbortController()
    const ended = index({ config, deployment, rpc, postgres, store, metrics, log }, stopping.signal)
    ended.catch(() => undefined)
    opened.push(async () => {
      stopping.abort()
      await ended.catch(() => undefined)
    })
    const doors = await openDoors({ config, deployment, postgres: reading, store, metrics, log }, opened)
    const queryUrl = `http://${config.host}:${doors.query.port}/subgraphs/name/${config.name}`
    log.info('indexer.started', { deployment: deployment.id, network: deployment.network, queryUrl })
    return { deployment: deployment.id, queryUrl, ended, stop: close }
  } catch (error) {
    await close()
    throw error
  }
}

function rpcUrlOf({ rpc, manifest }: Config, { network }: Deployment): string {
  const url = rpc.get(network)
  if (url !== undefined) return url
  const problem = `it is of network "${network}", but --rpc names only ${[...rpc.keys()].join(', ')}. Add --rpc ${network}:<url>`
  throw new InvalidDeploymentError(manifest, [problem])
}

async function databaseUrl({ postgresUrl, dataDir }: Config, opened: (() => Promise<void>)[]): Promise<string> {
  if (postgresUrl !== undefined) return postgresUrl
  const embedded = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), database: 'heddle' })
  opened.push(() => embedded.stop())
  return embedded.url
}

interface Rooms {
  readonly config: Config
  readonly deployment: Deployment
  readonly postgres: Postgres
  readonly store: Store
  readonly metrics: Metrics
  readonly log: Log
}

function index({ config, deployment, rpc, postgres, store, metrics, log }: Rooms & { rpc: Rpc }, signal: AbortSignal) {
  const stream = new BlockStream({
    rpc,
    finality: config.finalityBlocks,
    maxRange: config.maxBlockRange,
    ...(config.pollMs === undefined ? {} : { pollMs: config.pollMs }),
    ancestors: () => store.ancestors(),
  })
  const { network } = deployment
  return run(
    {
      deployment,
      store,
      stream,
      chain: {
        chain: (block, needs) => stateAt(rpc, block.header, needs, signal),
        blockFor: (block, filter) => stream.blockWithLogs(block, filter, signal),
      },
      recogniseChain: async () => {
        const recognised = await recogniseChain(postgres, rpc, { network, isProduction: config.isProduction, signal })
        if (recognised === 'replaced') log.warn('chain.replaced', { network })
        return recognised
      },
      linkAt: (number) => rpc.headerByNumber(number, signal),
      log,
      onProgress: (event) => report(event, deployment, metrics, log),
      habits: { goesOnAfterErrors: config.goesOnAfterErrors },
    },
    signal,
  ).finally(() => stream.stop())
}

function report(event: RunnerEvent, { id, network }: Deployment, metrics: Metrics, log: Log): void {
  const labels = { deployment: id, network, shard: 'primary' }
  switch (event.kind) {
    case 'committed': {
      const { block, head, changes, seconds } = event
      metrics.deploymentHead.set(labels, block.number)
      metrics.deploymentSynced.set(labels, head.number - block.number <= 10 ? 1 : 0)
      metrics.deploymentStatus.set({ deployment: id }, 2)
      metrics.chainHead.set({ network }, head.number)
      metrics.blockSeconds.observe({ deployment: id }, seconds)
      log.info('store.committed', {
        block: block.number,
        head: head.number,
        changes,
        durationMs: Math.round(seconds * 1000),
      })
      break
    }
    case 'reverted':
      metrics.revertedBlocks.set({ deployment: id }, event.to?.number ?? 0)
      log.warn('store.reverted', { to: event.to, head: event.head })
      break
    case 'paused':
      log.error('deployment.paused', {
        deployment: id,
        why: 'a handler failed before the deployment had caught up; set GRAPH_DISABLE_FAIL_FAST=true to let it go on',
      })
      break
    case 'failed':
      metrics.deploymentStatus.set({ deployment: id }, 3)
      log.error('deployment.failed', { deployment: id, error: event.error })
      break
  }
}

/** graph-node's doors, on its ports. */
async function openDoors(
  { config, deployment, postgres, store, metrics, log }: Rooms,
  opened: (() => Promise<void>)[],
): Promise<{ query: Door }> {
  const target: Queryable = queryable(deployment.id, apiSchema(deployment.schema), store.layout, postgres)
  const open = async (name: keyof Config['ports'], handler: Handler): Promise<Door> => {
    const port = config.ports[name]
    const onError = (error: unknown) => log.error('door.failed', { door: name, error })
    try {
      const door = await openDoor(handler, { host: config.host, port, onError })
      opened.push(() => door.close())
      return door
    } catch (error) {
      throw isTaken(error) ? new PortTakenError(port, `--${name}-port`) : error
    }
  }
  const query = await open(
    'http',
    queryHandler({
      find: (asked) =>
        (asked.kind === 'name' ? asked.name === config.name : asked.id === deployment.id) ? target : undefined,
      onAnswer: (id, durationMs) => {
        metrics.queries.inc({ deployment: id })
        metrics.querySeconds.observe({ deployment: id }, durationMs / 1000)
      },
    }),
  )
  const layoutOf = (id: string) => (id === deployment.id ? store.layout : undefined)
  await open('status', statusHandler(statusSource(postgres, { version, layoutOf })))
  await open('metrics', metricsHandler(metrics))
  await open(
    'admin',
    adminHandler(
      closedAdmin(`This indexer runs ${config.manifest} and nothing else. Start another one for another build.`),
      query.port,
    ),
  )
  return { query }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
