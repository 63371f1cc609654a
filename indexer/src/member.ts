import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { NodeState } from './chain/pool/state.ts'
import { MemberDiedError } from './errors.ts'
import type { Member } from './fleet.ts'
import type { Log } from './log.ts'
import type { FromMember, Order, ToMember } from './member/messages.ts'
import { unpackError } from './member/packed-error.ts'
import type { Metrics } from './serve/metrics.ts'
import type { NodeBoard } from './serve/node-board.ts'

export interface MemberRooms {
  readonly metrics: Metrics
  readonly log: Log
  readonly onSynced: () => void
  /** Where what the thread knows of its nodes is shown. */
  readonly board?: NodeBoard
  /** Told when it begins to stand by for another process, and when it is at work. */
  readonly onStanding?: (standing: 'standingBy' | 'atWork') => void
  /** How long it may take to stop; then it is cut off in the middle of whatever it does, and Postgres rolls that back. */
  readonly patienceMs?: number
  /** What the thread runs. */
  readonly entry?: URL
}

const ownEntry = new URL('./member/worker.ts', import.meta.url)

/**
 * Indexes one deployment until it is stopped, in a thread of its own: nothing that its mappings do keeps the others waiting, or
 * those who ask. The threads share the database and nothing else.
 *
 *     main thread                                     thread of a deployment
 *     Order (the build, parsed), stop ─────────────▶  Postgres, lease, node, files, WASM: the runner
 *     log, metrics, fleet ◀── log, progress, ended ─
 */
export function startMember(order: Order, rooms: MemberRooms): Member {
  const { patienceMs = 2_000 } = rooms
  const { id, network } = order.deployment
  rooms.metrics.deploymentStatus.set({ deployment: id }, 1)
  const worker = new Worker(rooms.entry ?? ownEntry, {
    workerData: order,
    // Node 22 would warn in each thread that it strips types.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Room for what lives shortly, for one among many: at work that is 16 MB less for each, and no slower.
    resourceLimits: { maxYoungGenerationSizeMb: 24 },
    // What one thread has compiled, the others find: it is most of what a thread costs until it is at work.
    env: { NODE_COMPILE_CACHE: join(order.config.dataDir, 'compiled'), ...process.env },
  })
  const ended = Promise.withResolvers<void>()
  const loaded = Promise.withResolvers<void>()
  ended.promise.catch(() => undefined)
  let isStopping = false
  let nodes: readonly NodeState[] = []
  const leaveBoard = rooms.board?.join(network, () => nodes)
  let lastWord: Extract<FromMember, { kind: 'ended' }> | undefined
  let fault: unknown
  worker.on('message', (message: FromMember) => {
    if (message.kind === 'loaded') loaded.resolve()
    else if (message.kind === 'ended') lastWord = message
    else if (message.kind === 'nodes') nodes = message.nodes
    else hear(message, { id, network }, rooms)
  })
  worker.on('error', (error) => {
    fault = error
  })
  // Only now are its connections closed, and with them its lease.
  worker.on('exit', (code) => {
    leaveBoard?.()
    loaded.resolve()
    if (lastWord?.error) ended.reject(unpackError(lastWord.error))
    else if (lastWord || isStopping) ended.resolve()
    else ended.reject(new MemberDiedError(id, fault ?? `exit code ${code}`))
  })
  return {
    ended: ended.promise,
    loaded: loaded.promise,
    stop: async () => {
      isStopping = true
      worker.postMessage({ kind: 'stop' } satisfies ToMember)
      const timer = setTimeout(() => {
        rooms.log.warn('deployment.cutOff', { deployment: id, waitedMs: patienceMs })
        void worker.terminate()
      }, patienceMs)
      await ended.promise.catch(() => undefined)
      clearTimeout(timer)
    },
  }
}

function hear(
  message: Exclude<FromMember, { kind: 'loaded' | 'ended' | 'nodes' }>,
  { id, network }: Pick<Order['deployment'], 'id' | 'network'>,
  { metrics, log, onSynced, onStanding }: MemberRooms,
): void {
  if (message.kind === 'log') {
    const { level, event, facts } = message
    log[level](event, facts.error === undefined ? facts : { ...facts, error: unpackError(facts.error) })
    return
  }
  if (message.kind === 'standing') {
    const { standing } = message
    metrics.standingBy.set({ deployment: id }, standing === 'standingBy' ? 1 : 0)
    log.info(standing === 'standingBy' ? 'deployment.standingBy' : 'deployment.atWork', { deployment: id })
    onStanding?.(standing)
    return
  }
  if (message.kind === 'failed') {
    metrics.deploymentStatus.set({ deployment: id }, 3)
    log.error('deployment.failed', { deployment: id, error: unpackError(message.error) })
    return
  }
  const labels = { deployment: id, network, shard: 'primary' }
  const { event } = message
  switch (event.kind) {
    case 'committed': {
      const { block, head, changes, seconds, work, ahead } = event
      const { heapBytes = 0, externalBytes = 0 } = message.memory ?? {}
      metrics.work.committed(id, { work, changes, ahead, heapBytes, externalBytes })
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
      metrics.work.reverted(id, event.depth)
      metrics.revertedBlocks.set({ deployment: id }, event.to?.number ?? 0)
      log.warn('store.reverted', { deployment: id, to: event.to, head: event.head, depth: event.depth })
      break
    case 'paused':
      log.error('deployment.paused', {
        deployment: id,
        why: 'a handler failed before the deployment had caught up; set GRAPH_DISABLE_FAIL_FAST=true to let it go on',
      })
      break
    case 'synced':
      onSynced()
      break
  }
}
