import type { Hex } from 'viem'

/** What happens on a chain of ours, whatever stands behind it. */
export interface ChaosChain {
  readonly chainId: number
  /** The newest block's number. */
  readonly head: number
  /** Puts blocks on top. Whoever listens is told of each. */
  mine(count?: number): Promise<void>
  /** Replaces the newest blocks by others. The chain may become shorter by it, or longer. */
  reorg(reorg: Reorg): Promise<void>
  /** Every log of the canonical chain, in its order: what an index of it has to know, no more and no less. */
  logs(): Promise<readonly CanonicalLog[]>
  /** The hash of a canonical block; null if there is none of that number. */
  hashAt(number: number): Promise<Hex | null>
  /** A node's answer. @throws {@link NodeError} what the node refuses */
  answer(method: string, params: readonly unknown[]): Promise<unknown>
  /** @returns what ends it */
  onHead(listener: HeadListener): () => void
  close(): Promise<void>
}

/** Where a block is. The same place gives the same logs, on every run. */
export interface BlockPlace {
  readonly seed: string
  readonly number: number
  /** 0 on the chain's first branch; each reorg begins another. */
  readonly branch: number
}

/** Is told each new head, as `eth_subscribe` would tell it. */
export type HeadListener = (header: Readonly<Record<string, unknown>>) => void

export interface Reorg {
  /** How many of the newest blocks go. */
  readonly depth: number
  /** How many come instead; as many by default. */
  readonly blocks?: number
  /** What they hold: other logs than before (the default), the same ones in blocks of another hash, or none. */
  readonly logs?: 'other' | 'same' | 'none'
}

export interface CanonicalLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly logIndex: number
}

/** An error as JSON-RPC tells it. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}
