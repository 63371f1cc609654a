import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { PoolUsage } from '../store/postgres.ts'
import { stages, type Work } from '../work.ts'

/** What a thread says of itself with each commit. */
export interface Load {
  readonly work: Work
  readonly changes: number
  readonly ahead: { readonly ranges: number; readonly bytes: number }
  readonly heapBytes: number
  readonly externalBytes: number
}

/** Measures beside graph-node's, named `heddle_*`. The page `indexer/OPERATIONS.md` says what each one is good for. */
export interface WorkMetrics {
  committed(deployment: string, load: Load): void
  reverted(deployment: string, depth: number): void
  crashed(deployment: string, code: string): void
  /** Shows a pool of connections under a name. */
  watch(pool: string, usage: () => PoolUsage): void
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const depths = [1, 2, 3, 5, 10, 20, 50, 100, 250, 1000]
const byDeployment = ['deployment'] as const

export function workMetrics(registry: Registry): WorkMetrics {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames: byDeployment, registers })
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: byDeployment, registers })
  const stageSeconds = new Counter({
    name: 'heddle_stage_seconds_total',
    help: 'Seconds spent in each stage: fetch (waiting for blocks), match, load (waiting for answers), run (handlers), write',
    labelNames: ['deployment', 'stage'] as const,
    registers,
  })
  const blocks = counter('heddle_blocks_total', 'Blocks whose handlers were run')
  const triggers = counter('heddle_triggers_total', 'Handlers that were run')
  const changes = counter('heddle_changes_total', 'Entity changes that were written; its rate is rows per second')
  const batch = gauge(
    'heddle_batch_changes',
    'Entity changes of the last transaction: what was pending when it was written',
  )
  const commitSeconds = new Histogram({
    name: 'heddle_commit_seconds',
    help: 'Seconds for the transaction of a batch',
    labelNames: byDeployment,
    buckets: seconds,
    registers,
  })
  const aheadRanges = gauge('heddle_read_ahead_ranges', 'Block ranges that were read ahead and wait for their turn')
  const aheadBytes = gauge('heddle_read_ahead_bytes', 'What they take of memory, about')
  const heap = gauge('heddle_thread_heap_bytes', 'JavaScript memory of the thread')
  const external = gauge('heddle_thread_external_bytes', 'Memory of the thread outside of that: buffers, WASM')
  const reorgs = counter('heddle_reorgs_total', 'Reverts because the chain had changed')
  const reorgDepth = new Histogram({
    name: 'heddle_reorg_depth_blocks',
    help: 'Blocks taken back by a revert',
    labelNames: byDeployment,
    buckets: depths,
    registers,
  })
  const crashes = new Counter({
    name: 'heddle_deployment_crashes_total',
    help: 'Times the thread of a deployment ended with an error and was started again, by the code of the error',
    labelNames: ['deployment', 'code'] as const,
    registers,
  })
  new Gauge({
    name: 'heddle_process_resident_bytes',
    help: 'Memory of the whole process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  const pools = new Map<string, () => PoolUsage>()
  new Gauge({
    name: 'heddle_database_connections',
    help: 'Connections of a pool of the main thread by state: open, idle, or waiting, which are statements that wait for one',
    labelNames: ['pool', 'state'] as const,
    registers,
    collect() {
      for (const [pool, usage] of pools) {
        for (const [state, count] of Object.entries(usage())) this.set({ pool, state }, count)
      }
    },
  })
  return {
    committed: (deployment, load) => {
      const labels = { deployment }
      for (const stage of stages) stageSeconds.inc({ deployment, stage }, load.work.seconds[stage])
      blocks.inc(labels, load.work.blocks)
      triggers.inc(labels, load.work.triggers)
      changes.inc(labels, load.changes)
      batch.set(labels, load.changes)
      commitSeconds.observe(labels, load.work.seconds.write)
      aheadRanges.set(labels, load.ahead.ranges)
      aheadBytes.set(labels, load.ahead.bytes)
      heap.set(labels, load.heapBytes)
      external.set(labels, load.externalBytes)
    },
    reverted: (deployment, depth) => {
      reorgs.inc({ deployment })
      reorgDepth.observe({ deployment }, depth)
    },
    crashed: (deployment, code) => crashes.inc({ deployment, code }),
    watch: (pool, usage) => void pools.set(pool, usage),
  }
}
