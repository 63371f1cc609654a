import { join } from 'node:path'
import { Catalogue } from './catalogue.ts'
import type { Rpc } from './chain/rpc.ts'
import type { Config } from './config.ts'
import { type Deployment, loadDeployment } from './deployment/deployment.ts'
import { IndexerError, MemberDiedError, NetworkUnknownError, PortTakenError } from './errors.ts'
import { Fleet } from './fleet.ts'
import { type Files, filesIn } from './ipfs/files.ts'
import type { Log } from './log.ts'
import { readBuild, readWatched } from './member/read-build.ts'
import { startMember } from './member.ts'
import { networksOf } from './networks.ts'
import { registrar } from './registrar.ts'
import { adminHandler } from './serve/admin.ts'
import { guarded } from './serve/guard.ts'
import { healthCheck, type Standing, withHealth } from './serve/health.ts'
import { type Door, type Handler, openDoor } from './serve/http.ts'
import { ipfsHandler } from './serve/ipfs.ts'
import { createMetrics, metricsHandler } from './serve/metrics.ts'
import { NodeBoard, nodeMetrics } from './serve/node-board.ts'
import { queryHandler } from './serve/query.ts'
import { statusHandler } from './serve/status.ts'
import { statusSource } from './serve/status-source.ts'
import { verifiedNow, verifyMetrics, withVerification } from './serve/verification.ts'
import { moveAssignment, readAssignments } from './store/assignments.ts'
import { requireConnections } from './store/connections.ts'
import { prepareDeployment, readDeployments } from './store/deployments.ts'
import { startEmbeddedPostgres } from './store/embedded.ts'
import { prepareMetadata } from './store/metadata.ts'
import { nameDeployment } from './store/names.ts'
import { createPostgres, type Postgres } from './store/postgres.ts'
import { writeInvariants } from './store/verification.ts'
import { findInvariants, namedFile, requireReadable } from './verify/find-invariants.ts'

/** An indexer at work. */
export interface Indexer {
  /** Of each door. */
  readonly ports: Config['ports']
  /** `Qm…` of the build it was started with; empty without one. */
  readonly deployment: string
  /** Where that build is asked; without one, where all queries begin. */
  readonly queryUrl: string
  /** Rejects if the only deployment is the one it was started with, and that ends for a reason that no waiting heals. */
  readonly ended: Promise<never>
  /** Doors and deployments first, the database last. */
  stop(): Promise<void>
}

const version = '0.1.0'
const queryTimeoutMs = 30_000
/** How long requests under way are given when the indexer is to stop; with what else there is to end, that makes less than five seconds. */
const drainMs = 3_000

/**
 * Builds every room and hands it what it needs, in the order they need each other; what was opened is closed in the
 * opposite order, also when a later room cannot be built.
 * @throws the errors of errors.ts: a deployment that cannot run, a database that is away, a port that is taken
 */
