import type { PrismaClient } from '../../prisma/index.ts'
import { tellMissing } from './chain/live-schema.ts'
import { isRecord } from './chain/names.ts'
import { readPin } from './chain/pin.ts'
import type { Upstream } from './chain/upstream.ts'
import { describeError, type Log } from './log.ts'

export interface HealthReport {
  readonly ready: boolean
  /** What is missing, in words without addresses or secrets; empty when ready. */
  readonly reasons: readonly string[]
  /** The block the subgraph is at. */
  readonly block?: { readonly number: number; readonly hash: string | null }
}

export interface Health {
  check(): Promise<HealthReport>
  /** From now on not ready: the process is about to end. */
  drain(): void
}

const TIMEOUT_MS = 2_000
/** Whoever asks more often gets the same answer. */
const REMEMBERED_MS = 500

export interface HealthDeps {
  readonly prisma: PrismaClient
  readonly upstream: Upstream
  readonly log: Log
  /** Why the indexer is not ready, as it says itself; empty if it does not say. */
  readonly indexerReasons?: (signal: AbortSignal) => Promise<readonly string[]>
  /** What the subgraph's schema lacks. */
  readonly missing: () => readonly string[]
}

export function createHealth(deps: HealthDeps): Health {
  let draining = false
  let last: { at: number; report: Promise<HealthReport> } | undefined
  return {
    check: async () => {
      if (draining) {
        return { ready: false, reasons: ['the gateway is shutting down'] }
      }
      if (last === undefined || performance.now() - last.at > REMEMBERED_MS) {
        last = { at: performance.now(), report: check(deps) }
      }
      return last.report
    },
    drain: () => {
      draining = true
    },
  }
}

async function check({
  prisma,
  upstream,
  log,
  missing,
  indexerReasons = async () => [],
}: HealthDeps): Promise<HealthReport> {
  const [database, subgraph] = await Promise.all([
    within(prisma.$queryRaw`SELECT 1`).then(
      () => [],
      (error: unknown) => {
        log.warn('health.database', { error: describeError(error) })
        return ['the database cannot be reached']
      },
    ),
    askSubgraph(upstream).catch((error: unknown) => {
      log.warn('health.subgraph', { error: describeError(error) })
      return { reasons: ['the subgraph cannot be reached'] }
    }),
  ])
  const differs = missing().length > 0 ? [`the subgraph is another one than expected: ${tellMissing(missing())}`] : []
  // What only the indexer complains of is no reason here: a subgraph that is behind still answers.
  const why = subgraph.reasons.length > 0 ? await indexerReasons(AbortSignal.timeout(TIMEOUT_MS)).catch(() => []) : []
  const reasons = [...database, ...subgraph.reasons, ...why.map((one) => `the indexer says: ${one}`), ...differs]
  return { ready: reasons.length === 0, reasons, ...('block' in subgraph && { block: subgraph.block }) }
}

async function askSubgraph(upstream: Upstream) {
  const { data, errors } = await within(
    upstream({
      document: '{ _pin: _meta { block { number hash timestamp } } _meta { hasIndexingErrors } }',
      variables: {},
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }),
  )
  const block = readPin(data ?? {})
  const meta = data?._meta
  if (
    errors?.some(({ message }) => message === 'indexing_error') ||
    (isRecord(meta) && meta.hasIndexingErrors === true)
  ) {
    return { reasons: ['the subgraph has failed'], ...(block && { block }) }
  }
  return block === null ? { reasons: ['the subgraph has no block yet'] } : { reasons: [], block }
}

async function within<Value>(promise: PromiseLike<Value>): Promise<Value> {
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => timeout.reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
  try {
    return await Promise.race([promise, timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}
