import { join } from 'node:path'
import type { BlockPtr } from '../chain/block.ts'
import { stateAt } from '../chain/call.ts'
import { type Finality, finalityFor, finalityOf, finalityText, type Settled, unsettled } from '../chain/finality.ts'
import { createPool, type Pool } from '../chain/pool/pool.ts'
import type { NodeState } from '../chain/pool/state.ts'
import { BlockStream } from '../chain/stream.ts'
import { checkTraces } from '../chain/trace.ts'
import { followDeployments, isComposed } from '../composition/follow.ts'
import type { Config } from '../config.ts'
import { deepFreeze } from '../deployment/deep-freeze.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { DeploymentBusyError } from '../errors.ts'
import { type FilePlaces, filePlaces } from '../files/places.ts'
import { recogniseChain } from '../genesis.ts'
import { filesIn } from '../ipfs/files.ts'
import type { Log } from '../log.ts'
import { retryDelayMs, run } from '../runner.ts'
import type { RunnerEvent } from '../runner-rooms.ts'
import { createPostgres, type Postgres } from '../store/postgres.ts'
import { openStore, type Store } from '../store/store.ts'
import { needsTraces } from '../trigger/filter.ts'
import type { Order } from './messages.ts'
import { indexAndWatch } from './watch-deployment.ts'

/** One writes; beside it some read, where a deployment follows others, and one compares with the chain. The lease has its own. */
const connections = 4
const tellNodesMs = 2_000

/**
 * Builds the rooms that one deployment needs, and indexes it until the signal ends it or it stops by itself: failed for good, or
 * paused. What was opened is closed then. While another process does so, it stands by.
 * @param onStanding - told when it begins to stand by, and when its turn has come
 * @param onNodes - told now and then what is known of the network's nodes
 * @throws DeploymentBusyError if another process took it away; and what no waiting heals
 */
export async function indexDeployment(
  { deployment, invariants, config, postgresUrl, chain }: Order,
  log: Log,
  onProgress: (event: RunnerEvent) => void,
  onStanding: (standing: 'standingBy' | 'atWork') => void,
  onNodes: (nodes: readonly NodeState[]) => void,
  signal: AbortSignal,
): Promise<void> {
  // What comes from another thread has thawed on the way.
  deepFreeze(deployment)
  const silenceMs = config.leaseMs
  const postgres = createPostgres(postgresUrl, {
    max: connections,
    applicationName: 'heddle-indexer',
    idleTransactionMs: silenceMs,
  })
  const lost = new AbortController()
  try {
    const store = await openStore(postgres, deployment, {
      finality: config.finalityBlocks,
      patienceMs: Number.POSITIVE_INFINITY,
      silenceMs,
      onStandBy: () => onStanding('standingBy'),
      onLost: () => lost.abort(),
      signal,
    })
    onStanding('atWork')
    const { network } = deployment
    const { rpcTimeoutMs: timeoutMs } = config
    const pool = createPool(chain.nodes, { network, timeoutMs, budgets: chain.budgets, listens: true, log })
    const telling = setInterval(() => onNodes(pool.state()), tellNodesMs)
    try {
      const rooms = {
        config,
        deployment,
        store,
        postgres,
        rpc: pool,
        places: placesOf(config),
      }
      await indexAndWatch(
        { ...rooms, invariants, log },
        (into, tell, until) => index({ ...rooms, ...into }, log, tell, until),
        onProgress,
        AbortSignal.any([signal, lost.signal]),
      )
    } finally {
      clearInterval(telling)
      pool.close()
      onNodes(pool.state())
      await store.close()
    }
    if (lost.signal.aborted) throw new DeploymentBusyError(deployment.id)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await postgres.end()
  }
}

/** What indexing needs; two indexes of one build may share all but the store. */
export interface Rooms {
  readonly config: Config
  readonly deployment: Deployment
  readonly store: Store
  readonly postgres: Postgres
  readonly rpc: Pool
  readonly places: FilePlaces
}

/** Indexes a build into a store until the signal ends it, or it stops by itself. */
export function index(
  { config, deployment, rpc, places, postgres, store }: Rooms,
  log: Log,
  onProgress: (event: RunnerEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const pace = config.pollMs === undefined ? {} : { pollMs: config.pollMs }
  const finality = finalityFor(config, deployment.network)
  const settled = finalityOf(rpc, finality, (reason) =>
    log.error('chain.finalityUnknown', {
      network: deployment.network,
      reason,
      why: 'the node does not know the tags safe and finalized, so no block becomes final; give --finality a number of blocks',
    }),
  )
  const stream = isComposed(deployment)
    ? followDeployments({ deployment, store, postgres, rpc, ...pace })
    : new BlockStream({
        rpc,
        finality: config.finalityBlocks,
        maxRange: config.maxBlockRange,
        pause: rpc.pause,
        ...pace,
        ancestors: (below) => store.ancestors(below),
        settled,
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
        // Those that follow others take over what is final from them.
        if (isComposed(deployment)) await store.settleBy(finalityText(finality), unsettled)
        else await settleAnew({ store, rpc }, finality, settled, signal)
        if (needsTraces(deployment)) await checkTraces(rpc, signal)
        return recognised
      },
      // Who follows others goes back only where one of those did, which has looked how deep that is.
      mayReplaceFinal: !config.isProduction || isComposed(deployment),
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

/** Where blocks became final by another rule before: asks what the one of now says, before any block is taken back or called final by it. */
async function settleAnew(
  { store, rpc }: Pick<Rooms, 'store' | 'rpc'>,
  finality: Finality,
  settledAt: (head: BlockPtr, signal?: AbortSignal) => Promise<Settled>,
  signal: AbortSignal,
): Promise<void> {
  const rule = finalityText(finality)
  if ((await store.progress()).finality === rule) return
  const head = await rpc.headerByNumber('latest', signal)
  const settled = head && (await settledAt(head, signal))
  // A node that does not know the tags says nothing of what was final before.
  if (settled && (settled.final !== null || finality.kind === 'blocks')) await store.settleBy(rule, settled)
}

/** Where the files come from that mappings ask for. */
export function placesOf({
  dataDir,
  ipfsUrl,
  ipfsTimeoutMs,
  maxIpfsFileBytes: maxBytes,
  mayAskIpfs,
}: Config): FilePlaces {
  return filePlaces(filesIn(join(dataDir, 'ipfs'), { maxBytes }), {
    ...(ipfsUrl === undefined ? {} : { nodeUrl: ipfsUrl }),
    timeoutMs: ipfsTimeoutMs,
    maxBytes,
    mayAsk: mayAskIpfs,
  })
}
