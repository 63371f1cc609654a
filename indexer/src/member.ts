import { stateAt } from './chain/call.ts'
import type { Rpc } from './chain/rpc.ts'
import { BlockStream } from './chain/stream.ts'
import { checkTraces } from './chain/trace.ts'
import { followDeployments, isComposed } from './composition/follow.ts'
import type { Config } from './config.ts'
import type { Deployment } from './deployment/deployment.ts'
import type { FilePlaces } from './files/places.ts'
import type { Member } from './fleet.ts'
import { recogniseChain } from './genesis.ts'
import type { Log } from './log.ts'
import { type RunnerEvent, run } from './runner.ts'
import type { Metrics } from './serve/metrics.ts'
import type { Postgres } from './store/postgres.ts'
import { openStore, type Store } from './store/store.ts'
import { needsTraces } from './trigger/filter.ts'

export interface MemberRooms {
  readonly config: Config
  readonly deployment: Deployment
  readonly rpc: Rpc
  readonly places: FilePlaces
  readonly postgres: Postgres
  readonly metrics: Metrics
  readonly log: Log
  readonly onSynced: () => void
}

/**
 * Indexes one deployment until it is stopped.
 * @throws {@link DeploymentBusyError} if another process does so
 */
export async function startMember(rooms: MemberRooms): Promise<Member> {
  const { deployment, metrics, postgres, config } = rooms
  const store = await openStore(postgres, deployment, { finality: config.finalityBlocks })
  const stopping = new AbortController()
  metrics.deploymentStatus.set({ deployment: deployment.id }, 1)
  const ended = index(rooms, store, stopping.signal)
  ended.catch(() => undefined)
  return {
    ended,
    stop: async () => {
      stopping.abort()
      await ended.catch(() => undefined)
      await store.close()
    },
  }
}

function index(
  { config, deployment, rpc, places, postgres, metrics, log, onSynced }: MemberRooms,
  store: Store,
  signal: AbortSignal,
) {
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
      },
      log,
      onProgress: (event) => (event.kind === 'synced' ? onSynced() : report(event, deployment, metrics, log)),
    },
    signal,
  ).finally(() => stream.stop())
}

function report(
  event: Exclude<RunnerEvent, { kind: 'synced' }>,
  { id, network }: Deployment,
  metrics: Metrics,
  log: Log,
): void {
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
        deployment: id,
        block: block.number,
        head: head.number,
        changes,
        durationMs: Math.round(seconds * 1000),
      })
      break
    }
    case 'reverted':
      metrics.revertedBlocks.set({ deployment: id }, event.to?.number ?? 0)
      log.warn('store.reverted', { deployment: id, to: event.to, head: event.head })
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