export async function startIndexer(config: Config, log: Log): Promise<Indexer> {
  const opened: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne()
  }
  try {
    await requireReadable(config.invariants)
    const build = config.build && (await loadBuild(config.build, config))
    const url = await databaseUrl(config, opened)
    // For names and deployments; each deployment's thread writes with connections of its own.
    const postgres = createPostgres(url, { max: 10, applicationName: 'heddle-indexer' })
    opened.push(() => postgres.end())
    // Of their own, so that no number of slow questions keeps anything from being deployed.
    const reading = createPostgres(url, {
      max: 10,
      statementTimeoutMs: queryTimeoutMs,
      applicationName: 'heddle-query',
    })
    opened.push(() => reading.end())
    await prepareMetadata(postgres)
    if (build) await install(build, postgres, config)

    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => undefined)
    const metrics = createMetrics()
    metrics.work.watch('metadata', () => postgres.usage())
    metrics.work.watch('query', () => reading.usage())
    const standings = new Map<string, Standing>()
    const board = new NodeBoard()
    nodeMetrics(board, metrics.registry)
    verifyMetrics(reading, metrics.registry)
    let atWork = 0
    const networks = networksOf(config, board, log)
    opened.push(async () => networks.close())
    const files = filesIn(join(config.dataDir, 'ipfs'), { maxBytes: config.maxIpfsFileBytes })
    const catalogue = new Catalogue(reading, (network) => networks.lookupOf(network))
    const fleet = new Fleet({
      postgres,
      node: config.node,
      log,
      onChange: () => catalogue.refresh(),
      onCrash: ({ id }, error, size) => {
        const code = error instanceof IndexerError ? error.code : 'UNEXPECTED'
        metrics.work.crashed(id, code)
        standings.set(id, code === 'STORE_DEPLOYMENT_BUSY' ? { kind: 'standingBy' } : { kind: 'crashed', code })
        const isAllThereIs = id === build?.deployment.id && size === 1
        if (isAllThereIs && !mayPass(error)) ended.reject(error)
      },
      start: async ({ number, id, network }, onSynced) => {
        const chain = networks.orderOf(network)
        await requireConnections(postgres, atWork)
        const deployment = await readBuild(postgres, { number, id })
        const invariants = await readWatched(postgres, number, deployment, { named: config.invariants, log })
        const member = startMember(
          { deployment, invariants, config, postgresUrl: url, chain },
          { metrics, log, onSynced, board, onStanding: (kind) => standings.set(id, { kind }) },
        )
        atWork += 1
        const hasLeft = () => {
          atWork -= 1
        }
        member.ended.then(hasLeft, hasLeft)
        return member
      },
    })
    // What is being answered and what is being indexed end side by side: neither has to wait for the other.
    const ending: (() => Promise<void>)[] = [() => fleet.stop()]
    opened.push(async () => void (await Promise.all(ending.map((end) => end()))))
    const ports = await openDoors(
      { config, files, catalogue, fleet, postgres, reading, rpcOf: networks.rpcOf, board, standings, metrics, log },
      ending,
    )
    await fleet.reconcile()
    const deployment = build?.deployment.id ?? ''
    const queryUrl = `http://${config.host}:${ports.http}/${build ? `subgraphs/name/${build.name}` : ''}`
    log.info('indexer.started', { deployment, queryUrl, ports })
    return { ports, deployment, queryUrl, ended: ended.promise, stop: close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Whether the process is to stay although its only deployment crashed: a thread that died may well live longer the next time, a
 * database come back, and who lost its turn to another process stands by. What is wrong with the rows, or with us, a new process would
 * meet again; this one answers, says so, and tries ever more seldom. What the operator set wrongly, it is to see at once.
 */
function mayPass(error: unknown): boolean {
  if (!(error instanceof IndexerError) || error instanceof MemberDiedError || error.remedy === 'retry') return true
  return /^STORE_(DEPLOYMENT_BUSY|MISMATCH|QUERY_FAILED)$/.test(error.code)
}

/** What it was started with. */
interface Build {
  readonly name: string
  readonly deployment: Deployment
  /** The text of what must hold of it; null: nothing was said. */
  readonly invariants: string | null
}

async function loadBuild({ manifest, name }: NonNullable<Config['build']>, config: Config): Promise<Build> {
  const deployment = await loadDeployment(manifest)
  const { network } = deployment
  if (!config.rpc.has(network)) throw new NetworkUnknownError(network, [...config.rpc.keys()])
  const named = namedFile(config.invariants, ['*', name])
  const invariants = await findInvariants(deployment, { manifest, ...(named === undefined ? {} : { named }) })
  return { name, deployment, invariants }
}

/** Its name answers for it at once: whoever starts it wants to see it. */
async function install({ name, deployment, invariants }: Build, postgres: Postgres, config: Config): Promise<void> {
  const { number } = await prepareDeployment(postgres, deployment, config.finalityBlocks, config.minHistoryBlocks)
  await nameDeployment(postgres, name, number, 'instant')
  await moveAssignment(postgres, deployment.id, config.node)
  await writeInvariants(postgres, number, invariants)
}

async function databaseUrl({ postgresUrl, dataDir }: Config, opened: (() => Promise<void>)[]): Promise<string> {
  if (postgresUrl !== undefined) return postgresUrl
  const embedded = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), database: 'heddle' })
  opened.push(() => embedded.stop())
  return embedded.url
}

