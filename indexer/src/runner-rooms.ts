import type { BlockLink, BlockPtr } from './chain/block.ts'
import type { Step } from './chain/step.ts'
import type { Deployment } from './deployment/deployment.ts'
import type { IndexerError } from './errors.ts'
import type { ExecutionLimits, Reach } from './execution.ts'
import type { FetchFile } from './files/waiting-files.ts'
import type { Log } from './log.ts'
import type { Store } from './store/store.ts'
import type { streamFilter } from './trigger/filter.ts'
import type { Work } from './work.ts'

/** What the runner drives; each is built and owned by `member/index-deployment.ts`. */
export interface RunnerRooms {
  readonly deployment: Deployment
  readonly store: Store
  readonly stream: Stream
  /** Answers of the chain; those of the store the runner adds itself. */
  readonly chain: Pick<Reach, 'chain' | 'blockFor' | 'ipfs'>
  /** Whether the node follows the chain the index was built on. Throws where a replaced one must not be followed. */
  readonly recogniseChain: () => Promise<'known' | 'replaced'>
  /** The chain's block of a number, null if it has none: where a graft begins. */
  readonly linkAt: (number: number) => Promise<BlockLink | null>
  /** Whether what is final may be indexed anew when the chain was replaced below it; if not, the deployment stops there. */
  readonly mayReplaceFinal?: boolean
  /** Where files come from; absent: none ever comes. */
  readonly fetchFile?: FetchFile
  readonly log: Log
  /** Called after every commit, revert and failure. */
  readonly onProgress: (event: RunnerEvent) => void
  readonly habits?: RunnerHabits
}

/** What an operator may change. */
export interface RunnerHabits extends ExecutionLimits {
  /** Pause before a file that was not found is asked for again, for the n-th time from 0. */
  readonly fileRetryDelayMs?: (attempt: number) => number
  /** Go on after errors of `nonFatalErrors` even before the chain's head was reached. */
  readonly goesOnAfterErrors?: boolean
  /** How long to wait before the n-th time (from 0) that a block is tried which failed for a reason that may pass. */
  readonly retryDelayMs?: (attempt: number) => number
}

/** The part of `BlockStream` that the runner uses. */
export interface Stream {
  resume(from: BlockPtr | null, startBlock: number, filter: ReturnType<typeof streamFilter>): void
  next(signal: AbortSignal): Promise<Step>
  /** What was read ahead. */
  readonly ahead?: { readonly ranges: number; readonly bytes: number }
}

export type RunnerEvent =
  | {
      readonly kind: 'committed'
      /** What was done since the last one, and what was read ahead for the next. */
      readonly work: Work
      readonly ahead: { readonly ranges: number; readonly bytes: number }
      readonly block: BlockLink
      readonly head: BlockPtr
      readonly changes: number
      readonly seconds: number
    }
  | {
      readonly kind: 'reverted'
      readonly to: BlockPtr | null
      readonly head: BlockPtr
      /** How many blocks were taken back. */
      readonly depth: number
    }
  | { readonly kind: 'failed'; readonly error: IndexerError }
  | { readonly kind: 'paused' }
  /** It has caught up with its chain, perhaps not for the first time. */
  | { readonly kind: 'synced' }
