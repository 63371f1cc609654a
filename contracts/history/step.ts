import type { Call } from '../call.ts'

/** One transaction of the history, ready but for its nonce and signature. */
export type Step = Call & {
  /** Which of the history's blocks it is in; several may share one, and keep their order there. */
  readonly block: number
  /** The development account that sends it; 0 deployed the contracts. */
  readonly sender: number
}
