import { join } from 'node:path'
import { stateAt } from '../chain/call.ts'
import { createRpc, type Rpc } from '../chain/rpc.ts'
import { BlockStream } from '../chain/stream.ts'
import { checkTraces } from '../chain/trace.ts'
import { followDeployments, isComposed } from '../composition/follow.ts'
import type { Config } from '../config.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { type FilePlaces, filePlaces } from '../files/places.ts'
import { recogniseChain } from '../genesis.ts'
import { filesIn } from '../ipfs/files.ts'
import type { Log } from '../log.ts'
import { type RunnerEvent, retryDelayMs, run } from '../runner.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
import { openStore, type Store } from '../store/store.ts'
import { needsTraces } from '../trigger/filter.ts'
import type { Order } from './messages.ts'
import { readBuild } from './read-build.ts'

/** One writes; beside it some read, where a deployment follows others. The lease has a connection of its own. */
const connections = 3

/**
 * Builds the rooms that one deployment needs, and indexes it until the signal ends it or it stops by itself: failed for good, or
 * paused. What was opened is closed then.
 * @throws DeploymentBusyError if another process does so; and what no waiting heals
 */
export async function indexDeployment(
  { deployment: { number, id }, config, postgresUrl, rpcUrl }: Order,
  log: Log,
  onProgress: (event: RunnerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const postgres = createPostgres(postgresUrl, { max: connections, applicationName: 'heddle-indexer' })
  try {
    const deployment = await readBuild(postgres, { number, id })
    const store = await openStore(postgres, deployment, { finality: config.finalityBlocks })
    try {
      const rooms = { config, deployment, store, postgres, rpc: createRpc(rpcUrl, { timeoutMs: config.rpcTimeoutMs }), places: placesOf(config) }
      await index(rooms, log, onProgress, signal)
    } finally {
      await store.close()
    }
  } finally {
    await postgres.end()
  }
}

interface Rooms {
  readonly config: Config
  readonly deployment: Deployment
  readonly store: Store
  readonly postgres: Postgres
  readonly rpc: Rpc
  readonly places: FilePlaces
}

function index(
  { config, deployment, rpc, places, postgres, store }: Rooms,
  log: Log,
  onProgress: (event: RunnerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const pace = config.pollMs === undefined ? {} : { pollMs: config.pollMs }
  const stream = isComposed(deployment)
    ? followDeployments({ deployment, store, postgres, rpc, ...pace })
    : new BlockStream({
        rpc,
        finality: config.finalityBlocks,
        maxRange: config.maxBlockRange,
        ...pace,
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
        ...(places.ask && { ipfs: (need) => places.ask?.(need, signal) ?? Promise.resolve(null) }),
      },
      recogniseChain: async () => {
        const recognised = await recogniseChain(postgres, rpc, {
          number: store.number,
          network,
          isProduction: config.isProduction,
          signal,
        })
        if (recognised === 'replaced') log.warn('chain.replaced', { network })
        if (needsTraces(deployment)) await checkTraces(rpc, signal)
        return recognised
      },
      fetchFile: places.fetchFile,
      linkAt: (number) => rpc.headerByNumber(number, signal),
      habits: {
        goesOnAfterErrors: config.goesOnAfterErrors,
        callsAhead: config.callsAhead,
        timeLimitMs: config.handlerTimeLimitMs,
        maxBlockBytes: config.maxBlockBytes,
        retryDelayMs: (attempt) =>
          retryDelayMs(attempt, { ceilingMs: config.retryCeilingMs, jitter: config.retryJitter }),
      },
      log,
      onProgress,
    },
    signal,
  ).finally(() => stream.stop())
}

function placesOf({ dataDir, ipfsUrl, ipfsTimeoutMs, maxIpfsFileBytes: maxBytes, mayAskIpfs }: Config): FilePlaces {
  return filePlaces(filesIn(join(dataDir, 'ipfs'), { maxBytes }), {
    ...(ipfsUrl === undefined ? {} : { nodeUrl: ipfsUrl }),
    timeoutMs: ipfsTimeoutMs,
    maxBytes,
    mayAsk: mayAskIpfs,
  })
}