interface Rooms {
  readonly config: Config
  /** What was put into our IPFS. */
  readonly files: Files
  readonly catalogue: Catalogue
  readonly fleet: Fleet
  readonly postgres: Postgres
  /** For questions. */
  readonly reading: Postgres
  readonly rpcOf: (network: string) => Rpc
  readonly board: NodeBoard
  /** By a deployment's id. */
  readonly standings: ReadonlyMap<string, Standing>
  readonly metrics: ReturnType<typeof createMetrics>
  readonly log: Log
}

/** graph-node's doors and that of IPFS, on their ports. */
async function openDoors(rooms: Rooms, opened: (() => Promise<void>)[]): Promise<Config['ports']> {
  const { config, files, catalogue, fleet, postgres, reading, rpcOf, board, standings, metrics, log } = rooms
  const open = async (name: keyof Config['ports'], handler: Handler, options: DoorPlace): Promise<number> => {
    const port = config.ports[name]
    const onError = (error: unknown) => log.error('door.failed', { door: name, error })
    try {
      const door: Door = await openDoor(handler, { ...options, port, onError })
      opened.push(() => door.close(drainMs))
      return door.port
    } catch (error) {
      throw isTaken(error) ? new PortTakenError(port, `--${name}-port`) : error
    }
  }
  const { host, adminHost, adminToken, maxIpfsFileBytes, node, switching, finalityBlocks: finality } = config
  const onAnswer = (deployment: string, durationMs: number) => {
    metrics.queries.inc({ deployment })
    metrics.answerSeconds.observe({ deployment }, durationMs / 1000)
    metrics.querySeconds.observe({ deployment }, durationMs / 1000)
  }
  const check = healthCheck({
    deployments: () => readDeployments(postgres),
    assignments: () => readAssignments(postgres),
    node,
    standing: (id) => standings.get(id),
    head: async (network, signal) =>
      Number(await rpcOf(network).request('eth_blockNumber', [], { signal, attempts: 1 })),
  })
  const queries = queryHandler({ find: (target) => catalogue.find(target), verified: verifiedNow(reading), onAnswer })
  const http = await open('http', withHealth(queries, check), { host })
  const layoutOf = async (id: string) => (await catalogue.entry(id))?.layout
  const source = statusSource(reading, { version, layoutOf, rpcOf })
  const status = await open(
    'status',
    withHealth(
      withVerification(
        reading,
        statusHandler(source, () => board.nodes()),
      ),
      check,
    ),
    { host },
  )
  const metricsPort = await open('metrics', withHealth(metricsHandler(metrics), check), { host })
  const admin = await open(
    'admin',
    guarded(
      adminHandler({
        admin: registrar({
          postgres,
          files,
          rpcOf,
          fleet,
          node,
          switching,
          finality,
          leastHistory: config.minHistoryBlocks,
        }),
        publicBase: config.publicUrl ?? `:${http}`,
        onError: (method, error) => log.error('admin.failed', { method, error }),
      }),
      adminToken,
    ),
    { host: adminHost },
  )
  const ipfs = await open('ipfs', guarded(ipfsHandler(files), adminToken), {
    host: adminHost,
    maxBodyBytes: maxIpfsFileBytes + 1_000_000,
  })
  return { http, admin, status, metrics: metricsPort, ipfs }
}

interface DoorPlace {
  readonly host: string
  readonly maxBodyBytes?: number
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
