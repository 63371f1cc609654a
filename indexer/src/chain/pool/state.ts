import type { NodeCounts, PoolNode } from './node.ts'

/** A node as it is shown: nothing here holds a key. Plain data: it crosses between threads. */
export interface NodeState {
  readonly name: string
  readonly isUp: boolean
  readonly breaker: 'closed' | 'open' | 'trying'
  readonly head: number | null
  /** On average, over all methods. */
  readonly latencyMs: number | null
  readonly weight: number
  readonly callsPerSecond: number | null
  /** Of the socket that tells new heads; null: it has none. */
  readonly socket: 'connecting' | 'open' | 'closed' | null
  /** As far as its refusals have taught; null: nothing is known against any number. */
  readonly maxRange: number | null
  readonly maxBatch: number
  readonly counts: Readonly<NodeCounts>
}

export function stateOf(node: PoolNode): NodeState {
  const { name, breaker, head, latency, settings, socket, limits, batchSize, counts } = node
  return {
    name,
    isUp: breaker.state === 'closed',
    breaker: breaker.state,
    head: head?.number ?? null,
    latencyMs: latency.overallMs === null ? null : Math.round(latency.overallMs),
    weight: settings.weight,
    callsPerSecond: settings.callsPerSecond,
    socket: socket?.state ?? null,
    maxRange: limits.rangeBlocks,
    maxBatch: batchSize,
    counts: { ...counts },
  }
}
