import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Handler } from './http.ts'
import { type WorkMetrics, workMetrics } from './work-metrics.ts'

/** graph-node's names for what this indexer can measure too; its dashboards work unchanged. */
export interface Metrics {
  readonly registry: Registry
  readonly deploymentHead: Gauge<'deployment' | 'network' | 'shard'>
  readonly deploymentSynced: Gauge<'deployment' | 'network' | 'shard'>
  /** 1 waiting, 2 at work, 3 failed. */
  readonly deploymentStatus: Gauge<'deployment'>
  readonly chainHead: Gauge<'network'>
  readonly blockSeconds: Histogram<'deployment'>
  readonly handlerSeconds: Histogram<'deployment' | 'handler'>
  readonly revertedBlocks: Gauge<'deployment'>
  readonly rpcSeconds: Histogram<'method'>
  readonly rpcErrors: Counter<'method'>
  readonly querySeconds: Histogram<'deployment'>
  readonly queries: Counter<'deployment'>
  /** 1 while another process indexes it. */
  readonly standingBy: Gauge<'deployment'>
  /** How many seconds questions took, with finer steps at the lower end. */
  readonly answerSeconds: Histogram<'deployment'>
  readonly work: WorkMetrics
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const ofDeployment = ['deployment', 'network', 'shard'] as const
  return {
    registry,
    deploymentHead: new Gauge({
      name: 'deployment_head',
      help: 'The block a deployment has come to',
      labelNames: ofDeployment,
      registers,
    }),
    deploymentSynced: new Gauge({
      name: 'deployment_synced',
      help: '1 once a deployment has caught up with its chain',
      labelNames: ofDeployment,
      registers,
    }),
    deploymentStatus: new Gauge({
      name: 'deployment_status',
      help: '1 pending, 2 ok, 3 failed',
      labelNames: ['deployment'],
      registers,
    }),
    chainHead: new Gauge({
      name: 'ethereum_chain_head_number',
      help: 'The newest block of a chain',
      labelNames: ['network'],
      registers,
    }),
    blockSeconds: new Histogram({
      name: 'deployment_block_processing_duration',
      help: 'Seconds for a block, its handlers and its commit',
      labelNames: ['deployment'],
      buckets: seconds,
      registers,
    }),
    handlerSeconds: new Histogram({
      name: 'deployment_handler_execution_time',
      help: 'Seconds for one handler',
      labelNames: ['deployment', 'handler'],
      buckets: seconds,
      registers,
    }),
    revertedBlocks: new Gauge({
      name: 'deployment_reverted_blocks',
      help: 'The block of the last revert',
      labelNames: ['deployment'],
      registers,
    }),
    rpcSeconds: new Histogram({
      name: 'eth_rpc_request_duration',
      help: 'Seconds for a call to the node',
      labelNames: ['method'],
      buckets: seconds,
      registers,
    }),
    rpcErrors: new Counter({
      name: 'eth_rpc_errors',
      help: 'Calls that the node did not answer',
      labelNames: ['method'],
      registers,
    }),
    querySeconds: new Histogram({
      name: 'query_execution_time',
      help: 'Seconds for a query',
      labelNames: ['deployment'],
      buckets: seconds,
      registers,
    }),
    work: workMetrics(registry),
    answerSeconds: new Histogram({
      name: 'heddle_query_seconds',
      help: 'Seconds for a query, from its arrival to its answer',
      labelNames: ['deployment'],
      buckets: seconds,
      registers,
    }),
    standingBy: new Gauge({
      name: 'heddle_standing_by',
      help: '1 while another process indexes the deployment, and this one waits for its turn',
      labelNames: ['deployment'],
      registers,
    }),
    queries: new Counter({ name: 'query_total', help: 'Queries answered', labelNames: ['deployment'], registers }),
  }
}

/** What graph-node serves on port 8040. */
export function metricsHandler({ registry }: Metrics): Handler {
  return async ({ method, path }) => {
    if (path !== '/metrics' || method !== 'GET') return { status: 404, body: 'Not found' }
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() }
  }
}

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
