import type { Block, BlockLink, BlockPtr, Hex, Log } from './block.ts'
import type { Settled } from './finality.ts'

/** The calls of one contract that someone listens to. */
export interface CallInterest {
  readonly address: Hex
  /** Without them, every call that has a selector. */
  readonly selectors?: readonly Hex[]
  readonly fromBlock: number
  readonly toBlock?: number
}

/** What the stream has to bring: the union of what all live data sources listen to. */
export interface StreamFilter {
  /** One entry for each contract (or wildcard, without address) and the first topics its handlers match. */
  readonly logs: readonly {
    readonly address?: Hex
    readonly topics0: readonly Hex[]
    readonly fromBlock: number
    readonly toBlock?: number
  }[]
  /** One entry for each data source that listens to calls. Without any, nothing is traced. */
  readonly calls?: readonly CallInterest[]
  /** Blocks that are needed although no log matches: all, or those for which this says yes (`once`, `polling`). */
  readonly wantsBlock?: (number: number) => boolean
  /** Behind this block no one wants anything, now or later: progress ends there. */
  readonly lastBlock?: number
  readonly wantsReceipts: boolean
  /** Which logs need the receipt of their transaction; all, if it is left out. */
  readonly wantsReceipt?: (log: Log) => boolean
}

/** What to do next. */
export type Step =
  | {
      readonly kind: 'blocks'
      /** In order; only those with matching logs, or wanted by the filter. May be empty: then only progress moves. */
      readonly blocks: readonly Block[]
      /** Links of all blocks seen on the way (each one near the head), in order; the last is where progress stands afterwards. */
      readonly links: readonly BlockLink[]
      readonly head: BlockPtr
      /** How far the chain was settled then; absent: not known. */
      readonly settled?: Settled
    }
  | { readonly kind: 'revert'; readonly to: BlockPtr | BlockLink | null; readonly head: BlockPtr }
